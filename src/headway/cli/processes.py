"""Several worker processes under one parent, which only starts, replaces and stops them: `headway worker
--processes N`.

Called by `worker`. Each child is a `headway worker` in a session of its own, so that Ctrl-C on a terminal
reaches the parent alone and each child gets one SIGTERM, not two signals of which the second would end it at
once. A parent that is killed takes its children with it: they drain (Linux).
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence

import structlog

from headway.cli.faults import USAGE

log = structlog.get_logger("headway.processes")
_QUICK_S = 10.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


def run_processes(count: int, name: str, options: Sequence[str], *, replace_ended: bool) -> int:
    """Keep `count` workers called `name`-1 … `name`-N alive until a signal, or until all have ended by their
    own limits.

    One that dies is replaced; with `replace_ended` also one that ended by itself, as `--memory` has it.
    Returns the exit code.
    """
    return asyncio.run(_Processes(name, options, replace_ended).run(count))


class _Processes:
    def __init__(self, name: str, options: Sequence[str], replace_ended: bool) -> None:
        self._name = name
        self._options = options
        self._replace_ended = replace_ended
        self._children: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self, count: int) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        codes = await asyncio.gather(*(self._keep(n) for n in range(1, count + 1)))
        return max(codes)

    async def _keep(self, n: int) -> int:
        """One place: a child, and the next one when it died. Returns the exit code of the last, 0 after a
        drain."""
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            started = time.monotonic()
            child = self._children[n] = await self._start(n)
            if self._stopping.is_set():  # the signal came while it was being started
                child.terminate()
            code = await child.wait()
            del self._children[n]
            if self._stopping.is_set():
                break
            if code == USAGE or (code == 0 and not self._replace_ended):
                return code
            pause = (
                _FIRST_PAUSE_S if time.monotonic() - started > _QUICK_S else min(pause * 2, _LONGEST_PAUSE_S)
            )
            log.warning(
                "worker process ended, starting another", worker=f"{self._name}-{n}", code=code, pause_s=pause
            )
            await self._pause(pause)
        return 0

    async def _start(self, n: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "headway.cli",
            "worker",
            *self._options,
            "--parent",
            str(os.getpid()),
            env={**os.environ, "HEADWAY_WORKER_ID": f"{self._name}-{n}"},
            start_new_session=True,
        )

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _on_signal(self, number: int) -> None:
        """The first is handed on as SIGTERM; the second ends everything at once."""
        again = self._stopping.is_set()
        self._stopping.set()
        for child in list(self._children.values()):
            if child.returncode is None:
                child.send_signal(signal.SIGKILL if again else signal.SIGTERM)
        if again:
            os._exit(128 + number)
