"""The fake provider's server: takes requests of both protocols, asks the script, answers, writes its log.

Used as `async with Upstream(script) as upstream:` in tests, by `headway fake-ai`, and in a thread of its own
by `running`.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from headway.testing.upstream import gemini, openai
from headway.testing.upstream.answers import Answerer, Question, echo
from headway.testing.upstream.http import HttpRequest, Malformed, Reply, read_body, read_head, write_reply
from headway.testing.upstream.log import Entry, Log
from headway.testing.upstream.script import Move, Script

_PROTOCOLS = {"gemini": gemini, "openai": openai}


class Upstream:
    """A fake provider on 127.0.0.1 (or `host`), on a free port unless one is given.

    `answer` makes the honest answers; `delay_s` is how long each takes; `log` names a file for the log.
    `entries` is the log so far.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        answer: Answerer = echo,
        delay_s: float = 0.0,
        log: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.script = script or Script()
        self._answer = answer
        self._delay_s = delay_s
        self._log = Log(log)
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Condition()
        self.begun = 0
        """Questions whose first lines have arrived."""
        self.received = 0
        """Questions that have arrived whole, answered or not."""

    @property
    def url(self) -> str:
        """Where it listens. `HEADWAY_AI_URL` of the provider gemini."""
        return f"http://{self._host}:{self._port}"

    def url_for(self, protocol: str) -> str:
        """The base URL that a provider of that protocol is given."""
        return f"{self.url}/v1" if protocol == "openai" else self.url

    @property
    def entries(self) -> Sequence[Entry]:
        """Every request so far that has been answered, or cut."""
        return self._log.entries

    async def until(self, n: int) -> Sequence[Entry]:
        """Wait until `n` requests have been answered."""
        async with self._moved:
            await self._moved.wait_for(lambda: len(self.entries) >= n)
        return self.entries

    async def until_received(self, n: int) -> None:
        """Wait until `n` questions have arrived whole, and the script has decided about them."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.received >= n)

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=1 << 20)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection and close the log."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)
        self._log.close()

    async def __aenter__(self) -> "Upstream":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while (head := await read_head(reader)) is not None:
                if any(protocol.asks(head) for protocol in _PROTOCOLS.values()):
                    self.begun += 1
                request = replace(head, body=await read_body(reader, head.headers))
                if not await self._handle(request, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, Malformed, asyncio.CancelledError):
            return  # the client is gone, or we are
        finally:
            self._open.discard(task)
            writer.close()

    async def _handle(self, request: HttpRequest, writer: asyncio.StreamWriter) -> bool:
        at, began = time.time(), time.monotonic()
        question, move, reply = self._decide(request)
        if question is not None:
            self.received += 1
            await self._tell()
        status = 0
        try:
            goes_on = await write_reply(writer, reply)
            status = 0 if reply.silent else reply.status
            return goes_on
        finally:
            if question is not None:
                self._log.write(
                    Entry(
                        len(self.entries) + 1,
                        at,
                        question.protocol,
                        question.model,
                        question.stream,
                        _hash(question.body),
                        move.do.value,
                        status,
                        round(time.monotonic() - began, 4),
                        bool(request.headers.get("x-goog-api-key") or request.headers.get("authorization")),
                    )
                )
                await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    def _decide(self, request: HttpRequest) -> tuple[Question | None, Move, Reply]:
        for protocol in _PROTOCOLS.values():
            try:
                body: Any = json.loads(request.body or b"null")
                question = protocol.question(request, body)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                return None, Move(), protocol.malformed(str(error))
            if question is not None:
                move = self.script.decide(question, _hash(question.body))
                reply = protocol.reply(question, move, self._answer(question))
                reply.delay_s += self._delay_s
                return question, move, reply
        return None, Move(), Reply(404, [b"there is nothing here"], {"content-type": "text/plain"})


def _hash(body: object) -> str:
    return hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=8).hexdigest()
