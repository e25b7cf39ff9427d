"""Schedules: `@app.cron("0 3 * * *", name="nightly")` enqueues one job at each tick, however many workers run.

A stepped core: `Crontab.step(writer)` is one transaction's worth, called by each worker through the committer when something is
due. Invariants: whoever moves a schedule's row on, under its lock, enqueues the tick's job in the same transaction; the tick is
the job's idempotency key as well. When nobody was there, the last of the missed ticks is made up for, the others are not. A tick
that cannot be enqueued is logged, and holds up neither the ticks after it nor other schedules.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from cronsim import CronSim, CronSimError

from headway.store.driver import Writer
from headway.store.intents import NewJob, Submitted
from headway.store.submission import Outcome, insert_jobs

if TYPE_CHECKING:
    from headway.engine.app import Headway

log = structlog.get_logger("headway.cron")

_LOOK_MS = 30_000
"""At least so often a worker reads when its schedules are due, since others move them on too."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the kind `name` runs: a cron expression of five fields (six: seconds first), in the time zone `zone`, for `owner`."""

    name: str
    expression: str
    zone: str
    owner: str

    @classmethod
    def read(cls, name: str, expression: str, zone: str, owner: str) -> "Schedule":
        """A checked schedule. Raises ValueError for an expression, or a zone, that cannot be understood or never comes."""
        schedule = cls(name, expression, zone, owner)
        try:
            schedule.after(0)
        except (CronSimError, StopIteration, KeyError, OSError, ValueError) as error:
            raise ValueError(
                f"the schedule of {name!r} cannot be understood: {expression!r} in {zone}: {error}"
            ) from error
        return schedule

    def after(self, ms: int) -> int:
        """The first tick after a moment."""
        return _ms(next(CronSim(self.expression, self._at(ms))))

    def last(self, ms: int) -> int:
        """The last tick up to and including a moment."""
        return _ms(next(CronSim(self.expression, self._at(ms - ms % 1000 + 1000), reverse=True)))

    def _at(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms // 1000, UTC).astimezone(ZoneInfo(self.zone))


class Crontab:
    """The schedules of one worker's app. `look_at` is when to call `step` next, in milliseconds; None where there are none."""

    def __init__(self, app: "Headway") -> None:
        self._app = app
        self.look_at: int | None = 0 if app.schedules else None

    def step(self, writer: Writer) -> int:
        """Enqueue what is due; returns how many jobs."""
        mine = self._app.schedules
        known = self._known(writer, mine)
        now, fired = writer.now, 0
        for name in sorted(mine):  # everyone locks in this order
            schedule = mine[name]
            expression, zone, next_at = known.get(name, ("", "", now + 1))
            if next_at <= now:
                tick = max(next_at, schedule.last(now)) if expression == schedule.expression else next_at
                fired += self._fire(writer, schedule, tick)
                known[name] = (expression, zone, schedule.after(now))
            if (expression, zone) != (schedule.expression, schedule.zone):
                known[name] = (schedule.expression, schedule.zone, schedule.after(now))
                writer.run(
                    "plan_schedule",
                    name=name,
                    expression=schedule.expression,
                    zone=schedule.zone,
                    next_at=known[name][2],
                )
        self.look_at = min([now + _LOOK_MS, *(known[name][2] for name in mine)])
        return fired

    def _known(self, writer: Writer, mine: Mapping[str, Schedule]) -> dict[str, tuple[str, str, int]]:
        rows = writer.rows("lock_schedules", names=json.dumps(sorted(mine)))
        return {str(name): (str(expression), str(zone), int(at or 0)) for name, expression, zone, at in rows}

    def _fire(self, writer: Writer, schedule: Schedule, tick: int) -> bool:
        """Move a schedule on, with the tick's job where there can be one."""
        outcome: Outcome | Exception
        try:
            job = self._job(schedule, moment_of(tick))
        except Exception as error:  # noqa: BLE001 — whatever its input or its price raises is the tick's alone
            outcome = error
        else:
            [outcome] = insert_jobs(writer, [job])
        made = outcome.id if isinstance(outcome, Submitted) else None
        if made is None:
            log.warning("tick not enqueued", schedule=schedule.name, tick=tick, error=repr(outcome))
        writer.run(
            "tick_schedule", name=schedule.name, tick=tick, next_at=schedule.after(writer.now), job=made
        )
        return made is not None

    def _job(self, schedule: Schedule, tick: datetime) -> NewJob:
        return self._app.new_job(
            schedule.name,
            tick if self._app.kind(schedule.name).takes_input else None,
            owner=schedule.owner,
            idempotency_key=f"cron:{schedule.name}:{tick:%Y-%m-%dT%H:%M:%SZ}",
        )


def moment_of(tick: int) -> datetime:
    """A tick as its handler is told."""
    return datetime.fromtimestamp(tick / 1000, UTC)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
