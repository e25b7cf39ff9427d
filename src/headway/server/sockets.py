"""uvicorn's WebSocket protocol, to which a refused handshake is one that is over.

Called by `run` and by tests, as `ws=` of uvicorn's configuration.
"""

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class Sockets(WebSocketsSansIOProtocol):
    """uvicorn notes an acceptance and a close, but not a refusal that was answered in full (`websocket.http.response.body`): it
    logs an error then, that there was no handshake."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send one message of the application."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
