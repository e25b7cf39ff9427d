"""Real processes: workers and submitters that a test starts, kills, stops and lets go on."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tests.system.apps import STEPS, notes

from headway.store import Store

T = TypeVar("T")
ENVIRONMENT = {
    "HEADWAY_GRACE_S": "1",
    "HEADWAY_POLL_IDLE_MS": "100",
    "HEADWAY_CONCURRENCY": "20",
    "HEADWAY_AI": "offline",
}


class Crew:
    """Processes on one database. Those that are left at the end are killed, each by its own id."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.lease_s = 2.0
        """Short, so that what a dead worker held is soon rescued."""
        self.app = "tests.system.apps:app"
        self.more: dict[str, str] = {}
        """Settings of those that are hired from now on."""
        self._folder = folder
        self._hired = 0
        self.processes: list[subprocess.Popen[bytes]] = []

    def hire(self) -> subprocess.Popen[bytes]:
        """A worker process."""
        self._hired += 1
        return self._start(
            ["-m", "headway.cli", "worker", "--app", self.app],
            HEADWAY_WORKER_ID=f"worker-{self._hired}",
            **self.more,
        )

    def ask(self, url: str) -> None:
        """Have them ask the OpenAI-compatible server there."""
        self.more |= {"HEADWAY_AI": "openai", "HEADWAY_AI_URL": url}

    def submitter(self, count: int, journal: Path) -> subprocess.Popen[bytes]:
        """A process that submits `count` jobs, one after the other."""
        return self._start(["-m", "tests.system.apps", str(count), str(journal)])

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        self.processes.remove(process)

    def _start(self, arguments: list[str], **more: str) -> subprocess.Popen[bytes]:
        root = Path(__file__).parents[3]
        environment = {**os.environ, **ENVIRONMENT, "HEADWAY_DATABASE_URL": self.url, **more}
        environment["HEADWAY_LEASE_S"] = str(self.lease_s)
        environment["PYTHONPATH"] = os.pathsep.join([str(root), *filter(None, sys.path)])
        with (self._folder / "crew.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=self._folder, env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def dismiss(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.kill()
        for process in self.processes:
            process.wait()


@contextlib.contextmanager
def crew(url: str, folder: Path) -> Iterator[Crew]:
    hired = Crew(url, folder)
    try:
        yield hired
    finally:
        hired.dismiss()


async def until(store: Store, condition: Callable[[], Awaitable[T | None]], within_s: float = 600) -> T:
    """Wait until `condition` gives something; asked after every hint, and now and then."""
    moved = asyncio.Event()
    unsubscribe = store.subscribe(lambda hints: moved.set())
    try:
        async with asyncio.timeout(within_s):
            while not (found := await condition()):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await moved.wait()
                moved.clear()
    finally:
        unsubscribe()
    return found


async def at_work(store: Store, workers: Crew) -> list[subprocess.Popen[bytes]]:
    """The living workers that said they were running something."""
    running = {row.pid for row in await store.workers() if row.running}
    return [process for process in workers.processes if process.pid in running]


async def drained(store: Store) -> bool:
    """Whether no task is left."""
    depth = await store.depth()
    return depth.ready + depth.waiting + depth.leased == 0


async def written(journal: Path, *words: str) -> bool:
    """Whether the journal has a line that begins so."""
    return any(line[: len(words)] == list(words) for line in notes(journal))


async def check_all_paid_once(store: Store, ids: list[str], journal: Path) -> None:
    """None lost, none finished twice, and no step run again after its checkpoint was kept."""
    for n, job_id in enumerate(ids):
        found = await store.result(job_id)
        assert found is not None, f"job {job_id} is lost"
        assert found[0].status == "completed", (found[0].status, found[0].error)
        assert found[1] == str(sum(n * 10 + k for k in range(STEPS)))
        outcomes = [attempt.outcome for attempt in await store.attempts(job_id) or []]
        assert outcomes.count("succeeded") == 1, outcomes
        assert outcomes[-1] == "succeeded", outcomes
    kept: set[tuple[str, str]] = set()
    for what, n, k in notes(journal):
        if what == "kept":
            kept.add((n, k))
        elif what == "ran":
            assert (n, k) not in kept, f"step {k} of job {n} was paid again"
    assert kept == {(str(n), str(k)) for n in range(len(ids)) for k in range(STEPS)}
    assert await store.audit() == []
