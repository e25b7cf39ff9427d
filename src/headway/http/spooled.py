"""A response that is read from an open file, which is closed, and so deleted, at the end.

Called by `account`.
"""

import asyncio
from typing import IO

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_BLOCK_BYTES = 256 << 10


class SpooledFile(Response):
    """An attachment named `name`."""

    def __init__(self, file: IO[bytes], name: str, media_type: str) -> None:
        size = file.seek(0, 2)
        file.seek(0)
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "content-length": str(size),
            "cache-control": "no-store",
        }
        super().__init__(None, 200, headers, media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, block by block."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while block := await asyncio.to_thread(self._file.read, _BLOCK_BYTES):
                await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()
