"""How long a job has still to go, told from the past of its kind and from its own pace.

Called by `live` and the job routes. Invariant: an estimate is null where nothing supports it, and never
negative.
"""

import asyncio
import time
from collections.abc import Callable

from headway.core.errors import HeadwayError
from headway.core.states import Status
from headway.store import Snapshot, Store

_FRESH_S = 20.0
_PACE_FROM_PERCENT = 5
_PACE_FROM_S = 0.5


def estimate(snapshot: Snapshot, now_ms: int, median_s: float | None) -> int | None:
    """Whole seconds until the end of a job, or None.

    Two witnesses: the pace so far (elapsed time and percent) and the kind's median duration less the elapsed
    time. The further the job is, the more its own pace counts. Past the median, history has nothing more to
    say.
    """
    s = snapshot
    if s.status == Status.PENDING:
        alone = s.queue_position in (None, 0, 1) and (s.scheduled_at is None or s.scheduled_at <= now_ms)
        return round(median_s) if alone and median_s is not None else None
    if s.status != Status.PROCESSING or s.started_at is None:
        return None
    elapsed = max(0.0, (now_ms - s.started_at) / 1000)
    percent = float(s.percent)
    pace = None
    if percent >= _PACE_FROM_PERCENT and elapsed >= _PACE_FROM_S:
        pace = elapsed * (100 - percent) / percent
    history = None if median_s is None or elapsed > median_s else median_s - elapsed
    if pace is None or history is None:
        known = pace if pace is not None else history
        return None if known is None else max(0, round(known))
    weight = percent / 100
    return max(0, round(weight * pace + (1 - weight) * history))


class Estimates:
    """The median duration of each kind's latest completed jobs, looked up in the background and kept for 20
    s.

    A reader is never made to wait for it: the first one gets an estimate without history.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._medians: dict[str, tuple[float, float | None]] = {}
        self._lookups: dict[str, asyncio.Task[None]] = {}

    def eta_s(self, snapshot: Snapshot) -> int | None:
        """See `estimate`; asks for the kind's history when it is old."""
        if snapshot.finished_at is not None:
            return None
        looked_up_at, median_s = self._medians.get(snapshot.kind, (float("-inf"), None))
        if time.monotonic() - looked_up_at > _FRESH_S and snapshot.kind not in self._lookups:
            task = asyncio.get_running_loop().create_task(self._look_up(snapshot.kind))
            self._lookups[snapshot.kind] = task
        return estimate(snapshot, int(self._clock() * 1000), median_s)

    async def median_s(self, kind: str) -> int | None:
        """The kind's median duration in whole seconds, looked up now."""
        median_s = await self._store.typical_seconds(kind, int(self._clock() * 1000))
        return None if median_s is None else round(median_s)

    async def _look_up(self, kind: str) -> None:
        median_s = None
        try:
            median_s = await self._store.typical_seconds(kind, int(self._clock() * 1000))
        except HeadwayError:
            pass  # no history while the store is out; the next reader after _FRESH_S asks again
        finally:
            self._medians[kind] = (time.monotonic(), median_s)
            del self._lookups[kind]

    async def close(self) -> None:
        """Stop what is being looked up."""
        for task in list(self._lookups.values()):
            task.cancel()
        await asyncio.gather(*self._lookups.values(), return_exceptions=True)
