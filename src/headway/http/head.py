"""HEAD wherever GET is: the same answer without its body (RFC 9110, 9.3.2).

Wrapped around the routes by `server`, inside `gate` and `throttle`, which know the method that was asked. Invariant: the answer is
over with its head, so that a stream is told of a disconnect and ends at once.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """ASGI middleware: routes see a GET, and what they send behind the head goes nowhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one connection of any kind."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, send_head)
        finally:
            scope["route"] = asked.get("route")  # which `shell` measures by
