"""Between psycopg and its server: a proxy that cuts connections at their COMMIT, or just behind it."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict

Moment = Literal["request", "reply"]
_COMMIT = b"COMMIT\0"
_SOCKET = ".s.PGSQL.5432"


class Cutter:
    """Lets everything through but every `every`-th COMMIT, up to `most` of them.

    Cut at its `reply`, the transaction is durable and nobody hears of it; cut at its `request`, it never was.
    """

    def __init__(self, server: str, moment: Moment, every: int, most: int) -> None:
        self._server = server
        self._moment = moment
        self._every, self._most = every, most
        self._commits = 0
        self.cuts = 0
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side or the cut ends it."""
        to_server: asyncio.StreamWriter | None = None
        try:
            from_server, to_server = await asyncio.open_unix_connection(self._server)
            cut = asyncio.Event()
            ways = [
                asyncio.ensure_future(self._up(reader, to_server, cut)),
                asyncio.ensure_future(self._down(from_server, writer, cut)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.wait(ways)
        finally:
            for end in (writer, to_server):
                if end is not None:
                    end.close()

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if _COMMIT in data and self._now():
                    if self._moment == "request":
                        return
                    cut.set()
                writer.write(data)
                await writer.drain()

    async def _down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if cut.is_set():
                    assert _COMMIT in data, "the server has committed"
                    return
                writer.write(data)
                await writer.drain()

    def _now(self) -> bool:
        self._commits += 1
        if self._commits % self._every or self.cuts >= self._most:
            return False
        self.cuts += 1
        return True


@contextlib.asynccontextmanager
async def cutting(url: str, moment: Moment, every: int, most: int) -> AsyncIterator[tuple[str, Cutter]]:
    """A proxy before the server of `url`, and the URL through it. The socket's path must be short."""
    known = conninfo_to_dict(url)
    cutter = Cutter(f"{known['host']}/{_SOCKET}", moment, every, most)
    folder = tempfile.mkdtemp(prefix="hw-cut-")
    try:
        async with await asyncio.start_unix_server(cutter.serve, Path(folder) / _SOCKET):
            yield f"postgresql://{known['user']}@/{known['dbname']}?host={folder}", cutter
    finally:
        shutil.rmtree(folder)
