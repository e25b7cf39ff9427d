"""Schedules with real processes: several workers, killed and replaced, and no tick twice."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from headway.store import Store

pytestmark = [pytest.mark.anyio, pytest.mark.long]
APP = """
from datetime import datetime
from headway import Context, Headway

app = Headway()

@app.cron("* * * * * *", name="beat")
async def beat(ctx: Context, tick: datetime) -> str:
    return tick.isoformat()
"""
TICKS = 12


async def test_each_tick_is_one_job_whoever_lives_and_dies(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "beats.py").write_text(APP)
    environment = {
        **os.environ,
        "HEADWAY_DATABASE_URL": database_url,
        "HEADWAY_DATA_DIR": str(tmp_path / "data"),
        "HEADWAY_LEASE_S": "1",
        "HEADWAY_GRACE_S": "0",
    }

    def hire() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "headway.cli", "worker", "--app", "beats:app"]
        return subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)

    workers, to_kill = [hire() for _ in range(3)], [7, 3]
    with closing(Store.open(database_url)) as store:
        store.start()
        moved = asyncio.Event()
        store.subscribe(lambda hints: moved.set())
        try:
            async with asyncio.timeout(120):
                while len(jobs := (await store.list_jobs("local", limit=200))[0]) < TICKS:
                    if to_kill and len(jobs) >= to_kill[-1]:
                        to_kill.pop()
                        workers[0].send_signal(signal.SIGKILL)
                        workers[0].wait()
                        workers = [*workers[1:], hire()]
                    moved.clear()
                    await moved.wait()
            inputs = [await store.input(job.id) for job in jobs]
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(30)
        assert to_kill == []
        assert len(set(inputs)) == len(inputs)
        assert await store.audit() == []
