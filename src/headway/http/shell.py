"""The outermost layer: a request id, security headers, measurement, and the last word on errors nobody
expected.

Wrapped around the whole application by `server`. Pure ASGI: it holds one small closure per open stream.
Invariant: an exception becomes a 500 that tells nothing but the request id, and the log has the rest under
that id.
"""

import secrets
import time
from typing import Protocol

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headway.core.errors import HeadwayError
from headway.http import problems

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"private, no-cache"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_log = structlog.get_logger(__name__)


class RequestMeter(Protocol):
    """What counts requests: see `metrics`."""

    def observe(self, method: str, route: str, status: int, seconds: float) -> None: ...


class Shell:
    """ASGI middleware; a header that a route has set itself is left alone."""

    def __init__(self, app: ASGIApp, meter: RequestMeter) -> None:
        self.app = app
        self.meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection of any kind."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started_at = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                present = {name for name, _ in message.get("headers", ())}
                added = [pair for pair in _HEADERS if pair[0] not in present]
                if scope.get("scheme") in ("https", "wss"):
                    added.append(_HSTS)
                message["headers"] = [
                    *message.get("headers", ()),
                    *added,
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:  # noqa: BLE001 - the last line: whatever it is becomes a 500 and a line in the log
            _log.exception(
                "request failed", request_id=request_id, method=scope.get("method"), path=scope["path"]
            )
            if status == 0 and scope["type"] == "http":
                failed = problems.response(HeadwayError(), problems.language_of(scope), request_id=request_id)
                await failed(scope, receive, send_with_headers)
        finally:
            if scope["type"] == "http" and status:
                route = getattr(scope.get("route"), "path", "other")
                self.meter.observe(scope["method"], route, status, time.perf_counter() - started_at)
