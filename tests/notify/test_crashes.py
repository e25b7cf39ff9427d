"""Webhooks with real processes: workers are killed at work, and no end of a job goes untold."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.notify.receiver import receiver

from headway import Headway, Settings
from headway.notify.signing import new_secret
from headway.store import Store

pytestmark = [pytest.mark.anyio, pytest.mark.long]
APP = """
import asyncio
from headway import Context, Headway

app = Headway()

@app.job("trip")
async def trip(ctx: Context, n: int) -> int:
    await asyncio.sleep(0.2)
    return n
"""
JOBS = 60


async def test_every_end_is_told_whoever_dies(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "trips.py").write_text(APP)
    environment = {
        **os.environ,
        "HEADWAY_DATABASE_URL": database_url,
        "HEADWAY_DATA_DIR": str(tmp_path / "data"),
        "HEADWAY_HOOK_HOSTS": "127.0.0.1",
        "HEADWAY_LEASE_S": "1",
        "HEADWAY_GRACE_S": "0",
        "HEADWAY_CONCURRENCY": "4",
    }

    def hire() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "headway.cli", "worker", "--app", "trips:app"]
        return subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL)

    async with receiver() as one:
        with closing(Store.open(database_url)) as store:
            store.start()
            await store.add_hook("local", one.url(), ["trip"], new_secret())
            app = Headway(Settings(database_url=database_url))
            app.job("trip")(trip)
            wanted = {(await store.submit([app.new_job("trip", n)]))[0].id for n in range(JOBS)}
            workers, to_kill = [hire() for _ in range(3)], [40, 25, 10]
            try:
                async with asyncio.timeout(150):
                    while (
                        heard := {json.loads(message.body)["data"]["id"] for message in one.got}
                    ) != wanted:
                        assert heard <= wanted
                        if to_kill and len(heard) >= to_kill[-1]:
                            to_kill.pop()
                            workers[0].send_signal(signal.SIGKILL)
                            workers[0].wait()
                            workers = [*workers[1:], hire()]
                        await asyncio.sleep(0.05)  # the receiver's own list: nothing tells of it
            finally:
                for worker in workers:
                    worker.terminate()
                for worker in workers:
                    worker.wait(30)
            assert to_kill == []
            assert await store.audit() == []
        by_job = {json.loads(message.body)["data"]["id"]: set[str]() for message in one.got}
        for message in one.got:
            by_job[json.loads(message.body)["data"]["id"]].add(message.headers["webhook-id"])
        assert all(len(ids) == 1 for ids in by_job.values())  # perhaps told twice, but under one id


async def trip(ctx: object, n: int) -> int:
    """Stands in for the workers' own, to submit it."""
    return n
