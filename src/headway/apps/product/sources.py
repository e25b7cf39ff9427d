"""Which pages may be fetched (`HEADWAY_PRODUCT_SOURCES`), and whether an address on the network may be spoken to.

Called by the intake (before a job is made) and by `fetching`. Pure: names and addresses in, decisions out.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from headway.core.errors import FieldError, InvalidInput
from headway.support.hosts import Address, Source
from headway.support.i18n import N_

_PORTS: Final = {"http": 80, "https": 443}
_NEVER: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "0.0.0.0/8",
        "224.0.0.0/4",
        "ff00::/8",
        "fd00:ec2::/32",
        "100.100.100.200/32",
    )
)
"""Link-local (where clouds keep their metadata), "this host", multicast, known metadata addresses: never spoken to."""
_LONGEST = 2_000


def target(url: str, allowed: Sequence[Source]) -> tuple[SplitResult, str, int, Source]:
    """The parts of an address that may be fetched: split, host, port, its entry. Raises InvalidInput (`url`)."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port or _PORTS.get(parts.scheme.lower(), 0)
        if host and not host.isascii():
            host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise _refused(N_("This is not the address of a page")) from error
    if parts.scheme.lower() not in _PORTS or not host or len(url) > _LONGEST or parts.username is not None:
        raise _refused(
            N_("This is not the address of a page: it must begin with https:// and have no name in it")
        )
    if not allowed:
        raise _refused(
            N_("No pages may be fetched here: HEADWAY_PRODUCT_SOURCES is empty. Paste or upload the reviews")
        )
    source = next((each for each in allowed if each.covers(parts.scheme.lower(), host, port)), None)
    if source is None:
        raise _refused(N_("{host} is not among the pages that may be fetched here"), host=host)
    return parts, host, port, source


def may_speak_to(address: Address, source: Source) -> bool:
    """Whether an address that a host resolved to may be connected to: public, or private where the entry says so."""
    real = _unwrapped(address)
    if any(real.version == network.version and real in network for network in _NEVER):
        return False
    return source.internal or (real.is_global and not real.is_multicast and not real.is_reserved)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only leads there."""
    if isinstance(address, ipaddress.IPv6Address):
        inner: Literal[None] | ipaddress.IPv4Address = address.ipv4_mapped or address.sixtofour
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address


def _refused(message: str, **params: object) -> InvalidInput:
    return InvalidInput([FieldError("url", message, params)])
