"""Fetches a product's page: from listed hosts only, from the address that was checked, within a size and a time.

Called by the job. The host is resolved once, every address it has is checked, and the connection goes to one
of those addresses, so that a name that changes its mind between check and use leads nowhere (DNS rebinding).
Redirects are followed by hand, each checked like the first.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urljoin

import httpx2

from headway.core.errors import InvalidInput, PermanentError, TransientError
from headway.support.hosts import Address, Source, literal
from headway.support.i18n import N_

from .sources import may_speak_to, target

MOST_BYTES: Final = 32 << 20
WITHIN_S: Final = 30.0
_CONNECT_S = 5.0
_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "application/json, application/ld+json, text/html;q=0.9, text/csv;q=0.8"
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the system resolves it. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def fetch(url: str, allowed: Sequence[Source], *, resolver: Resolve = resolve) -> tuple[bytes, str]:
    """The document at `url` and its media type.

    Raises PermanentError for what may not or cannot be read, TransientError for what may pass.
    """
    try:
        async with asyncio.timeout(WITHIN_S):
            for _ in range(_REDIRECTS + 1):
                body, media_type, moved = await _once(url, allowed, resolver)
                if moved is None:
                    return body, media_type
                url = urljoin(url, moved)
    except InvalidInput as error:
        first = error.errors[0]
        raise PermanentError(first.message, **first.params) from error
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise TransientError(
            N_("The page did not come within {seconds} seconds"), seconds=int(WITHIN_S)
        ) from error
    except httpx2.HTTPError as error:
        raise TransientError(
            N_("The page cannot be reached: {reason}"), reason=str(error) or type(error).__name__
        ) from error
    raise PermanentError(N_("The page leads on too often"))


async def _once(url: str, allowed: Sequence[Source], resolver: Resolve) -> tuple[bytes, str, str | None]:
    """One request: the body and its type, or where it has moved to."""
    parts, host, port, source = target(url, allowed)
    address = await _address(host, port, source, resolver)
    shown = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    path = parts.path or "/"
    pinned = f"{parts.scheme.lower()}://{shown}:{port}{path}" + (f"?{parts.query}" if parts.query else "")
    usual = {"http": 80, "https": 443}[parts.scheme.lower()]
    name = f"[{host}]" if ":" in host else host
    headers = {
        "host": name if port == usual else f"{name}:{port}",
        "accept": _ACCEPT,
        "accept-encoding": "identity",
        "user-agent": "Headway",
    }
    timeout = httpx2.Timeout(WITHIN_S, connect=_CONNECT_S)
    async with (
        httpx2.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client,
        client.stream("GET", pinned, headers=headers, extensions={"sni_hostname": host}) as response,
    ):
        if response.status_code in _MOVED and response.headers.get("location"):
            return b"", "", str(response.headers["location"])
        if response.status_code >= 500 or response.status_code == 429:
            raise TransientError(N_("The page's server answered {status}"), status=response.status_code)
        if response.status_code != 200:
            raise PermanentError(N_("The page's server answered {status}"), status=response.status_code)
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise PermanentError(N_("The page has more than {limit} bytes"), limit=MOST_BYTES)
        return bytes(body), response.headers.get("content-type", "").partition(";")[0].strip().lower(), None


async def _address(host: str, port: int, source: Source, resolver: Resolve) -> Address:
    """An address of the host that may be spoken to; one bad address among them spoils the host. Raises PermanentError."""
    fixed = literal(host)
    try:
        found = (
            [fixed]
            if fixed is not None
            else [ipaddress.ip_address(each) for each in await resolver(host, port)]
        )
    except (OSError, ValueError) as error:
        raise TransientError(N_("{host} has no address"), host=host) from error
    if not found or not all(may_speak_to(each, source) for each in found):
        raise PermanentError(N_("{host} leads into a private network, which is not read from"), host=host)
    return found[0]
