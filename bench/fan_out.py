"""What a fan-out costs: one job of many chunks that do nothing, one worker process, the default settings.

    python -m bench.fan_out [--chunks 10000] [--runs 3] [--sqlite]

Prints, of each run, the chunks per second from the handler's first call to the job's end: making them, running them, counting them,
and waking the job. On PostgreSQL, unless told otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.processes import Child
from bench.servers import postgres
from headway import Context, Headway
from headway.support.settings import Settings


def build(settings: Settings | None = None) -> Headway:
    """An application with the one kind."""
    app = Headway(settings)

    @app.step
    async def nothing(n: int) -> int:
        """One chunk."""
        return n

    @app.job("many")
    async def many(ctx: Context, chunks: int) -> int:
        """Returns how many answers came back."""
        return len(await ctx.fan_out(nothing, range(chunks)))

    return app


def __getattr__(name: str) -> Headway:
    """`app` for the worker process, which reads its settings from the environment."""
    if name == "app":
        return build()
    raise AttributeError(name)


async def measure(url: str, folder: Path, chunks: int, runs: int) -> list[float]:
    """Chunks per second of each run, on one worker."""
    app = build(Settings(database_url=url, data_dir=folder))
    await app.start()
    env = {"HEADWAY_DATABASE_URL": url, "HEADWAY_DATA_DIR": str(folder), "HEADWAY_APP": "bench.fan_out:app"}
    command = [str(Path(sys.executable).with_name("headway")), "worker"]
    try:
        with Child(command, folder / "worker.log", env) as worker:
            await _run(app, 10, worker)  # so it is up
            return [chunks / await _run(app, chunks, worker) for _ in range(runs)]
    finally:
        await app.stop()


async def _run(app: Headway, chunks: int, worker: Child) -> float:
    """Seconds from the first call of the handler to the end of the job."""
    job = await app.submit("many", chunks)
    while True:
        seen = await app.store.snapshot(job.id)
        assert seen is not None
        if seen.finished:
            assert (seen.status, seen.processed_chunks) == ("completed", chunks), seen.error
            return ((seen.finished_at or 0) - (seen.started_at or 0)) / 1000
        worker.check()
        await asyncio.sleep(0.05)


@contextmanager
def _database(folder: Path, sqlite: bool) -> Iterator[str]:
    if sqlite:
        yield f"sqlite:///{folder}/headway.db"
        return
    with postgres(folder) as server, server.database("headway") as url:
        yield url


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a fan-out costs.")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    told = parser.parse_args()
    with TemporaryDirectory() as name, _database(Path(name), told.sqlite) as url:
        speeds = asyncio.run(measure(url, Path(name), told.chunks, told.runs))
    where = "SQLite" if told.sqlite else "PostgreSQL"
    print(f"{where}: {median(speeds):,.0f} chunks/s (runs: {', '.join(f'{speed:,.0f}' for speed in speeds)})")


if __name__ == "__main__":
    main()
