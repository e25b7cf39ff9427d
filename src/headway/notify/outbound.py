"""Requests to addresses that somebody else has named: never to this machine's own network.

Called by `delivery`. A name is resolved once, all its addresses must be public, and the connection goes to one of those very
addresses: a name that answers otherwise the second time (DNS rebinding) is never asked a second time. No redirects are followed, no
proxy of the environment is used, and time and size are bounded. Hosts that a setting admits may be anywhere, and may speak http.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpcore2

from headway.core.errors import FieldError, InvalidInput, PermanentError, TransientError
from headway.support.i18n import N_

TIMEOUT_S = 15.0
ANSWER_BYTES = 64 << 10
_URL_CHARS = 2000
_PORTS = {"https": 443, "http": 80}
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of (host, port), as texts."""
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Beyond what `is_global` knows: what wraps an IPv4 address, what is a cloud's own though it looks public, and what is deprecated.
_REFUSED = [
    ipaddress.ip_network(each)
    for each in (
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598; Alibaba's metadata
        "168.63.129.16/32",  # Azure's own services for its guests
        "192.0.0.0/24",  # IETF protocol assignments; Oracle's metadata
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "::/96",  # IPv4-compatible, RFC 4291
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64, RFC 8215
        "2001::/32",  # Teredo, RFC 4380
        "2002::/16",  # 6to4, RFC 3056
        "fec0::/10",  # site-local, RFC 3879
    )
]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the parts of a URL that were checked. `inside`: the setting admits this host."""

    url: str
    scheme: str
    host: str
    port: int
    inside: bool


class Refused(PermanentError):
    """The address is none that may be asked."""

    type = "address-refused"
    title = N_("This address cannot be used")


@dataclass(frozen=True, slots=True)
class Outbound:
    """How requests leave: which `inside` hosts are admitted, how names are resolved, whom TLS trusts."""

    inside: frozenset[str] = frozenset()
    resolve: Resolve = field(default_factory=lambda: _resolve)
    tls: ssl.SSLContext | None = None
    timeout_s: float = TIMEOUT_S

    def target(self, url: str) -> Target:
        """Check a URL without asking anybody. Raises InvalidInput naming the field `url`."""
        return read_target(url, self.inside)

    async def post(
        self, target: Target, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str]]:
        """Send a JSON body; gives the status and the headers of the answer, whose body is read no further than 64 KiB.

        Raises Refused for an address that is not public, TransientError where nobody answered in time.
        """
        try:
            async with asyncio.timeout(self.timeout_s):
                addresses = (
                    [target.host] if _literal(target.host) else await self.resolve(target.host, target.port)
                )
                address = self._choose(target, addresses)
                return await self._send(target, address, body, headers)
        except TimeoutError as error:
            raise TransientError(
                N_("There was no answer in {seconds} seconds"), seconds=round(self.timeout_s)
            ) from error
        except (
            OSError,
            UnicodeError,  # a name that cannot be one: a label of more than 63 characters
            httpcore2.NetworkError,
            httpcore2.TimeoutException,
            httpcore2.ProtocolError,
        ) as error:
            raise TransientError(N_("The host could not be reached")) from error

    def _choose(self, target: Target, addresses: Iterable[str]) -> str:
        """The address to connect to: the first, if all are public. Raises Refused."""
        found = list(addresses)
        if not found:
            raise TransientError(N_("The host's name could not be resolved"))
        if not target.inside and not all(is_public(each) for each in found):
            raise Refused(N_("The host is not on the public internet"))
        return found[0]

    async def _send(
        self, target: Target, address: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str]]:
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=self.tls, http1=True, http2=False, retries=0, network_backend=_Pinned(address)
        )
        sent = {
            "host": urlsplit(target.url).netloc,
            "content-type": "application/json",
            "content-length": str(len(body)),
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "close",
            **headers,
        }
        limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.timeout_s)}
        fields = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
        async with (
            pool,
            pool.stream("POST", target.url, headers=fields, content=body, extensions=limits) as answer,
        ):
            read = 0
            async for piece in answer.aiter_stream():
                read += len(piece)
                if read > ANSWER_BYTES:
                    break
            said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return answer.status, said


def read_target(url: str, inside: frozenset[str]) -> Target:
    """The parts of a URL that may be asked, as far as its text can tell. Raises InvalidInput naming the field `url`."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _wrong(N_("This is no URL")) from None
    if (
        not host
        or len(url) > _URL_CHARS
        or not url.isascii()
        or any(char <= " " or char == "\x7f" for char in url)
    ):
        raise _wrong(N_("This is no URL"))
    admitted = host in inside or f"{host}:{port}" in inside
    if parts.scheme != "https" and not (parts.scheme == "http" and admitted):
        raise _wrong(N_("The URL must begin with https://"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _wrong(N_("The URL must have no user, no password and no fragment"))
    if not admitted:
        last = host.rpartition(".")[2]
        if (last.isdigit() or last.startswith("0x")) and not _literal(host):
            # 2130706433, 0x7f.1, 127.1: what some resolvers take for 127.0.0.1 (WHATWG URL, "ends in a number")
            raise _wrong(N_("This is no URL"))
        if host == "localhost" or host.endswith(".localhost") or (_literal(host) and not is_public(host)):
            raise _wrong(N_("The host is not on the public internet"))
    return Target(url, parts.scheme, host, port, admitted)


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet: not private, loopback, link-local, multicast, reserved, wrapped IPv4, nor
    one at which clouds answer their guests. What is no address is not."""
    try:
        ip: _Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip.version == network.version and ip in network for network in _REFUSED)


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _wrong(text: str) -> InvalidInput:
    return InvalidInput([FieldError("url", text)])


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class _Pinned(httpcore2.AsyncNetworkBackend):
    """Connects to one address, whatever name is asked for; TLS still checks the certificate against the name."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._real = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the pinned address."""
        return await self._real.connect_tcp(self._address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise Refused(N_("The host is not on the public internet"))

    async def sleep(self, seconds: float) -> None:
        """As the real one."""
        await self._real.sleep(seconds)
