"""Child processes for what must be killable: handlers and steps with `process=True`, and suspects.

The parent side. A child is a fresh interpreter (`headway.engine.child`) at the end of a socket: it dies when the socket
closes or its parent does, and everything that its context says comes back here to be written under the parent's lease.
Frames are a length and a pickle, between two processes of the same user.
"""

import asyncio
import os
import pickle
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from headway.core.errors import HeadwayError, PermanentError
from headway.core.progress import Track
from headway.engine.files import Read
from headway.engine.kinds import Handler, Step
from headway.engine.waiting import outlast
from headway.support.i18n import N_

if TYPE_CHECKING:
    from headway.engine.attempt import Attempt
    from headway.engine.context import Context

# The first thing a child does, before it imports anything slow: ask to die with its parent, and look whether it is there still.
# A worker that is killed while its children are being born would otherwise leave them to import on, many at a time.
_BIRTH = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
if os.getppid() != int(sys.argv[2]):
    os._exit(1)
from headway.engine.child import begin
begin(int(sys.argv[1]))
"""
_LENGTH = struct.Struct("!I")
Serve = Callable[[asyncio.StreamWriter, int, str, Any], Awaitable[None]]
"""What is done with each frame of a child's that is not its answer."""


class ChildDied(Exception):
    """The child process ended without an answer: killed, out of memory, or crashed. `status` is -N after signal N."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        return f"the process that ran it died with exit status {self.status}"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A handler's result, already JSON text."""

    text: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What a child is started for. `module` and `name` find the function; `main` is the script when it lives in one."""

    module: str
    name: str
    main: str | None
    path: list[str]
    memory_mb: int | None
    input: str | None = None
    chunk: bool = False
    called: str = ""
    """The kind's or the step's name: in the child nobody may have registered the function."""
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] | None = None
    about: Mapping[str, Any] | None = None
    steps: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    """The app's steps, by module and name of their functions, and what was said of them: an app may have registered them outside
    of the module that the child imports."""


def errand(function: Handler, memory_mb: int | None, **what: Any) -> Errand:
    """Raises PermanentError for a function that another process cannot find, such as one inside a function."""
    if not can_find(function):
        raise PermanentError(
            N_("{name} is defined where a process of its own cannot find it"),
            name=getattr(function, "__qualname__", repr(function)),
        )
    main = (
        getattr(sys.modules.get("__main__"), "__file__", None) if function.__module__ == "__main__" else None
    )
    return Errand(function.__module__, function.__qualname__, main, list(sys.path), memory_mb, **what)


def can_find(function: Handler) -> bool:
    """Whether another process finds a function by its module and name, as none does inside a function or at a prompt."""
    module: object = sys.modules.get(function.__module__)
    if function.__module__ == "__main__" and not hasattr(module, "__file__"):
        return False
    try:
        attrgetter(getattr(function, "__qualname__", ""))(module)
    except AttributeError:
        return False
    return True


async def run_handler(attempt: "Attempt", context: "Context") -> Any:
    """The whole handler, or a chunk's step, in a child: gives `Encoded`, or a wish (Snooze, Cancel).

    Raises what the handler raises, ChildDied, or CancelledError after the child was killed.
    """
    kind, step, claimed = attempt.kind, attempt.step, attempt.claimed
    about = {
        "job_id": claimed.job_id,
        "attempt": context.attempt,
        "owner": claimed.owner,
        "percent": claimed.percent,
        "steps": list(context._steps.values()),
        "calls": context._calls,
        "logged": [text for text, times in context._logged.items() for _ in range(times)],
        "chunks": context._chunks,
        "scope": context._scope,
    }
    steps = tuple(
        (known.function.__module__, known.function.__qualname__, known.options())
        for known in attempt.steps.values()
    )
    what = {"input": claimed.input, "about": about, "steps": steps}
    if step is not None:
        task = errand(step.function, step.memory_mb, chunk=True, called=step.name, **what)
    else:
        task = errand(kind.handler, kind.memory_mb, called=kind.name, **what)
    return await _converse(task, partial(_serve, attempt), lambda: attempt.soft)


async def run_step(step: Step, args: Sequence[object], kwargs: Mapping[str, object], read: Read) -> Any:
    """One step's function in a child; gives what it returns. `read` reads the files among its arguments. Raises what it raises,
    or ChildDied."""
    task = errand(step.function, step.memory_mb, args=tuple(args), kwargs=dict(kwargs))
    return await _converse(task, partial(_serve_step, read), lambda: False)


async def _converse(task: Errand, serve: Serve, soft: Callable[[], bool]) -> Any:
    """Start a child, give it its errand, and serve it until it answers; it is dead when this returns."""
    process, reader, writer = await _start()
    talk = asyncio.ensure_future(_talk(task, serve, process, reader, writer))

    def asked() -> bool:
        """The soft limit is passed on to the child; everything else that ends the wait ends the child."""
        if not soft():
            return False
        write(writer, (0, None))
        return True

    try:
        return await outlast(talk, asked)
    finally:
        talk.cancel()
        writer.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _start() -> tuple[asyncio.subprocess.Process, asyncio.StreamReader, asyncio.StreamWriter]:
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _BIRTH,
                str(theirs.fileno()),
                str(os.getpid()),
                pass_fds=(theirs.fileno(),),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        return process, *await asyncio.open_unix_connection(sock=ours)
    except BaseException:  # a child that was started sees the end of its socket, and ends
        ours.close()
        raise


async def _talk(
    task: Errand,
    serve: Serve,
    process: asyncio.subprocess.Process,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> Any:
    try:
        await send(writer, task)
        while True:
            number, verb, payload = await receive(reader)
            if verb == "result":
                return payload
            if verb == "cancelled":
                raise asyncio.CancelledError
            if verb == "error":
                break
            await serve(writer, number, verb, payload)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise ChildDied(await process.wait()) from None
    if isinstance(payload, MemoryError) and task.memory_mb:
        raise PermanentError(N_("It needed more than its {memory_mb} MB of memory"), memory_mb=task.memory_mb)
    raise payload


async def _serve_step(read: Read, writer: asyncio.StreamWriter, number: int, verb: str, payload: Any) -> None:
    """A step's child has no context: all that it asks for is a file."""
    try:
        answer: object = await read(payload)
    except HeadwayError as error:
        answer = error
    await send(writer, (number, answer))


async def _serve(
    attempt: "Attempt", writer: asyncio.StreamWriter, number: int, verb: str, payload: Any
) -> None:
    """Do for the child's context what the worker's own would do; answer when it waits for an answer."""
    answer: object = None
    try:
        match verb:
            case "progress":
                attempt.progress(Track(*payload))
                return
            case "park":
                attempt.park(*payload)
                return
            case "fan_out":
                if attempt.context is not None:
                    attempt.context.fanned = True
                await attempt.fan_out(payload)
            case "record":
                await attempt.record(payload)
            case "log":
                await attempt.log(payload)
            case "open_call":
                answer = await attempt.open_call(*payload)
            case "settle_call":
                await attempt.settle_call(*payload)
            case "join_call":
                answer = await attempt.join_call(payload)
            case "said":
                answer = await attempt.said(payload)
            case "calls":
                answer = await attempt.calls()
            case "turn":
                answer = await attempt.turn(*payload)
            case "heard":
                answer = await attempt.heard(*payload)
            case "hold":
                await attempt.hold(payload)
            case "read_file":
                answer = await attempt.read_file(payload)
    except HeadwayError as error:
        answer = error
    await send(writer, (number, answer))


def write(writer: asyncio.StreamWriter, frame: object) -> None:
    """One frame out, in the order of the calls."""
    data = pickle.dumps(frame)
    writer.write(_LENGTH.pack(len(data)) + data)


async def send(writer: asyncio.StreamWriter, frame: object) -> None:
    """One frame out, and wait while too much is on its way."""
    write(writer, frame)
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> Any:
    """One frame in. Raises IncompleteReadError at the end."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    return pickle.loads(await reader.readexactly(length))
