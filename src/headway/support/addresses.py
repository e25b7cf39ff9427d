"""Addresses on the web: how those of this installation begin, and whether a text is one.

Called by whoever prints or mails a link, and by `settings`.
"""

import ipaddress
from urllib.parse import urlsplit


def origin_of(host: str, port: int | None, scheme: str = "http") -> str:
    """What links to a server at `host` begin with, for a browser on its machine: all of its addresses (0.0.0.0, ::, "") are
    localhost, and an IPv6 address stands in brackets. No `port` is the scheme's own."""
    try:
        ip = ipaddress.ip_address(host or "::")
    except ValueError:
        name = host
    else:
        name = "localhost" if ip.is_unspecified else f"[{host}]" if ip.version == 6 else host
    return f"{scheme}://{name}" + (f":{port}" if port else "")


def is_web_address(text: str) -> bool:
    """Whether it is a whole http:// or https:// address with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and _plain(text)
    except ValueError:  # of a port or of brackets
        return False


def _plain(text: str) -> bool:
    return text.isprintable() and " " not in text
