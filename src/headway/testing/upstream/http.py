"""As much of HTTP/1.1 as a fake provider needs, on bare sockets: only there can a reply be cut in the middle.

Called by `server`. Reads requests with a length or in chunks; writes replies with a length or in chunks, in
the given pieces.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

_MOST_BYTES = 64 << 20
_BETWEEN_PIECES_S = 0.001


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request; the names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Reply:
    """What goes back. `streamed` bodies go out in their pieces; `cut` ends the connection after half of them,
    `silent` before any."""

    status: int = 200
    pieces: Sequence[bytes] = ()
    headers: dict[str, str] = field(default_factory=dict)
    streamed: bool = False
    cut: bool = False
    silent: bool = False
    delay_s: float = 0.0


class Malformed(Exception):
    """What came is not HTTP as we know it."""


async def read_head(reader: asyncio.StreamReader) -> HttpRequest | None:
    """The next request of a connection, without its body; None at its end. Raises Malformed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise Malformed("half a head") from end
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target = urlsplit(rest.rpartition(" ")[0])
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    if headers.get("expect", "").lower() == "100-continue":
        raise Malformed("no 100-continue here")
    return HttpRequest(method, target.path, parse_qs(target.query), headers)


async def read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    """The body that goes with these headers. Raises Malformed."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
            if len(body) > _MOST_BYTES:
                raise Malformed("too large")
        await reader.readuntil(b"\r\n")
        return body
    length = int(headers.get("content-length", "0"))
    if length > _MOST_BYTES:
        raise Malformed("too large")
    return await reader.readexactly(length)


async def write_reply(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send a reply; False when the connection is over with it."""
    if reply.delay_s:
        await asyncio.sleep(reply.delay_s)
    if reply.silent:
        writer.transport.abort()
        return False
    body = b"".join(reply.pieces)
    length = {"transfer-encoding": "chunked"} if reply.streamed else {"content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**reply.headers, **length}.items())
    writer.write(f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{head}\r\n".encode("latin-1"))
    pieces = reply.pieces if reply.streamed else [body]
    if reply.cut:
        half = len(pieces) // 2
        pieces = pieces[:half] if half else [body[: len(body) // 2]]
    for piece in pieces:
        if not piece:
            continue
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.streamed else piece)
        await writer.drain()
        if reply.streamed or reply.cut:
            await asyncio.sleep(_BETWEEN_PIECES_S)
    if reply.cut:
        writer.transport.abort()
        return False
    if reply.streamed:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True
