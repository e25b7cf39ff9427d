"""The child side of `children.py`: `begin(FD)` runs one errand and ends.

Its context's port is the socket: what is written goes to the parent, who writes it under its lease.
"""

import asyncio
import contextlib
import importlib
import itertools
import os
import pickle
import resource
import runpy
import signal
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from headway.ai.asking import Flights
from headway.ai.calls import CallKey, Settlement
from headway.ai.provider import Provider, provider_for
from headway.core.pacing import Heard, Turn
from headway.core.progress import Track
from headway.engine import children
from headway.engine.children import Encoded, Errand, receive, send, write
from headway.engine.context import Context
from headway.engine.fanout import arguments
from headway.engine.files import JobFile
from headway.engine.kinds import Cancel, Kind, Snooze, Step, kind_of, step_of
from headway.engine.thread_context import ThreadContext
from headway.engine.waiting import in_thread
from headway.store.intents import FanOut
from headway.store.rows import CallRow, StepRow
from headway.store.sharing import Said
from headway.support.settings import Settings


class PipePort:
    """A context's port at the child's end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._provider: Provider | None = None
        self.flights: Flights = {}
        self.soft_limit = asyncio.Event()
        """Set when the parent says that the soft time limit has passed."""

    async def listen(self) -> None:
        """Give answers to whoever waits for them; the end of the socket is the end of this process."""
        try:
            while True:
                number, answer = await receive(self._reader)
                if number == 0:
                    self.soft_limit.set()
                    continue
                future = self._waiting.pop(number)
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            os._exit(1)

    def tell(self, verb: str, payload: object) -> None:
        """Say something that needs no answer."""
        write(self._writer, (0, verb, payload))

    async def request(self, verb: str, payload: object) -> Any:
        """Say something and wait for the answer."""
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        await send(self._writer, (number, verb, payload))
        return await future

    def progress(self, track: Track) -> None:
        """See `port.Port`, here and below."""
        self.tell("progress", (track.percent, track.step))

    async def record(self, step: StepRow) -> None:
        await self.request("record", step)

    async def log(self, text: str) -> None:
        await self.request("log", text)

    async def open_call(
        self, call: CallKey, request_hash: str, provider: str, model: str, tokens: int
    ) -> CallKey | bool:
        opened: CallKey | bool = await self.request(
            "open_call", (call, request_hash, provider, model, tokens)
        )
        return opened

    async def settle_call(self, call: CallKey, settlement: Settlement) -> None:
        await self.request("settle_call", (call, settlement))

    async def join_call(self, request_hash: str) -> CallKey | None:
        call: CallKey | None = await self.request("join_call", request_hash)
        return call

    async def said(self, call: CallKey) -> Said | None:
        said: Said | None = await self.request("said", call)
        return said

    async def calls(self) -> Sequence[CallRow]:
        rows: Sequence[CallRow] = await self.request("calls", None)
        return rows

    async def turn(self, provider: str, model: str, tokens: int, charged: bool) -> Turn:
        turn: Turn = await self.request("turn", (provider, model, tokens, charged))
        return turn

    async def heard(self, provider: str, model: str, what: Heard, wait_ms: int | None, tokens: int) -> int:
        paused_ms: int = await self.request("heard", (provider, model, what, wait_ms, tokens))
        return paused_ms

    async def hold(self, text: str | None) -> None:
        await self.request("hold", text)

    async def read_file(self, name: str) -> bytes:
        content: bytes = await self.request("read_file", name)
        return content

    async def fan_out(self, chunks: FanOut) -> None:
        await self.request("fan_out", chunks)

    def park(self, delay_ms: int | None, for_chunks: bool) -> None:
        self.tell("park", (delay_ms, for_chunks))

    async def run_process(self, step: Step, args: Sequence[object], kwargs: Mapping[str, object]) -> Any:
        return await children.run_step(step, args, kwargs, self.read_file)

    @property
    def provider(self) -> Provider:
        if self._provider is None:
            self._provider = provider_for(Settings())
        return self._provider


def find(task: Errand) -> Any:
    """The function that the errand names, in this process."""
    sys.path[:] = task.path
    if task.main is not None:
        found: Any = _Namespace(runpy.run_path(task.main, run_name="__headway_child__"))
    else:
        found = importlib.import_module(task.module)
    for part in task.name.split("."):
        found = getattr(found, part)
    return found


def mark(steps: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Tell the functions that are here what the worker's app knows of them."""
    for module, name, options in steps:
        function: Any = sys.modules.get(module)
        for part in name.split("."):
            function = getattr(function, part, None)
        if function is not None and not hasattr(function, "__headway_step__"):
            function.__headway_step__ = step_of(function, **options)


class _Namespace:
    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__.update(names)


async def run(task: Errand, port: PipePort) -> object:
    """The errand itself: a handler with its context, or a step's plain function."""
    function = find(task)
    if task.about is None:
        args = [_bound(value, port) for value in task.args]
        kwargs = {name: _bound(value, port) for name, value in (task.kwargs or {}).items()}
        value = await in_thread(partial(function, *args, **kwargs))
        return await value if asyncio.iscoroutine(value) else value
    mark(task.steps)
    context = Context(port, **task.about)
    if task.chunk:
        step: Step = getattr(function, "__headway_step__", None) or step_of(function, name=task.called)
        return await _chunk(step, context, task.input or "")
    kind: Kind = getattr(function, "__headway_kind__", None) or kind_of(
        task.called, function, title=None, options={}
    )
    given = (kind.input.load(task.input or "null"),) if kind.takes_input else ()
    work = asyncio.ensure_future(_handle(kind, context, given))

    async def ask() -> None:
        await port.soft_limit.wait()
        context.cancelled = True
        if kind.is_async:
            work.cancel()

    asking = asyncio.ensure_future(ask())
    value = await work
    asking.cancel()
    return value if isinstance(value, Snooze | Cancel | Encoded) else Encoded(kind.input.dump(value))


def _bound(value: object, port: PipePort) -> object:
    return value.bind(port.read_file) if isinstance(value, JobFile) else value


async def _chunk(step: Step, context: Context, text: str) -> object:
    _, key, args = orjson.loads(text)
    value = await context.run_chunk(step, key, arguments(step, args))
    return Encoded(step.result.dump(value))


async def _handle(kind: Kind, context: Context, args: Sequence[object]) -> Any:
    if not kind.is_async:
        return await in_thread(kind.handler, ThreadContext(context), *args)
    try:
        return await kind.handler(context, *args)
    except SystemExit as error:  # asyncio would end the process before anyone could be told
        raise RuntimeError(repr(error)) from error


async def main(fd: int) -> None:
    """Take the errand from the socket, run it, send back what came of it."""
    reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=fd))
    task: Errand = await receive(reader)
    if task.memory_mb:
        limit = task.memory_mb << 20
        # On Linux what is written to; elsewhere all of the address space, libraries and stacks included.
        what = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
        resource.setrlimit(what, (limit, limit))
    port = PipePort(reader, writer)
    listening = asyncio.get_running_loop().create_task(port.listen())
    try:
        outcome: tuple[int, str, object] = (0, "result", await run(task, port))
    except asyncio.CancelledError:  # the soft time limit came, and the handler let itself be ended
        outcome = (0, "cancelled", None)
    except (Exception, SystemExit) as error:  # noqa: BLE001 — carried to the parent, whatever it is
        outcome = (0, "error", _portable(error))
    await send(writer, outcome)
    listening.cancel()
    writer.close()
    with contextlib.suppress(ConnectionError):  # the parent has gone, or wants no more
        await writer.wait_closed()  # `drain` leaves up to 64 KiB unsent, and this process ends at once


def _portable(error: BaseException) -> Exception:
    """The error itself when it survives a pickle, else its words; an exit is one of the handler, not of the worker."""
    if not isinstance(error, Exception):
        return RuntimeError(repr(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 — any failure to pickle has the same answer
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def begin(fd: int) -> None:
    """The whole life of this process, at its end of the socket `fd`. Ctrl-C is the parent's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(main(fd))
    os._exit(0)
