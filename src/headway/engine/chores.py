"""What a worker does beside running tasks: keeping house, enqueuing schedules, hearing of cancels, and the app's own chores.

Each is a task of the event loop that outlives whatever ails the store. None is needed for what any other worker does too.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from headway.engine.cron import Crontab
from headway.engine.janitor import Janitor
from headway.store.intents import Act, TaskKey
from headway.support.waiting import came

if TYPE_CHECKING:
    from headway.engine.app import Headway

log = structlog.get_logger("headway.worker")
_CANCEL_POLL_S = 0.5
_HOUSE_PAUSE_S = 0.01
_TICK_PAUSE_S = 0.25  # the database's clock may be behind ours: then a tick is looked for more than once


class Chores:
    """The chores of one worker. `cancel` is told of tasks that were asked to end, while it is `busy`; `check_lease` is called
    twenty times a lease."""

    def __init__(
        self,
        app: "Headway",
        worker: str,
        *,
        busy: Callable[[], bool],
        cancel: Callable[[TaskKey], None],
        check_lease: Callable[[], None],
    ) -> None:
        self._app = app
        self._store = app.store
        self._worker = worker
        self._lease_s = app.settings.lease_s
        self._busy = busy
        self._cancel = cancel
        self._check_lease = check_lease
        self._janitor = Janitor(int(self._lease_s * 1000), app.store.since_outage)
        self._crontab = Crontab(app)
        self._tasks: list[asyncio.Task[None]] = []
        self.due = asyncio.Event()
        """Set it when something may have become due, or will sooner than was known."""

    def start(self) -> None:
        """Begin them all, on the running loop."""
        chores = [self._keep_house(), self._watch_cancels(), self._watch_lease()]
        chores += [self._repeat(name) for name in self._app.chores]
        self._tasks = [asyncio.create_task(chore) for chore in chores]

    def stop(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()

    async def now(self) -> None:
        """Make ready what is due, once. Raises what the store raises."""
        await self._store.do(Act(self._janitor.step))
        await self._tick()

    async def _keep_house(self) -> None:
        """Promote, rescue and end, whenever something is due and at least every third of a lease."""
        every = min(self._lease_s / 3, 5.0)
        while True:
            self.due.clear()
            try:
                due_ms = await self._store.do(Act(self._janitor.step))
            except Exception as error:  # noqa: BLE001 — whatever ails the store, the worker outlives it
                log.warning("housekeeping failed", worker=self._worker, error=repr(error))
                due_ms = None
            await self._tick()
            hints, self._janitor.hints = self._janitor.hints, set()
            if hints:
                self._store.tell(hints)
            pause = every if due_ms is None else min(every, due_ms / 1000)
            if self._crontab.look_at is not None:
                pause = min(pause, max(_TICK_PAUSE_S, self._crontab.look_at / 1000 - time.time()))
            if await came(self.due, pause):
                await asyncio.sleep(_HOUSE_PAUSE_S)  # the claim of what became ready goes first

    async def _tick(self) -> None:
        """Enqueue what schedules say is due. Apart from the rest: a schedule that cannot be enqueued stops no rescue."""
        look_at = self._crontab.look_at
        if look_at is None or time.time() * 1000 < look_at:
            return
        try:
            await self._store.do(Act(self._crontab.step, frozenset({"work", "change"})))
        except Exception as error:  # noqa: BLE001 — as in `_keep_house`
            log.warning("schedules failed", worker=self._worker, error=repr(error))

    async def _watch_cancels(self) -> None:
        """Hear of cancels within a second, whoever asked for them."""
        while True:
            await asyncio.sleep(_CANCEL_POLL_S)
            if not self._busy():
                continue
            try:
                asked = await self._store.read(lambda r: r.rows("cancels", worker=self._worker))
            except Exception as error:  # noqa: BLE001 — as in `_keep_house`; heartbeats tell of cancels too
                log.warning("cancels unread", worker=self._worker, error=repr(error))
                continue
            for job_id, part, fence in asked:
                self._cancel((str(job_id), int(part or 0), int(fence or 0)))

    async def _watch_lease(self) -> None:
        """Let go in time when a heartbeat hangs: the thread that sends it cannot."""
        while True:
            await asyncio.sleep(self._lease_s / 20)
            self._check_lease()

    async def _repeat(self, name: str) -> None:
        """A chore of the app's, again and again."""
        every_s, run = self._app.chores[name]
        while True:
            await asyncio.sleep(every_s)
            try:
                await run()
            except Exception as error:  # noqa: BLE001 — as in `_keep_house`
                log.warning("chore failed", worker=self._worker, chore=name, error=repr(error))
