"""Counts what is read and what is watched, between the gate and the routes.

Wrapped around the routes by `server`, inside `gate`, which knows who asks. Invariant: an operator passes at the cost of one
comparison, and a stream is counted exactly as long as it is open.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from headway.core.errors import HeadwayError
from headway.http import problems
from headway.http.limits import Limits, network_of

_UNCOUNTED = ("/static/", "/healthz", "/readyz", "/metrics")
_STREAMS = ("/events", "/ws")


class Throttle:
    """ASGI middleware: lets through, or answers 429."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection of any kind."""
        account = scope["state"]["account"] if scope["type"] != "lifespan" else None
        path: str = scope.get("path", "")
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
            elif scope["method"] in ("GET", "HEAD"):
                self.limits.read(account, here)
        except HeadwayError as error:
            await problems.refuse(problems.response(error, scope["state"]["lang"]), scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            if stream:
                self.limits.close_stream(stream)
