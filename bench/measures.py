"""What is measured: the names, units, targets and sizes that every side shares.

A side gives one value per measure and run; what is reported is the median over the runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Measure(StrEnum):
    """One row of the table; the value is its key in `latest.json`."""

    BULK = "bulk_submit"
    SINGLE = "single_submit"
    DRAIN = "drain"
    BURST = "burst"
    BURST_CPU = "burst_cpu"
    START_P50 = "start_p50"
    START_P99 = "start_p99"
    MAKESPAN = "makespan"
    PEAK_MEMORY = "peak_memory"
    IDLE = "idle_cpu"


@dataclass(frozen=True, slots=True)
class About:
    """How a measure is read: its meaning and unit, which way is better, and what Headway must reach."""

    title: str
    unit: str
    more_is_better: bool
    target: float | None
    meaning: str

    def reached(self, value: float) -> bool | None:
        """Whether `value` meets the target; None where there is none."""
        if self.target is None:
            return None
        return value >= self.target if self.more_is_better else value <= self.target

    def ratio(self, ours: float, theirs: float) -> float:
        """How many times better ours is: above 1 we lead, whichever way the measure points."""
        if not ours or not theirs:
            return float("nan")
        return ours / theirs if self.more_is_better else theirs / ours


ABOUT: Mapping[Measure, About] = {
    Measure.BULK: About(
        "Bulk submit",
        "jobs/s",
        True,
        40_000,
        "one process hands over all jobs in one call, until all are committed",
    ),
    Measure.SINGLE: About(
        "Single submits, one client",
        "jobs/s",
        True,
        None,
        "one after the other, each committed before the next is sent",
    ),
    Measure.DRAIN: About(
        "Drain, one worker process",
        "jobs/s",
        True,
        20_000,
        "a worker started on the full queue; from the first claim to the last recorded finish of no-op jobs",
    ),
    Measure.BURST: About(
        "Burst on an idle worker",
        "jobs/s",
        True,
        None,
        "the same number of no-op jobs, submitted in one call to a worker that has nothing to do; from that "
        "call to the last recorded finish",
    ),
    Measure.BURST_CPU: About(
        "… worker's CPU time a job",
        "µs",
        False,
        None,
        "user and system time of the worker's processes during the burst, divided by the jobs; other "
        "load on the machine hardly touches it",
    ),
    Measure.START_P50: About(
        "Submit → start, median",
        "ms",
        False,
        3,
        "from the call of submit to the first line of the handler, in an idle worker of another process",
    ),
    Measure.START_P99: About("Submit → start, p99", "ms", False, 8, "the same, the 99th percentile"),
    Measure.MAKESPAN: About(
        "A thousand sleepers, makespan",
        "s",
        False,
        2.5,
        "jobs that sleep 2 s, one worker, a slot each: from the call of submit to the last recorded finish",
    ),
    Measure.PEAK_MEMORY: About(
        "… worker's peak memory",
        "MB",
        False,
        None,
        "peak resident set of the worker's processes while they sleep",
    ),
    Measure.IDLE: About(
        "Idle worker",
        "% of a core",
        False,
        1,
        "CPU time of the worker's processes over a window in which nothing happens",
    ),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done per run."""

    jobs: int = 10_000
    singles: int = 500
    samples: int = 300
    sleepers: int = 1_000
    sleep_s: float = 2.0
    idle_s: float = 10.0


QUICK = Plan(jobs=3_000, singles=200, samples=60, sleepers=200, sleep_s=1.0, idle_s=3.0)


class Side(Protocol):
    """One system under measurement."""

    name: str

    def run(self, plan: Plan) -> Mapping[Measure, float]:
        """Measures once, from an empty database; leaves no process behind."""

    def settings(self) -> Sequence[str]:
        """Lines that say with which versions, flags and guarantees it ran."""


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile, `share` of 0 to 1; it is always one of the values seen."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
