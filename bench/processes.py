"""Child processes of a benchmark: started in a session of their own, measured, and ended by their id."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil


class Child:
    """A running command; a context manager that ends it, and whatever it started, on leaving."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self, patience_s: float = 15.0) -> None:
        """Asks by SIGTERM, then kills the whole session."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # also its children, should it have died before them
        self._process.wait()

    def check(self) -> None:
        """Raises with the end of its log when it has died."""
        if self._process.poll() is not None:
            tail = self._log.read_text(errors="replace")[-2_000:]
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.returncode}:\n{tail}")

    def _tree(self) -> list[psutil.Process]:
        root = psutil.Process(self.pid)
        return [root, *root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """User and system time so far of it and its children."""
        return sum(times.user + times.system for times in (process.cpu_times() for process in self._tree()))

    def peak_mb(self) -> float:
        """Sum of the peak resident sets of it and its children (`VmHWM`), in MB of 10⁶ bytes."""
        return sum(_peak_kib(process.pid) for process in self._tree()) * 1024 / 1e6

    def idle_percent(self, window_s: float) -> float:
        """CPU time over the next `window_s` seconds as a percentage of one core."""
        before, since = self.cpu_seconds(), time.monotonic()
        time.sleep(window_s)  # the window itself is what is measured
        return (self.cpu_seconds() - before) / (time.monotonic() - since) * 100


def _peak_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def wait_until(
    what: str, done: Callable[[], bool], child: Child, limit_s: float, every_s: float = 0.05
) -> None:
    """Asks `done` again and again; raises when `child` dies or `limit_s` passes."""
    deadline = time.monotonic() + limit_s
    while not done():
        child.check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {limit_s:.0f} s")
        time.sleep(every_s)  # what is waited for is in another process, which tells nobody
