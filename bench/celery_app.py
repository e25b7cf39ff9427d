"""The Celery application that `celery_side` measures; the worker process loads it as `bench.celery_app`.

Results are kept, as Headway keeps them. Everything else is Celery's default: in particular a message is
acknowledged before its task runs (`task_acks_late=False`), so that a killed worker loses the tasks it had
begun.
"""

from __future__ import annotations

import os
import time

from celery import Celery

_SOCKET = os.environ.get("BENCH_REDIS_SOCKET", "")

app = Celery("bench", broker=f"redis+socket://{_SOCKET}", backend=f"redis+socket://{_SOCKET}")


@app.task(name="noop")  # type: ignore[untyped-decorator]  # Celery ships no types
def noop(n: int) -> int:
    """Does nothing; returns when it began (CLOCK_MONOTONIC in ns, one clock for the whole machine)."""
    return time.monotonic_ns()


@app.task(name="sleep")  # type: ignore[untyped-decorator]  # Celery ships no types
def sleep(seconds: float) -> None:
    """Waits as a call to a slow service would."""
    time.sleep(seconds)  # the wait is the work: Headway's side awaits as long
