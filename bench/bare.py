"""The loop that both bare sides run: submit, claim, end, with nothing around it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Protocol

import orjson

from bench.measures import Measure, Plan

BATCH = 500
SUBMIT_BATCH = 1_000


class BareStore(Protocol):
    """The three transactions of a job's life."""

    def submit(self, rows: bytes) -> None:
        """Commits jobs and tasks from a JSON array of {id, input}."""

    def claim(self, n: int) -> list[tuple[str, int]]:
        """Commits a claim of at most `n` tasks; gives (job id, fence)."""

    def end(self, rows: bytes) -> int:
        """Commits the success of a JSON array of {id, fence, result}; gives how many it was."""


def measure(store: BareStore, plan: Plan) -> Mapping[Measure, float]:
    """Bulk submission, single submissions and the drain of `plan.jobs`, on an empty store."""
    figures: dict[Measure, float] = {}
    store.submit(_rows(0, 1))
    _drain(store)  # so that statements are prepared, on tables as empty as a worker meets them

    began = time.perf_counter()
    for start in range(0, plan.jobs, SUBMIT_BATCH):
        store.submit(_rows(start, min(SUBMIT_BATCH, plan.jobs - start)))
    figures[Measure.BULK] = plan.jobs / (time.perf_counter() - began)

    began = time.perf_counter()
    figures[Measure.DRAIN] = _drain(store) / (time.perf_counter() - began)

    began = time.perf_counter()
    for n in range(plan.singles):
        store.submit(_rows(n, 1))
    figures[Measure.SINGLE] = plan.singles / (time.perf_counter() - began)
    return figures


def _drain(store: BareStore) -> int:
    done = 0
    while claimed := store.claim(BATCH):
        ended = store.end(
            orjson.dumps([{"id": job_id, "fence": fence, "result": "null"} for job_id, fence in claimed])
        )
        if ended != len(claimed):
            raise RuntimeError(f"{len(claimed)} claimed, {ended} ended")
        done += ended
    return done


def _rows(start: int, count: int) -> bytes:
    return orjson.dumps([{"id": _id(), "input": f'{{"n":{start + n}}}'} for n in range(count)])


def _id() -> str:
    """A UUIDv7, whose order is that of submission, as Headway's ids are."""
    stamp = time.time_ns() // 1_000_000
    rest = uuid.uuid4().int & ~(0xFFFF_FFFF_FFFF << 80) & ~(0xF << 76)
    return str(uuid.UUID(int=stamp << 80 | 7 << 76 | rest))


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
