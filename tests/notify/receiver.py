"""Somebody who receives webhooks: HTTP over a real socket, with answers as a test gives them."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = int | tuple[int, dict[str, str]] | str
"""A status; with headers; `silent` (never answers) or `endless` (a body without an end)."""


@dataclass
class Message:
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers are used up one by one, then 204."""

    port: int = 0
    scheme: str = "http"
    answers: list[Answer] = field(default_factory=list)
    got: list[Message] = field(default_factory=list)
    sent_bytes: int = 0
    connections: int = 0

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.got.append(Message(head[0].split(" ")[1], headers, body))
            answer = self.answers.pop(0) if self.answers else 204
            if answer == "silent":
                await reader.read()  # until the other side gives up
            elif answer == "endless":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                    self.sent_bytes += 65536
                    await writer.drain()
            else:
                status, more = answer if isinstance(answer, tuple) else (answer, {})
                lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{lines}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the sender has hung up
        finally:
            writer.close()


@asynccontextmanager
async def receiver(*answers: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver at a free port of this machine."""
    one = Receiver(answers=list(answers), scheme="https" if tls else "http")
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0, ssl=tls)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
