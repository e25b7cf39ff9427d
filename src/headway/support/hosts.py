"""Lists of hosts as settings write them: who may be fetched from, sent to, and believed.

Read by `settings` (which refuses a text that cannot be read) and by whoever asks: `apps.product`, `notify`, `http`.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_INSIDE: Final = re.compile(rf"({_NAME.pattern}|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of HEADWAY_PRODUCT_SOURCES: a host (or `*.host` for those below it), the schemes and the port that may be used,
    and whether it may lie inside the operator's own network."""

    host: str
    schemes: frozenset[str]
    port: int | None
    internal: bool

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """Whether that address is of this entry."""
        below = self.host.startswith("*.") and host.endswith(self.host[1:]) and host != self.host[2:]
        return (host == self.host or below) and scheme in self.schemes and self.port in (None, port)


def read_sources(text: str) -> tuple[Source, ...]:
    """The entries of HEADWAY_PRODUCT_SOURCES, separated by commas or blanks. Raises ValueError for what is no host.

    `shop.example` is https only; `http://shop.example` plain http; `:8443` one port only; `internal:` before an entry says
    that it lies in a private network. A private address or `localhost` itself can mean nothing else: it is internal, with
    both schemes.
    """
    return tuple(_source(part) for part in text.replace(",", " ").split())


def read_inside_hosts(text: str) -> frozenset[str]:
    """The hosts of HEADWAY_HOOK_HOSTS: `name` or `name:port`, separated by commas. Raises ValueError for what is none."""
    found = _parts(text.lower())
    for each in found:
        if not _INSIDE.fullmatch(each) and literal(each) is None:
            raise ValueError(f"{each!r} is no host: write name or name:port, with commas between them")
    return frozenset(each.replace("[", "").replace("]", "") for each in found)


def read_proxies(text: str) -> tuple[str, ...]:
    """The addresses and networks of HEADWAY_TRUSTED_PROXIES, separated by commas, or `*` alone for everybody. Raises ValueError
    for what is neither."""
    found = _parts(text)
    for each in found if found != ["*"] else []:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise ValueError(
                f"{each!r} is no address such as 10.0.0.7 and no network such as 10.0.0.0/8"
            ) from None
    return tuple(found)


def literal(host: str) -> Address | None:
    """The host as an address, where it is one."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _parts(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _source(text: str) -> Source:
    internal = text.lower().startswith("internal:")
    rest = text[len("internal:") :] if internal else text
    try:
        parts = urlsplit(rest if "://" in rest else f"//{rest}")
        host, port = (parts.hostname or "").rstrip(".").lower(), parts.port
    except ValueError:
        raise _no_source(text) from None
    scheme, found = parts.scheme.lower(), literal(host)
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
    if more or scheme not in ("", *_PORTS) or not (found or _NAME.fullmatch(host.removeprefix("*."))):
        raise _no_source(text)
    private = host == "localhost" or (found is not None and not found.is_global)
    schemes = frozenset({scheme}) if scheme else frozenset(_PORTS if private else {"https"})
    return Source(host, schemes, port, internal or private)


def _no_source(text: str) -> ValueError:
    return ValueError(
        f"{text!r} is no host: write shop.example, *.shop.example or internal:http://shop.lan:8080"
    )
