"""A worker: claims tasks, runs them, renews their leases, hears of cancels, and drains when told to stop.

The loop asks for as many tasks as it has slots, plus what it will start within the next 60 ms at the pace it has seen;
a wakeup makes it look at once, polling makes it look anyway. One object per process; `run` returns after the drain.
"""

import asyncio
import os
import random
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import orjson
import psutil
import structlog

from headway import __version__
from headway.core.errors import LeaseLost
from headway.core.ids import new_id
from headway.core.states import Event, Phase, Transition
from headway.engine.attempt import Attempt, Ending
from headway.engine.chores import Chores
from headway.engine.desk import line
from headway.engine.heartbeat import Pulse
from headway.engine.pump import Pump
from headway.engine.runner import describe, error_json, run_attempt
from headway.store.committer import in_batches
from headway.store.driver import Hint
from headway.store.intents import Act, Claim, Claimed, Ends, Finish, TaskKey
from headway.support.i18n import N_
from headway.support.waiting import came

if TYPE_CHECKING:
    from headway.engine.app import Headway

log = structlog.get_logger("headway.worker")
_AHEAD_S = 0.06
_AHEAD_MOST = 2_000
_STALE_S = 0.25
_UNKNOWN_KIND_DELAY_MS = 30_000
_SUSPECTS_AT_ONCE = 2


class Worker:
    """One worker process's share of the work. Settings come from the app unless given here; `queues` None means those of
    the app's kinds; `max_jobs` and `max_time_s` end it after that much; `once` when nothing is ready."""

    def __init__(
        self,
        app: "Headway",
        *,
        concurrency: int | None = None,
        queues: Sequence[str] | None = None,
        worker_id: str | None = None,
        once: bool = False,
        max_jobs: int | None = None,
        max_time_s: float | None = None,
        memory_mb: int | None = None,
    ) -> None:
        settings = app.settings
        self.app = app
        self.id = worker_id or settings.worker_id
        self.concurrency = concurrency or settings.concurrency
        self.queues = list(queues or sorted({kind.queue for kind in app.kinds.values()} | {"default"}))
        served = [kind for kind in app.kinds.values() if kind.queue in self.queues]
        self._lanes = [*self.queues, *(kind.lane for kind in served if kind.limit)]
        self._lease_ms = int(settings.lease_s * 1000)
        self._grace_s = settings.grace_s
        self._poll_s = settings.poll_idle_ms / 1000
        self._once = once
        self._jobs_left = max_jobs
        self._until = time.monotonic() + max_time_s if max_time_s else None
        self._memory_mb = memory_mb
        self._store = app.store
        self._claims = app.store.claims()
        self._pump = Pump()
        self._line = line(settings, app.provider)
        self._pulse = Pulse(app.store, self, self.id, settings.lease_s)
        self._chores = Chores(
            app,
            self.id,
            busy=lambda: bool(self._running),
            cancel=self._cancel,
            check_lease=self._pulse.check,
        )
        self._jitter = random.Random()
        self._running: dict[TaskKey, Attempt] = {}
        self._held: dict[TaskKey, str] = {}
        self._ends: dict[TaskKey, Finish] = {}
        self._suspects = asyncio.Semaphore(_SUSPECTS_AT_ONCE)
        self._ahead: deque[tuple[Claimed, float]] = deque()
        self._stale: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self._finished = 0
        self._pace = 0.0
        self._process = psutil.Process()
        self.state = "running"

    # -- the main loop ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until `stop` (or a limit), then drain. The app must be started."""
        unsubscribe = self._store.subscribe(self._hinted)
        self._pulse.start()
        self._chores.start()
        log.info("worker started", worker=self.id, queues=self.queues, concurrency=self.concurrency)
        try:
            await self._say_limits()
            if self._once:  # what is due must be ready before the only look
                await self._chores.now()
            await self._claim_until_stopped()
            await self._drain()
        finally:
            unsubscribe()
            self._chores.stop()
            self.state = "stopped"
            await asyncio.to_thread(self._claims.close)
            await asyncio.to_thread(self._pulse.stop)
            await asyncio.to_thread(self._say_goodbye)
            log.info("worker stopped", worker=self.id, finished=self._finished)

    def stop(self) -> None:
        """Begin the drain: claim nothing more, finish or give back within the grace period."""
        self._stopping = True
        self._nudge()

    async def _say_limits(self) -> None:
        """Have everyone know how much may run at a time, before anything is claimed; waits for a store that is away."""
        while not self._stopping:
            try:
                await self._store.set_limits(*_limits(self.app))
                await self._store.limit_provider(self.app.settings.ai, self._line.at_once)
                return
            except Exception as error:  # noqa: BLE001 — whatever ails the store, the worker outlives it
                log.warning("limits unsaid", worker=self.id, error=repr(error))
                await came(self._wake, self._poll_s)

    async def _claim_until_stopped(self) -> None:
        measured, counted = time.monotonic(), 0
        idle = False
        while not self._stopping:
            self._wake.clear()
            room = self._room()
            claimed, busy = 0, bool(self._held)  # before the look: what ends during it may make more ready
            if room > 0:
                claimed = await self._claim(room, self._poll_s if idle else 0)
                idle = claimed < room
                now = time.monotonic()
                if now - measured > 0.02:
                    self._pace += 0.5 * ((self._finished - counted) / (now - measured) - self._pace)
                    measured, counted = now, self._finished
            if self._over_limits() or (self._once and not claimed and not busy):
                break
            if room <= 0:
                await came(self._wake, self._poll_s)

    def _nudge(self) -> None:
        """Something changed here: have the loop look at where it stands, unless it is to look already."""
        if not self._wake.is_set():
            self._wake.set()
            self._claims.wake()

    def _room(self) -> int:
        """How many more to claim: free slots and a little ahead, asked for in one go when half of that is used up."""
        ahead = min(_AHEAD_MOST, int(self._pace * _AHEAD_S))
        free = self.concurrency - len(self._running) - len(self._ahead) + ahead
        if self._jobs_left is not None:
            free = min(free, self._jobs_left - self._finished - len(self._held))
        return 0 if len(self._ahead) > ahead // 2 else max(0, free)

    def _over_limits(self) -> bool:
        if self._jobs_left is not None and self._finished >= self._jobs_left:
            return True
        if self._until is not None and time.monotonic() >= self._until:
            return True
        return self._memory_mb is not None and self._process.memory_info().rss > self._memory_mb << 20

    async def _claim(self, room: int, wait_s: float) -> int:
        intent = Claim(self.id, new_id(), self._lanes, room, self._lease_ms)
        if len(self._lanes) > len(self.queues):  # where there are limits, each queue is the first in its turn
            self._lanes = [*self._lanes[1:], self._lanes[0]]
        try:
            tasks = await self._claims.take(intent, wait_s)
        except Exception as error:  # noqa: BLE001 — as in `_say_limits`
            log.warning("claim failed", worker=self.id, error=repr(error))
            await asyncio.sleep(self._poll_s)
            return 0
        now = time.monotonic()
        for task in tasks:
            self._held[task.key] = task.kind
            self._ahead.append((task, now))
        self._start_waiting()
        self._watch_stale()
        return len(tasks)

    # -- running ------------------------------------------------------------------------------------------------------

    def _start_waiting(self) -> None:
        while self._ahead and len(self._running) < self.concurrency:
            self._begin(self._ahead.popleft()[0])

    def _begin(self, task: Claimed) -> None:
        kind = self.app.kinds.get(task.kind)
        step = self.app.steps.get(orjson.loads(task.input)[0]) if task.part else None
        if kind is None or (task.part and step is None):
            self._end(
                Finish(task, self.id, Event.SNOOZE, delay_ms=_UNKNOWN_KIND_DELAY_MS, error=_UNKNOWN_KIND)
            )
            log.error("unknown kind", kind=task.kind, job=task.job_id)
            return
        about = (self._pump.mark, self._line, self._suspects, self.app.steps)
        attempt = Attempt(task, kind, self._store, self.id, *about, step)
        self._running[task.key] = attempt
        attempt.handle = asyncio.get_running_loop().create_task(self._run(attempt))

    async def _run(self, attempt: Attempt) -> None:
        key = attempt.claimed.key
        try:
            finish = await run_attempt(attempt, self._jitter)
        except Exception as error:  # noqa: BLE001 — how it ended cannot be told, as with Snooze(inf); the slot must not leak
            finish = attempt.finish(Event.GIVE_UP, error=describe(error))
        except asyncio.CancelledError:  # told to stop between the handler's end and here
            finish = attempt.finish(Event.INTERRUPT) if attempt.ending is Ending.INTERRUPT else None
        attempt.context = None  # the two know each other, and only the collector would find them
        self._pump.drop(attempt)
        self._running.pop(key, None)
        if finish is not None:
            self._end(finish)
            attempt.flush()
        else:
            self._held.pop(key, None)
            self._chores.due.set()
        self._finished += 1
        if self._ahead:
            self._start_waiting()
        self._nudge()

    def _end(self, finish: Finish) -> None:
        """Ends that come in the same turn of the loop are handed over together; of one claim, the first. What ends after the drain
        was given back in it."""
        if self.state == "stopped":
            return
        if not self._ends:
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._ends.setdefault(finish.task.key, finish)

    def _hand_over(self) -> None:
        ended, self._ends = self._ends, {}
        for ends in in_batches(ended.values()):
            self._store.put(Ends(ends), partial(self._all_ended, ends))

    def _all_ended(self, ends: Sequence[Finish], results: object) -> None:
        """What each came to; the same exception for all once the store is closed."""
        each = results if isinstance(results, list) else [results] * len(ends)
        for finish, result in zip(ends, each, strict=True):
            self._ended(finish, result)
        self._nudge()

    def _ended(self, finish: Finish, result: object) -> None:
        """The end of a claim was committed, or refused."""
        self._held.pop(finish.task.key, None)
        if isinstance(result, Transition) and result.phase is Phase.WAITING:
            self._chores.due.set()
        if isinstance(result, LeaseLost):
            log.warning(
                "late end refused", job=finish.task.job_id, fence=finish.task.fence, move=finish.event
            )
        elif isinstance(result, BaseException) and finish.event is not Event.GIVE_UP:
            log.error("end could not be stored", job=finish.task.job_id, error=repr(result))
            text = error_json("result", N_("The result could not be stored"))
            self._held[finish.task.key] = finish.task.kind
            self._end(Finish(finish.task, self.id, Event.GIVE_UP, error=text, chunked=finish.chunked))

    def _watch_stale(self) -> None:
        """Look at the claim that has waited longest when it has waited too long."""
        if self._ahead and self._stale is None:
            wait = self._ahead[0][1] + _STALE_S - time.monotonic()
            self._stale = asyncio.get_running_loop().call_later(max(0.0, wait), self._give_back_stale)

    def _give_back_stale(self) -> None:
        """Claims that were to start at once but did not, because the pace has dropped, go back for others."""
        self._stale = None
        limit = time.monotonic() - _STALE_S
        stale = 0
        while self._ahead and (self._stopping or self._ahead[0][1] <= limit):
            self._end(Finish(self._ahead.popleft()[0], self.id, Event.INTERRUPT, unstarted=True))
            stale += 1
        if stale:
            self._pace /= 2
        self._watch_stale()

    # -- cancels and hints --------------------------------------------------------------------------------------------

    def _cancel(self, key: TaskKey) -> None:
        attempt = self._running.get(key)
        if attempt is not None and attempt.ending in (None, Ending.SOFT_TIME):
            attempt.stop(Ending.CANCEL)

    def _hinted(self, hints: set[Hint]) -> None:
        self._claims.hear(hints)
        if "work" in hints:
            self._chores.due.set()

    # -- the heartbeat's holder ---------------------------------------------------------------------------------------

    def held(self) -> Sequence[TaskKey]:
        """Everything claimed and not yet ended, running or waiting to start."""
        return list(self._held)

    def seen(self) -> dict[str, str | int | None]:
        """The worker's row: who it is and what it runs."""
        return {
            "id": self.id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "version": __version__,
            "queues": orjson.dumps(self.queues).decode(),
            "concurrency": self.concurrency,
            "state": self.state,
            "memory_mb": self._process.memory_info().rss >> 20,
            "running": len(self._running),
            "runs": orjson.dumps([key[0] for key in list(self._running)[:100]]).decode(),
        }

    def confirmed(self, asked: Sequence[TaskKey], answer: dict[TaskKey, bool]) -> None:
        """On the heartbeat's thread: what is lost stops, what was cancelled is told."""
        lost = [key for key in asked if key not in answer and key in self._held]
        cancelled = [key for key, cancel in answer.items() if cancel]
        if lost or cancelled:
            self._on_loop(self._apply_answer, lost, cancelled)

    def overdue(self) -> None:
        """On the heartbeat's thread: the store has been away for a whole lease."""
        self._on_loop(self._apply_answer, list(self._held), [])

    def _apply_answer(self, lost: Sequence[TaskKey], cancelled: Sequence[TaskKey]) -> None:
        for key in lost:
            if (attempt := self._running.get(key)) is not None:
                log.warning("lease lost", worker=self.id, job=key[0], fence=key[2])
                attempt.stop(Ending.LOST)
        gone = set(lost)
        if gone:
            self._ahead = deque(entry for entry in self._ahead if entry[0].key not in gone)
            for key in gone:
                if key not in self._running:
                    self._held.pop(key, None)
        for key in cancelled:
            self._cancel(key)

    def _on_loop(self, function: Callable[..., None], *args: object) -> None:
        loop = self._store.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(function, *args)

    # -- the end ------------------------------------------------------------------------------------------------------

    async def _drain(self) -> None:
        """Give back what has not started, let the rest finish within the grace period, then interrupt it; no try is spent."""
        self.state = "draining"
        while self._ahead:
            self._end(Finish(self._ahead.popleft()[0], self.id, Event.INTERRUPT, unstarted=True))
        deadline = time.monotonic() + self._grace_s
        while self._running and time.monotonic() < deadline:
            await asyncio.wait(
                [a.handle for a in self._running.values() if a.handle], timeout=deadline - time.monotonic()
            )
        for attempt in list(self._running.values()):
            attempt.stop(Ending.INTERRUPT)
        if handles := [a.handle for a in self._running.values() if a.handle]:
            await asyncio.wait(handles, timeout=1)
        for key, attempt in list(
            self._running.items()
        ):  # a handler that swallows its cancel: its claim is given back
            if attempt.context is not None:
                attempt.context.close()
            self._running.pop(key)
            self._end(attempt.finish(Event.INTERRUPT))
        until = time.monotonic() + max(1.0, self._grace_s)
        while self._held and time.monotonic() < until:
            self._wake.clear()
            await came(self._wake, self._poll_s)

    def _say_goodbye(self) -> None:
        try:
            self._store.do_sync(Act(lambda w: w.run("worker_seen", **self.seen())))
        except Exception as error:  # noqa: BLE001 — the row grows old by itself
            log.warning("goodbye failed", worker=self.id, error=repr(error))


def _limits(app: "Headway") -> tuple[dict[str, tuple[str, int]], dict[str, str]]:
    """Kinds with a limit and kinds without, as the store is told of them."""
    limited = {kind.name: (kind.queue, kind.limit) for kind in app.kinds.values() if kind.limit is not None}
    return limited, {kind.name: kind.queue for kind in app.kinds.values() if kind.limit is None}


_UNKNOWN_KIND = error_json("unknown-kind", N_("No handler for this kind of job is installed here"))
