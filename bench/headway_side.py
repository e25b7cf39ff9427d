"""Headway as its users run it: `app.submit`, `app.submit_many`, and the `headway worker` command beside."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import orjson
import psycopg

import headway
from bench.headway_app import build
from bench.measures import Measure, Plan, percentile
from bench.processes import Child, wait_until
from bench.servers import Postgres
from headway import Headway
from headway.support.settings import Settings

OWNER = "bench"


class Onlooker(ABC):
    """A reader of the database beside Headway: what was recorded so far. Its questions are cheap."""

    @abstractmethod
    def ask(self, query: str) -> tuple[int, ...]:
        """The one row of integers that `query` gives."""

    def unfinished(self) -> bool:
        """Whether any task is left."""
        return self.ask("SELECT CAST(EXISTS (SELECT 1 FROM tasks) AS INTEGER)") == (1,)

    def span_ms(self, kind: str) -> tuple[int, int]:
        """First start and last finish of the jobs of `kind`; raises when one did not complete."""
        first, last, wrong = self.ask(
            "SELECT min(started_at), max(finished_at), count(CASE WHEN status <> 'completed' THEN 1 END) "
            f"FROM jobs WHERE kind = '{kind}'"
        )
        if wrong:
            raise RuntimeError(f"{wrong} jobs of kind {kind} did not complete")
        return first, last


class SqliteOnlooker(Onlooker):
    """Reads the file."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)

    def ask(self, query: str) -> tuple[int, ...]:
        """See `Onlooker`."""
        (row,) = self._connection.execute(query).fetchall()
        return tuple(int(str(value)) for value in row)


class PostgresOnlooker(Onlooker):
    """Reads over a connection of its own."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def ask(self, query: str) -> tuple[int, ...]:
        """See `Onlooker`."""
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return tuple(int(value) for value in row)


class HeadwaySide:
    """Implements `measures.Side`, on SQLite, or on PostgreSQL when a server is given."""

    def __init__(self, folder: Path, server: Postgres | None = None) -> None:
        self.name = "headway-sqlite" if server is None else "headway-postgresql"
        self._folder = folder
        self._server = server

    def settings(self) -> Sequence[str]:
        """Version and flags."""
        if self._server:
            return []  # the other store's side has said it
        return [f"Headway {headway.__version__}: default settings; for the sleepers --concurrency as many"]

    def run(self, plan: Plan) -> Mapping[Measure, float]:
        """Measures once, from an empty database."""
        with TemporaryDirectory(dir=self._folder) as folder, self._database(Path(folder)) as url:
            return asyncio.run(_Run(plan, url, Path(folder)).all())

    @contextmanager
    def _database(self, folder: Path) -> Iterator[str]:
        if self._server is None:
            yield f"sqlite:///{folder}/headway.db"
        else:
            with self._server.database("headway") as url:
                yield url


class _Run:
    """One run: the client is this process, the workers are processes of their own."""

    def __init__(self, plan: Plan, url: str, folder: Path) -> None:
        self._plan = plan
        self._url = url
        self._folder = folder
        self._app: Headway = build(Settings(database_url=url, data_dir=folder))

    async def all(self) -> Mapping[Measure, float]:
        self._app.store.migrate()
        await self._app.start()
        try:
            self._onlooker = self._look()
            await self._app.submit("noop", {"n": 0}, owner=OWNER)  # opens the connections
            return {**await self._throughput(), **await self._waiting(), **await self._sleeping()}
        finally:
            await self._app.stop()

    async def _throughput(self) -> Mapping[Measure, float]:
        plan = self._plan
        inputs = [{"n": n} for n in range(plan.jobs)]
        began = time.perf_counter()
        await self._app.submit_many("noop", inputs, owner=OWNER)
        bulk = plan.jobs / (time.perf_counter() - began)
        with self._worker() as worker:
            await self._all_done(worker)
            first, last = self._onlooker.span_ms("noop")
            drain = (plan.jobs + 1) / max(last - first, 1) * 1e3

        began = time.perf_counter()
        for n in range(plan.singles):
            await self._app.submit("noop", {"n": n}, owner=OWNER)
        return {
            Measure.BULK: bulk,
            Measure.DRAIN: drain,
            Measure.SINGLE: plan.singles / (time.perf_counter() - began),
        }

    async def _waiting(self) -> Mapping[Measure, float]:
        """The default worker, idle but for one job now and then, and then quite idle."""
        pauses = random.Random(7)
        sent: list[tuple[int, str]] = []
        with self._worker() as worker:
            await self._all_done(worker)
            for n in range(self._plan.samples):
                await asyncio.sleep(pauses.uniform(0.01, 0.05))
                at = time.monotonic_ns()
                sent.append((at, (await self._app.submit("noop", {"n": n}, owner=OWNER)).id))
            await self._all_done(worker)
            idle = await asyncio.to_thread(worker.idle_percent, self._plan.idle_s)
            before = worker.cpu_seconds()
            burst = await self._burst(worker)
            burst_cpu = worker.cpu_seconds() - before
        delays = [(await self._began(job_id) - at) / 1e6 for at, job_id in sent]
        return {
            Measure.START_P50: percentile(delays, 0.50),
            Measure.START_P99: percentile(delays, 0.99),
            Measure.IDLE: idle,
            Measure.BURST: burst,
            Measure.BURST_CPU: burst_cpu / self._plan.jobs * 1e6,
        }

    async def _burst(self, worker: Child) -> float:
        """Many jobs at once to an idle worker, whose statements were prepared when there was little to do."""
        began = time.time()
        await self._app.submit_many("noop", [{"n": n} for n in range(self._plan.jobs)], owner=OWNER)
        await self._all_done(worker)
        return self._plan.jobs / (self._onlooker.span_ms("noop")[1] / 1e3 - began)

    async def _sleeping(self) -> Mapping[Measure, float]:
        plan = self._plan
        with self._worker("--concurrency", str(plan.sleepers)) as worker:
            await self._app.submit("noop", {"n": 0}, owner=OWNER)
            await self._all_done(worker)  # so it is up
            began = time.time()
            await self._app.submit_many("nap", [{"seconds": plan.sleep_s}] * plan.sleepers, owner=OWNER)
            await self._all_done(worker)
            return {
                Measure.MAKESPAN: self._onlooker.span_ms("nap")[1] / 1e3 - began,
                Measure.PEAK_MEMORY: worker.peak_mb(),
            }

    async def _began(self, job_id: str) -> int:
        """When the handler of this job began, as it returned it."""
        found = await self._app.store.result(job_id, OWNER)
        if found is None or found[1] is None:
            raise RuntimeError(f"job {job_id} has no result")
        return int(orjson.loads(found[1]))

    async def _all_done(self, worker: Child) -> None:
        await asyncio.to_thread(
            wait_until, "Headway's jobs", lambda: not self._onlooker.unfinished(), worker, limit_s=120
        )

    @contextmanager
    def _worker(self, *flags: str) -> Iterator[Child]:
        command = [str(Path(sys.executable).with_name("headway")), "worker", *flags]
        env = {
            "HEADWAY_DATABASE_URL": self._url,
            "HEADWAY_DATA_DIR": str(self._folder),
            "HEADWAY_APP": "bench.headway_app:app",
        }
        with Child(command, self._folder / "worker.log", env) as child:
            yield child

    def _look(self) -> Onlooker:
        if self._url.startswith("sqlite"):
            return SqliteOnlooker(self._folder / "headway.db")
        return PostgresOnlooker(self._url)
