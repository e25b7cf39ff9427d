"""How busy the installation is, looked at every few seconds and kept for a day: slots in use, tasks in line.

Started and closed by `server`; read by `figures`. In memory of one web process: after a restart it begins
anew, and says since when. Invariant: it never costs more than one percent of the time, however large the queue
is.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headway.core.errors import HeadwayError
from headway.http.metrics import live_workers
from headway.store import Store

EVERY_S = 10.0
KEPT_S = 86_400.0
_COST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Beat:
    """One look: `at` in seconds since the epoch, slots in use and slots of all live workers, tasks ready to be
    claimed, and how long the oldest of them has been."""

    at: float
    running: int
    slots: int
    ready: int
    oldest_s: float


class Pulse:
    """The looks of the last day."""

    def __init__(self, store: Store, lease_s: float, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._lease_s = lease_s
        self._clock = clock
        self._beats: deque[Beat] = deque()
        self._task: asyncio.Task[None] | None = None
        self.since = clock()

    def start(self) -> None:
        """Begin to look, on the running loop."""
        self.since = self._clock()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def beat(self) -> Beat:
        """Look once, and keep what was seen."""
        workers = await live_workers(self._store, self._lease_s)
        queue = await self._store.queue_now()
        seen = Beat(
            self._clock(),
            sum(worker.running for worker in workers),
            sum(worker.concurrency for worker in workers),
            sum(row.ready for row in queue),
            max((row.oldest_s or 0.0 for row in queue), default=0.0),
        )
        self._beats.append(seen)
        while self._beats[0].at < seen.at - KEPT_S:
            self._beats.popleft()
        return seen

    def utilisation(self, window_s: float) -> float | None:
        """The share of all slots that was in use, on average; None before the first look."""
        beats = self._within(window_s)
        slots = sum(beat.slots for beat in beats)
        return sum(min(beat.running, beat.slots) for beat in beats) / slots if slots else None

    def series(self, window_s: float, points: int) -> list[Beat]:
        """At most `points` looks of the window, evenly spaced, each the fullest of its span."""
        beats = self._within(window_s)
        if not beats:
            return []
        span_s = window_s / points
        fullest: dict[int, Beat] = {}
        for beat in beats:
            place = int(beat.at / span_s)
            other = fullest.get(place)
            if other is None or (beat.ready, beat.running) > (other.ready, other.running):
                fullest[place] = beat
        return [fullest[place] for place in sorted(fullest)][-points:]

    def _within(self, window_s: float) -> Sequence[Beat]:
        since = self._clock() - window_s
        return [beat for beat in self._beats if beat.at >= since]

    async def _run(self) -> None:
        while True:
            began = time.perf_counter()
            with contextlib.suppress(HeadwayError):  # the store is away: the next look tells
                await self.beat()
            cost_s = time.perf_counter() - began
            await asyncio.sleep(max(EVERY_S, cost_s / _COST_SHARE))
