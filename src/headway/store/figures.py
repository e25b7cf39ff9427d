"""Figures of the whole installation, for operators and for the start page: what was accepted and ended, how long
it waited and took, what stands in line, what fails, which models are paused.

Reads only, on a thread of their own. Invariant: no table is written for them; they count jobs that were accepted
within the last two days.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from headway.core.pacing import DOWN_AFTER, Lane
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Reader, Row
from headway.store.jobs import id_floor

WINDOWS_MS = {"5m": 300_000, "1h": 3_600_000, "24h": 86_400_000}
"""The windows that figures are given for, by name."""
_HORIZON_MS = 2 * WINDOWS_MS["24h"]
_SAMPLE = 10_000


@dataclass(frozen=True, slots=True)
class Window:
    """What happened within the last `ms`. Waiting and running times are of the newest 10,000 that ended; None
    where none did."""

    ms: int
    accepted: int
    completed: int
    failed: int
    cancelled: int
    wait_p50_s: float | None
    wait_p95_s: float | None
    work_p50_s: float | None
    work_p95_s: float | None


@dataclass(frozen=True, slots=True)
class QueueNow:
    """The unfinished tasks of one kind in one queue; `oldest_s`: for how long the oldest could have begun."""

    queue: str
    kind: str
    ready: int
    waiting: int
    leased: int
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class Failures:
    """Jobs of a kind that failed of the same error within the last day; times in ms."""

    kind: str
    error: dict[str, object] | None
    count: int
    last_at: int
    last_id: str


@dataclass(frozen=True, slots=True)
class ModelLane:
    """A provider's model and its lane."""

    provider: str
    model: str
    lane: Lane

    def state(self, now_ms: int) -> str:
        """`open`, `paused` (a 429 or a used-up quota), `down` (the breaker is open), `probing` (one request finds
        out)."""
        if self.lane.reason == "probe":
            return "probing"
        if self.lane.failures >= DOWN_AFTER:
            return "down"
        return "paused" if self.lane.paused_until > now_ms else "open"


class Figures(Base):
    """Figures about the whole installation."""

    async def windows(self) -> dict[str, Window]:
        """The last five minutes, hour and day, by name."""
        return await self.read_slowly(_windows)

    async def queue_now(self) -> list[QueueNow]:
        """What stands in line and what runs, by queue and kind."""
        now = rows.now_ms()

        def made(row: Row) -> QueueNow:
            queue, kind, ready, waiting, leased, oldest = row
            age = None if oldest is None else max(0.0, (now - float(oldest)) / 1000)
            return QueueNow(str(queue), str(kind), _int(ready), _int(waiting), _int(leased), age)

        return [made(row) for row in await self.read_slowly(lambda r: r.rows("queue_now"))]

    async def unhandled(self) -> dict[str, int]:
        """How many tasks of each kind were given back by a worker that has no handler for them, and wait for another."""
        pattern = '{"type":"unknown-kind"%'
        found = await self.read_slowly(lambda r: r.rows("unhandled", pattern=pattern))
        return {str(kind): _int(count) for kind, count in found}

    async def failures(self, most: int = 20) -> list[Failures]:
        """What failed within the last day, the most frequent first, by kind and error."""
        now = rows.now_ms()
        after, since = id_floor(now - _HORIZON_MS), now - WINDOWS_MS["24h"]
        found = await self.read_slowly(lambda r: r.rows("failures_latest", after=after, since=since, n=most))
        return [
            Failures(str(kind), rows.error(error), _int(count), _int(last_at), str(last_id))
            for kind, error, count, last_at, last_id in found
        ]

    async def lanes(self) -> list[ModelLane]:
        """Every model that has been asked, with its pace, its pause and its breaker."""
        found = await self.read(lambda r: r.rows("all_lanes"))
        return [ModelLane(str(row[0]), str(row[1]), Lane(*row[2:])) for row in found]  # type: ignore[arg-type]  # columns in order


def _windows(reader: Reader) -> dict[str, Window]:
    now = rows.now_ms()
    floors = {
        "five": now - WINDOWS_MS["5m"], "hour": now - WINDOWS_MS["1h"], "day": now - WINDOWS_MS["24h"]
    }  # fmt: skip
    after = id_floor(now - _HORIZON_MS)
    accepted = reader.rows("accepted_since", **{name: id_floor(ms) for name, ms in floors.items()})[0]
    ended = {str(row[0]): row[1:] for row in reader.rows("ended_since", after=after, **floors)}
    sample = reader.rows("ended_latest", after=after, since=floors["day"], n=_SAMPLE)
    made = {}
    for place, (name, ms) in enumerate(WINDOWS_MS.items()):
        within = [row for row in sample if _int(row[0]) >= now - ms]
        waits, works = [_int(row[1]) for row in within], [_int(row[2]) for row in within]
        counts = {status: _int(figures[place]) for status, figures in ended.items()}
        made[name] = Window(
            ms,
            _int(accepted[place]),
            counts.get("completed", 0),
            counts.get("failed", 0),
            counts.get("cancelled", 0),
            quantile(waits, 0.5),
            quantile(waits, 0.95),
            quantile(works, 0.5),
            quantile(works, 0.95),
        )
    return made


def quantile(values_ms: Sequence[int], share: float) -> float | None:
    """The nearest-rank quantile in seconds, None of nothing."""
    if not values_ms:
        return None
    ordered = sorted(values_ms)
    return max(0, ordered[min(len(ordered) - 1, int(share * len(ordered)))]) / 1000


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float | str) else 0
