"""Counts what is asked and what is watched, and bounds what is sent, between the gate and the routes.

Wrapped around the routes by `server`, inside `gate`, which knows who asks. Invariants: an operator's request passes at the cost of
one comparison; a stream is counted exactly as long as it is open; no route is handed more of a body than an upload may have,
however it is sent (routes have smaller limits of their own).
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headway.core.errors import HeadwayError, TooLarge
from headway.http import problems
from headway.http.bodies import UPLOAD_LIMIT_BYTES
from headway.http.limits import Limits, network_of
from headway.support.i18n import N_

_UNCOUNTED = ("/static/", "/healthz", "/readyz", "/metrics")
_STREAMS = ("/events", "/ws")
MOST_BYTES = UPLOAD_LIMIT_BYTES + (4 << 20)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Throttle:
    """ASGI middleware: lets through, or answers 429."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection of any kind."""
        account = scope["state"]["account"] if scope["type"] != "lifespan" else None
        path: str = scope.get("path", "")
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            receive = _capped(receive)
        if (
            scope["type"] == "lifespan"
            or (account is not None and account.role == "operator")
            or path.startswith(_UNCOUNTED)
        ):
            await self.app(scope, receive, send)
            return
        here = network_of((scope.get("client") or ("",))[0])
        stream = ""
        try:
            if path.endswith(_STREAMS):
                stream = self.limits.open_stream(account, here)
            elif scope["type"] == "http":
                self.limits.request(account, here, unsafe=scope["method"] not in _SAFE)
        except HeadwayError as error:
            await problems.refuse(problems.response(error, scope["state"]["lang"]), scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            if stream:
                self.limits.close_stream(stream)


def _capped(receive: Receive) -> Receive:
    """A `receive` that raises TooLarge once more than `MOST_BYTES` have come, with a length announced or without one."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            raise TooLarge(N_("At most {limit} bytes are taken here"), limit=MOST_BYTES)
        return message

    return counting
