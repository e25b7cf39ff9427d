"""Where a request comes from, as far as the network layer can be believed, and whether its sender is still
there.

Called by `gate` and by whoever waits. Invariant: a caller counts as local only if nothing hints that someone
stands behind it.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import Receive, Scope

from headway.support.addresses import origin_of


def is_local_caller(scope: Scope, headers: Mapping[bytes, str], behind_proxy: bool) -> bool:
    """Whether the request was made on this machine.

    `behind_proxy` says that the server already put the caller's address, as told by trusted proxies, into the
    scope; without it any forwarding header means that some proxy on this machine speaks for a stranger. The
    Host must be a loopback name too, or a web page could reach us by pointing a name of its own at 127.0.0.1
    (DNS rebinding).
    """
    client = scope.get("client")
    if client is None or not _is_loopback(client[0]):
        return False
    if not behind_proxy and (b"x-forwarded-for" in headers or b"forwarded" in headers):
        return False
    try:
        host = urlsplit(f"//{headers.get(b'host', '')}").hostname or ""
    except ValueError:
        return False
    return host == "localhost" or _is_loopback(host)


def own_address(scope: Scope) -> str:
    """How this installation's addresses begin, by the connection and not by its `Host`, which a stranger may make up: for
    what is sent to somebody else."""
    host, port = scope.get("server") or ("localhost", None)
    return origin_of(host, port, scope["scheme"])


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


async def until_gone(receive: Receive) -> None:
    """Returns when the client has left. Run it as a task beside the waiting; it swallows what is left of the
    body."""
    while (await receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
        pass
