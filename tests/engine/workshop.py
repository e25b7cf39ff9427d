"""An app on a store, and the workers that a test hires on it; the store's own hints end every wait."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from headway import Headway, Settings, Worker
from headway.ai.provider import Provider
from headway.engine.attempt import Attempt
from headway.engine.desk import line
from headway.engine.kinds import Handler
from headway.store import Attempt as AttemptRow
from headway.store import Snapshot, Store
from headway.store.driver import Shift
from headway.store.intents import Claimed

T = TypeVar("T")
WITHIN_S = 40.0
"""Far more than anything here takes, even on a busy machine."""


def settings(url: str, **more: Any) -> Settings:
    """Short leases and polls; what a test says wins."""
    values = {
        "lease_s": 2.0,
        "grace_s": 1.0,
        "poll_idle_ms": 50,
        "concurrency": 20,
        "worker_id": "w1",
        **more,
    }
    return Settings(database_url=url, **values)


class Workshop:
    """One process's share of an installation: `hire` workers, `submit`, and wait. `shift` moves the database's clock."""

    def __init__(
        self, url: str, *, provider: Provider | None = None, shift: Shift | None = None, **more: Any
    ) -> None:
        self.url = url
        self.app = Headway(settings(url, **more), provider=provider)
        if shift is not None:
            self.app._store = Store.open(url, shift=shift)
        self._working: dict[Worker, asyncio.Task[None]] = {}

    async def open(self) -> None:
        await self.app.start(migrate=False)

    async def close(self) -> None:
        for worker in list(self._working):
            await self.dismiss(worker)
        violations = await self.app.store.audit()
        await self.app.stop()
        assert violations == []

    async def hire(self, **options: Any) -> Worker:
        """A worker that is at work."""
        worker = Worker(self.app, **options)
        self._working[worker] = asyncio.create_task(worker.run())
        return worker

    async def dismiss(self, worker: Worker) -> None:
        """Drain it and wait for its end."""
        worker.stop()
        await self.over(worker)

    async def over(self, worker: Worker) -> None:
        """Wait until a worker ends by itself."""
        async with asyncio.timeout(WITHIN_S):
            await self._working.pop(worker)

    def attempt(self, task: Claimed, *, places: int = 2, **changes: Any) -> Attempt:
        """An attempt as a worker would make it; of its kind what the test says, and so many suspects at a time."""
        app = self.app
        about = (lambda attempt: None, line(app.settings, app.provider), asyncio.Semaphore(places), app.steps)
        return Attempt(task, replace(app.kinds[task.kind], **changes), app.store, "w1", *about)

    async def submit(self, kind: str | Handler, input: object = None, **options: Any) -> str:
        return (await self.app.submit(kind, input, **options)).id

    async def until(self, condition: Callable[[], Awaitable[T | None]]) -> T:
        """Wait until `condition` gives something; asked after every hint, and now and then."""
        moved = asyncio.Event()
        unsubscribe = self.app.store.subscribe(lambda hints: moved.set())
        try:
            async with asyncio.timeout(WITHIN_S):
                while not (found := await condition()):
                    try:
                        async with asyncio.timeout(0.05):
                            await moved.wait()
                    except TimeoutError:
                        continue
                    finally:
                        moved.clear()
        finally:
            unsubscribe()
        return found

    async def see(self, job_id: str) -> Snapshot:
        snapshot = await self.app.store.snapshot(job_id)
        assert snapshot is not None
        return snapshot

    async def when(self, job_id: str, true: Callable[[Snapshot], bool]) -> Snapshot:
        """Wait until something holds of a job."""

        async def look() -> Snapshot | None:
            snapshot = await self.see(job_id)
            return snapshot if true(snapshot) else None

        return await self.until(look)

    async def ended(self, job_id: str) -> Snapshot:
        return await self.when(job_id, lambda snapshot: snapshot.finished)

    async def parked(self, job_id: str) -> Snapshot:
        """Wait until a job that has begun is held by nobody."""
        return await self.when(
            job_id, lambda s: s.started_at is not None and not s.running and not s.finished
        )

    async def run(self, kind: str | Handler, input: object = None, **options: Any) -> Snapshot:
        """Submit one job and wait for its end; a worker is hired when there is none."""
        if not self._working:
            await self.hire()
        return await self.ended(await self.submit(kind, input, **options))

    async def result(self, job_id: str) -> Any:
        found = await self.app.store.result(job_id)
        assert found is not None
        return json.loads(found[1] or "null")

    async def outcome(self, kind: str | Handler, input: object = None, **options: Any) -> Any:
        """Run one job that must complete; gives its result."""
        snapshot = await self.run(kind, input, **options)
        assert snapshot.status == "completed", snapshot.error
        return await self.result(snapshot.id)

    async def attempts(self, job_id: str) -> list[AttemptRow]:
        return await self.app.store.attempts(job_id) or []

    async def outcomes(self, job_id: str) -> list[str | None]:
        return [attempt.outcome for attempt in await self.attempts(job_id)]
