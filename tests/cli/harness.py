"""What the command line's tests share: their app, and a `headway` process whose log can be waited for."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 60.0
ERRANDS = """
import asyncio
from pathlib import Path

import structlog

from headway import Context, Headway

app = Headway()
here = Path(__file__).parent
log = structlog.get_logger("errands")


@app.job("greet")
async def greet(ctx: Context, name: str) -> str:
    ctx.progress(50, "Thinking of {name}", name=name)
    await ctx.log(f"greeting {name}")
    return await ctx.step(salute, name)


def salute(name: str) -> str:
    return f"Hello, {name}!"


@app.job("stumble", max_attempts=1)
async def stumble(ctx: Context, over: str) -> None:
    raise ValueError(f"fell over {over}")


@app.job("wait")
async def wait(ctx: Context, gate: str) -> str:
    log.info("waiting", job=ctx.job_id)
    while not (here / gate).exists():
        await asyncio.sleep(0.02)
    return gate


@app.job("heavy", queue="heavy")
async def heavy(ctx: Context) -> None:
    pass
"""


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The printed document, whatever the exit code."""
        assert self.out, f"nothing was printed, exit code {self.code}: {self.err}"
        return json.loads(self.out)


Command = Callable[..., Ended]


Submit = Callable[..., str]


class Process:
    """A `headway` command as a process; its log is read line by line."""

    def __init__(self, *args: str) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "headway.cli", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.pid = self._popen.pid
        self._left = b""

    def expect(self, event: str) -> dict[str, Any]:
        """The next logged line of that event; raises when the process ends or is silent for too long."""
        deadline = time.monotonic() + PATIENCE_S
        seen = []
        while time.monotonic() < deadline:
            line = self._line(deadline)
            if line is None:
                break
            seen.append(line)
            entry = json.loads(line)
            if entry["event"] == event:
                return dict(entry)
        raise AssertionError(f"no {event!r} in {seen}")

    def _line(self, deadline: float) -> bytes | None:
        assert self._popen.stderr is not None
        while b"\n" not in self._left:
            readable, _, _ = select.select([self._popen.stderr], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self._popen.stderr.fileno(), 65536) if readable else b""
            if not part:
                return None
            self._left += part
        line, _, self._left = self._left.partition(b"\n")
        return line

    def first_line(self) -> str:
        """The first line on stdout."""
        assert self._popen.stdout is not None
        return self._popen.stdout.readline().decode()

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self) -> int:
        """The exit code."""
        self._popen.communicate(timeout=PATIENCE_S)
        return self._popen.returncode

    def kill(self) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.communicate()


def eventually(true: Callable[[], bool]) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)  # what is asked about is in another process, which tells nobody
