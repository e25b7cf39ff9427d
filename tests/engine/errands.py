"""Handlers and steps that child processes must find by name: they live at the top of a module."""

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from headway import Cancel, Context, Headway, InvalidInput, PermanentError, Settings, Snooze, TransientError
from headway.core.errors import FieldError
from headway.engine.files import JobFile

app = Headway(Settings(database_url="sqlite:///unused.db"))


class Order(BaseModel):
    word: str
    times: int = 1


def note(journal: str, word: str) -> None:
    """Append a line in one write: what any number of processes can do to one file."""
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{word}\n".encode())
    os.close(file)


def notes(journal: Path) -> list[str]:
    return journal.read_text().split() if journal.exists() else []


@app.job("child-async", process=True)
async def child_async(ctx: Context, order: Order) -> dict[str, Any]:
    doubled = await ctx.step(double, order.times)
    with ctx.stage("Saying {word}", 0, 50, word=order.word):
        ctx.progress(100)
    await ctx.log(order.word)
    return {"said": order.word * doubled, "pid": os.getpid()}


async def child_fans(ctx: Context, n: int) -> list[int]:
    """Registered by the test: nothing in this module knows that it, or its step, is anything's."""
    return list(await ctx.fan_out(tripled, range(n)))


def tripled(n: int) -> int:
    return 3 * n


@app.job("child-thread", process=True)
def child_thread(ctx: Any, order: Order) -> dict[str, Any]:
    ctx.log(order.word)
    return {"said": order.word * ctx.step(double, order.times), "pid": os.getpid()}


@app.job("child-sleep", process=True)
async def child_sleep(ctx: Context, journal: str) -> int:
    pid = await ctx.step(own_pid)
    note(journal, "woke")
    await ctx.sleep(1.1)
    note(journal, "slept")
    return int(pid != os.getpid())


@app.job("child-error", process=True, max_attempts=1)
async def child_error(ctx: Context, what: str) -> None:
    match what:
        case "permanent":
            raise PermanentError("The {thing} is broken", thing="mill")
        case "invalid":
            raise InvalidInput([FieldError("word", "is missing")])
        case "transient":
            raise TransientError("later", retry_after_s=0.01)
        case "exit":
            sys.exit(3)
        case _:
            raise Unpicklable(what)


class Unpicklable(Exception):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.inside = lambda: what


@app.job("child-wish", process=True)
async def child_wish(ctx: Context, journal: str) -> Snooze | Cancel:
    note(journal, "asked")
    return Snooze(0.05) if len(notes(Path(journal))) == 1 else Cancel("enough")


@app.job("child-hang", process=True, max_attempts=1, time_limit=2.0)
async def child_hang(ctx: Context, journal: str) -> None:
    note(journal, str(os.getpid()))
    threading.Event().wait()  # blocks its own loop: nothing but a kill ends it


@app.job("child-soft", process=True, max_attempts=1, soft_time_limit=0.5, time_limit=20.0)
def child_soft(ctx: Any, journal: str) -> str:
    note(journal, str(os.getpid()))
    work_until_asked(ctx)
    return "what was ready"


@app.job("child-patient", process=True)
async def child_patient(ctx: Context, journal: str) -> None:
    note(journal, str(os.getpid()))
    await asyncio.sleep(60)


@app.job("child-big", process=True, memory_mb=200, max_attempts=2)
def child_big(ctx: Any, mb: int) -> int:
    return len(bytearray(mb << 20))


@app.job("child-dies", process=True, max_attempts=5)
async def child_dies(ctx: Context, journal: str) -> None:
    note(journal, "died")
    os.kill(os.getpid(), signal.SIGKILL)


@app.job("child-dies-once", process=True, max_attempts=1)
async def child_dies_once(ctx: Context, journal: str) -> str:
    note(journal, "began")
    if len(notes(Path(journal))) == 1:
        os._exit(1)
    return "lived"


@app.job("child-dies-between-steps", process=True, max_attempts=1)
async def child_dies_between_steps(ctx: Context, journal: str) -> int:
    """Every death comes after a new step, so that none counts against it."""
    for n in range(4):
        await ctx.step(double, n)
        if len(notes(Path(journal))) == n:
            note(journal, "died")
            os._exit(1)
    return n


def work_until_asked(ctx: Any) -> None:
    """A plain function hears of a cancel by looking."""
    while not ctx.cancelled:
        time.sleep(0.005)  # its work between two looks


def double(number: int) -> int:
    return 2 * number


def own_pid() -> int:
    return os.getpid()


def hang(journal: str) -> None:
    note(journal, str(os.getpid()))
    threading.Event().wait()  # nothing but a kill ends it


def die() -> None:
    os._exit(9)


def text_of(size: int) -> str:
    return "x" * size


def size_now(file: JobFile) -> int:
    return len(file.read_now())


async def size(file: JobFile) -> int:
    return len(await file.read())
