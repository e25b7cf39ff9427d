"""An app for real worker processes: every side effect is a line of a journal, appended in one write.

`python -m headway.cli worker --app tests.system.apps:app` runs it; `python -m tests.system.apps N JOURNAL`
submits N jobs, one after the other, as a web process would.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from headway import Context, Headway
from headway.ai.provider import Request

app = Headway()
STEPS = 3


class Order(BaseModel):
    n: int
    journal: str
    gate: str = ""
    """A file: until it is there, the handler waits."""


def note(journal: str, *words: object) -> None:
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (" ".join(map(str, words)) + "\n").encode())
    os.close(file)


def notes(journal: Path) -> list[list[str]]:
    return [line.split() for line in journal.read_text().splitlines()] if journal.exists() else []


async def pay(journal: str, n: int, k: int) -> int:
    """What must not be done again once it is recorded."""
    await asyncio.sleep(0.1)
    note(journal, "ran", n, k)
    return n * 10 + k


@app.job("steps")
async def steps(ctx: Context, order: Order) -> int:
    """Pays for three steps; notes each as kept once its checkpoint is durable."""
    total = 0
    for k in range(STEPS):
        total += await ctx.step(pay, order.journal, order.n, k)
        note(order.journal, "kept", order.n, k)
        ctx.progress(done=k + 1, total=STEPS)
    return total


def wait_at(gate: str) -> None:
    """Until the test opens it: it does that by making a file, of which nobody tells a process."""
    while not Path(gate).exists():
        time.sleep(0.001)  # between two looks


@app.job("gated")
def gated(ctx: Any, order: Order) -> int:
    """Waits at its gate in a thread, deaf to every cancel, and then tries to write all that a worker can."""
    note(order.journal, "began", os.getpid())
    wait_at(order.gate)
    for name, write in (
        ("step", lambda: ctx.step(os.getpid)),
        ("log", lambda: ctx.log(f"by {os.getpid()}")),
        ("sleep", lambda: ctx.sleep(0.01)),
    ):
        try:
            write()
        except Exception as error:
            note(order.journal, "refused", name, os.getpid(), type(error).__name__)
            raise
    ctx.progress(77, f"by {os.getpid()}")
    return os.getpid()


@app.job("hasty")
def hasty(ctx: Any, order: Order) -> int:
    """Waits at its gate and returns at once: nothing but its end can be late."""
    note(order.journal, "began", os.getpid())
    wait_at(order.gate)
    return os.getpid()


@app.job("apart", process=True)
def apart(ctx: Any, order: Order) -> int:
    """Waits at its gate in a process of its own."""
    note(order.journal, "began", os.getpid())
    wait_at(order.gate)
    return os.getpid()


@app.step
async def ask(ctx: Context, prompt: str) -> str:
    return (await ctx.ask(Request(prompt))).text


@app.job("chorus")
async def chorus(ctx: Context, n: int) -> list[str]:
    """Asks the same in each of its chunks."""
    return list(await ctx.fan_out(ask, ["the same"] * n))


async def _submit(count: int, journal: str) -> None:
    async with app:
        for n in range(count):
            job = await app.submit("steps", Order(n=n, journal=journal), owner=f"web {os.getpid()}")
            note(journal, "submitted", job.id)


if __name__ == "__main__":
    asyncio.run(_submit(int(sys.argv[1]), sys.argv[2]))
