"""What both providers share below the SDKs: the HTTP client, one time limit around a whole call, how a broken
line reads.

Invariant: what was surely not sent is a passing failure; what may have been sent is in doubt.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import httpx2

from headway.ai.failures import clean
from headway.ai.provider import InDoubt, ProviderBusy
from headway.support.i18n import N_

_CONNECT_S = 5.0
_LIMITS = httpx2.Limits(max_connections=1_000, max_keepalive_connections=100, keepalive_expiry=30.0)


class Sending:
    """One call's request on its way: `begun` from when on any of it may have been read at the other end."""

    __slots__ = ("begun",)

    def __init__(self) -> None:
        self.begun = False

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore2 tells its `trace` extension."""
        if event.endswith("send_request_headers.started"):
            self.begun = True


_sending: ContextVar[Sending] = ContextVar("headway_sending")


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
        event_hooks={"request": [_watch]},
    )


async def _watch(request: httpx2.Request) -> None:
    request.extensions["trace"] = _sending.get().note


@asynccontextmanager
async def one_call(timeout_s: float, key: str) -> AsyncIterator[Sending]:
    """Around one request and its whole reply: at most `timeout_s`, and httpx2's errors in our words."""
    sending = Sending()
    token = _sending.set(sending)
    try:
        async with asyncio.timeout(timeout_s):
            yield sending
    except TimeoutError as error:
        if sending.begun:
            raise InDoubt(N_("No whole answer came within {seconds} s"), seconds=timeout_s) from error
        raise broken(error, key, sending) from error
    except httpx2.HTTPError as error:
        raise broken(error, key, sending) from error
    finally:
        _sending.reset(token)


def broken(error: BaseException, key: str, sending: Sending) -> ProviderBusy:
    """What a failed connection means for the request."""
    said = clean(str(error) or type(error).__name__, key)
    if not sending.begun:
        return ProviderBusy("transient", N_("The provider cannot be reached: {said}"), said=said)
    return InDoubt(N_("The connection to the provider broke: {said}"), said=said)
