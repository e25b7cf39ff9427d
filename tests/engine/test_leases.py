"""What a worker does when it cannot renew its leases: it lets go in time, by its own clock."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from tests.engine.workshop import Workshop

from headway import Context
from headway.store import Store
from headway.store.driver import Writer
from headway.store.intents import Act

pytestmark = pytest.mark.anyio
LEASE_S = 2.0
BUSY_S = 1.0
"""What a machine with other work to do may add."""


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Nobody else writes meanwhile: all transactions hang, as on a disk that does not answer."""
    if url.startswith("postgresql"):
        with contextlib.closing(psycopg.connect(url)) as connection:
            connection.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
            yield
        return
    held, let_go = threading.Event(), threading.Event()

    def hold(writer: Writer) -> None:
        held.set()
        let_go.wait(60)

    with contextlib.closing(Store.open(url)) as store:
        store.start_sync()
        holding = threading.Thread(target=lambda: store.do_sync(Act(hold)))
        holding.start()
        held.wait(60)
        try:
            yield
        finally:
            let_go.set()
            holding.join()


async def test_a_worker_whose_heartbeat_hangs_lets_go_before_its_lease_ends(engine: Workshop) -> None:
    running, stopped = asyncio.Event(), asyncio.Event()
    runs = 0

    @engine.app.job("long", max_attempts=1)
    async def long(ctx: Context) -> str:
        nonlocal runs
        runs += 1
        running.set()
        if runs == 1:
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()
        return "in the end"

    await engine.hire()
    job_id = await engine.submit(long)
    await asyncio.wait_for(running.wait(), 60)
    with locked(engine.url):
        began = time.monotonic()
        await asyncio.wait_for(stopped.wait(), 30)
        assert time.monotonic() - began < LEASE_S + BUSY_S
    snapshot = await engine.ended(job_id)
    assert (snapshot.status, snapshot.tries) == ("completed", 0)
    assert await engine.outcomes(job_id) == ["lost", "succeeded"]
