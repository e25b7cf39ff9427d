"""The web application's socket: bound before anything else starts, so that a taken port is one clear
sentence.

Called by `run`. It is not yet listening: until the application is ready, a connection is refused, not kept
waiting.
"""

import errno
import socket

from headway.support.addresses import origin_of


class CannotListen(Exception):
    """The address cannot be listened at; the message says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A bound TCP socket; port 0 takes a free one. Raises CannotListen."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotListen(f"HOST={host} is no address of this machine: {error}") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise cannot_listen(host, port, error) from error
    listener.setblocking(False)
    return listener


def cannot_listen(host: str, port: int, error: OSError) -> CannotListen:
    """What a refused `bind` or `listen` means, in words that help."""
    if error.errno == errno.EADDRINUSE:
        reason = "something else listens there already. Stop it, or choose another port: PORT=8001"
    elif error.errno == errno.EACCES:
        reason = "this user may not use that port. Choose one above 1023: PORT=8000"
    else:
        reason = f"{error.strerror}. Choose another address with HOST and PORT"
    return CannotListen(f"Cannot listen at {host}:{port}: {reason}")


def browser_url(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    return origin_of(host, port)
