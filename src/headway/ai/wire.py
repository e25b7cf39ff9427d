"""What both providers share below the SDKs: the HTTP client, one time limit around a whole call, how a broken
line reads.

Invariant: what was surely not sent is a passing failure; what may have been sent is in doubt.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx2

from headway.ai.failures import clean
from headway.ai.provider import InDoubt, ProviderBusy
from headway.support.i18n import N_

_CONNECT_S = 5.0
_LIMITS = httpx2.Limits(max_connections=1_000, max_keepalive_connections=100, keepalive_expiry=30.0)
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@cache
def tls() -> ssl.SSLContext:
    """The process's one TLS context: reading the certificates takes a tenth of a second, and each client
    would do it again."""
    return httpx2.create_ssl_context()


def http_client(timeout_s: float) -> httpx2.AsyncClient:
    """A client that retries nothing and follows no redirect (which would carry the key elsewhere)."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        limits=_LIMITS,
        verify=tls(),
        follow_redirects=False,
    )


@asynccontextmanager
async def one_call(timeout_s: float, key: str) -> AsyncIterator[None]:
    """Around one request and its whole reply: at most `timeout_s`, and httpx2's errors in our words."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise InDoubt(N_("No whole answer came within {seconds} s"), seconds=timeout_s) from error
    except httpx2.HTTPError as error:
        raise broken(error, key) from error


def broken(error: BaseException, key: str) -> ProviderBusy:
    """What a failed connection means for the request."""
    said = clean(str(error) or type(error).__name__, key)
    if isinstance(error, _NEVER_SENT):
        return ProviderBusy("transient", N_("The provider cannot be reached: {said}"), said=said)
    return InDoubt(N_("The connection to the provider broke: {said}"), said=said)
