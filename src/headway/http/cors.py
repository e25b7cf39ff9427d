"""Which other sites' pages may use the API: those that a setting names exactly, and only with a token of their own.

Wrapped around `gate` by `server`, inside `shell`, and only where HEADWAY_CORS_ORIGINS names any. Cookies are never allowed from
another site (Fetch standard, "CORS protocol and credentials"). Routes that are open to everyone (watch links) say so themselves.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_SENT = "authorization, content-type, idempotency-key, if-none-match, last-event-id, prefer, accept-language"
_SHOWN = "etag, location, preference-applied, ratelimit, ratelimit-policy, retry-after, x-request-id"
_KEPT_S = 600


class Cors:
    """ASGI middleware: answers preflights of `origins`, and marks answers to them as readable."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection of any kind."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        admitted = origin in self.origins
        if admitted and scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            answer = {
                "access-control-allow-origin": origin,
                "access-control-allow-methods": _METHODS,
                "access-control-allow-headers": _SENT,
                "access-control-max-age": str(_KEPT_S),
                "vary": "Origin",
            }
            await Response(None, 204, answer)(scope, receive, send)
            return

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = [name for name, _ in message.get("headers", ())]
                added = [(b"vary", b"Origin")]
                if admitted and b"access-control-allow-origin" not in present:
                    added.append((b"access-control-allow-origin", origin.encode()))
                    added.append((b"access-control-expose-headers", _SHOWN.encode()))
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self.app(scope, receive, marked)


def read_origins(text: str) -> frozenset[str]:
    """The origins of a setting, separated by commas: `https://app.example.org`, with a port where it is not the usual one."""
    return frozenset(each.strip() for each in text.split(",") if each.strip())
