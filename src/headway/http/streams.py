"""Server-sent events and WebSockets: the snapshots of one job as they come.

Called by `events` and `share`. Written as bare ASGI, since a thousand of these are open at once. Invariant:
what is sent is the newest snapshot, so that a slow reader skips some in between but always gets the last.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from headway.http.live import Hub, Watch
from headway.http.network import until_gone
from headway.http.rendering import Frame
from headway.store import Snapshot

KEEP_ALIVE_S: Final = 15.0
_COMMENT = b": still here\n\n"
_DRAIN = b": the server is restarting\nretry: 500\n\n"
_GOING_AWAY = 1012  # WebSocket close code "service restart" (IANA registry)

_NO_LONGER = 1008  # "policy violation"

Allowed = Callable[[], Awaitable[bool]]
Hold = AbstractContextManager["asyncio.Future[None]"]
"""Open while a stream is; its future is done when the reader may no longer: see `vigil`."""


async def _always() -> bool:
    return True


class EventStream(Response):
    """A `text/event-stream` of one job (WHATWG HTML, 9.2): ends after a terminal status, a deletion, or at a
    shutdown.

    `after` is the version that the reader has seen, None for none. `allowed` is asked again every
    `keep_alive_s`, however much there is to send. `hold` says when the reader may no longer.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        hub: Hub,
        snapshot: Snapshot,
        lang: str,
        after: int | None,
        *,
        watch_token: str | None = None,
        allowed: Allowed = _always,
        hold: Hold | None = None,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        super().__init__(
            None,
            200,
            {
                "content-type": "text/event-stream; charset=utf-8",
                "cache-control": "no-store",
                "content-language": lang,
                "vary": "Accept-Language",
                "x-accel-buffering": "no",
            },
        )
        del self.headers["content-length"]
        self._hub = hub
        self._snapshot = snapshot
        self._lang = lang
        self._after = after
        self._token = watch_token
        self._allowed = allowed
        self._hold = hold
        self._keep_alive_s = keep_alive_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until there is nothing more to come."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        gone = asyncio.ensure_future(until_gone(receive))
        try:
            with self._hub.watch(self._snapshot.id) as watch, self._hold or nullcontext() as ended:
                end_with(ended, gone)
                await self._run(watch, gone, send)
            if not gone.done() or gone.cancelled():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _run(self, watch: Watch, gone: "asyncio.Future[None]", send: Send) -> None:
        frame: Frame | None = watch.begin(self._snapshot)
        if frame is not None and frame.snapshot.version == self._after:
            frame = None if not frame.snapshot.finished else frame
            await _write(send, _COMMENT)  # the head leaves at once, whatever sits in between
        loop = asyncio.get_running_loop()
        allowed_at = loop.time()
        while True:
            if loop.time() - allowed_at >= self._keep_alive_s:
                if not await self._allowed():
                    return
                allowed_at = loop.time()
            if gone.done():
                return
            if frame is not None:
                await _write(send, frame.event(self._lang, self._token))
                if frame.snapshot.finished:
                    return
            elif watch.over:
                await _write(send, _DRAIN)
                return
            else:
                await _write(send, _COMMENT)
            frame = await watch.next(self._keep_alive_s, gone)


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def end_with(ended: "asyncio.Future[None] | None", gone: "asyncio.Future[None]") -> None:
    """Have a reader who may no longer go on count as gone: `gone` is then cancelled."""
    if ended is not None:
        ended.add_done_callback(lambda _: gone.cancel())


async def run_websocket(
    websocket: WebSocket, hub: Hub, snapshot: Snapshot, lang: str, after: int | None, hold: Hold
) -> None:
    """The same as text messages; closes with 1000 after a terminal status, with 1012 at a shutdown, with 1008 when the reader's
    session has ended."""
    await websocket.accept()
    gone = asyncio.ensure_future(until_gone(websocket.receive))
    try:
        with hub.watch(snapshot.id) as watch, hold as ended:
            end_with(ended, gone)
            frame: Frame | None = watch.begin(snapshot)
            if frame is not None and frame.snapshot.version == after and not frame.snapshot.finished:
                frame = await watch.next(KEEP_ALIVE_S, gone)
            while not gone.done():
                if frame is not None:
                    if frame.snapshot.version != after:
                        await websocket.send_text(frame.body(lang).decode())
                    if frame.snapshot.finished:
                        await websocket.close(1000)
                        return
                elif watch.over:
                    await websocket.close(_GOING_AWAY)
                    return
                frame = await watch.next(KEEP_ALIVE_S, gone)
            if gone.cancelled():
                await websocket.close(_NO_LONGER)
    finally:
        gone.cancel()
