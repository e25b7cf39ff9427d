"""Cancelling: at once where nothing runs, within a second where something does, whoever asks."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.engine import errands
from tests.engine.errands import notes
from tests.engine.workshop import Workshop

from headway import Context, RetryPolicy
from headway.core.errors import Conflict
from headway.store import Snapshot, Store

pytestmark = pytest.mark.anyio
A_SECOND = 1.0
BUSY = 4.0
"""What a machine with other work to do may add."""


@pytest.fixture
async def elsewhere(engine: Workshop) -> AsyncIterator[Store]:
    """The same database as another process has it: other connections, no hints from within."""
    with contextlib.closing(Store.open(engine.url)) as store:
        store.start()
        yield store


async def timed(engine: Workshop, job_id: str, began: float) -> tuple[Snapshot, float]:
    snapshot = await engine.ended(job_id)
    return snapshot, time.monotonic() - began


async def test_a_coroutine_hears_of_it_within_a_second(engine: Workshop) -> None:
    running = asyncio.Event()

    @engine.app.job("slow")
    async def slow(ctx: Context) -> None:
        running.set()
        await asyncio.sleep(60)

    await engine.hire()
    job_id = await engine.submit(slow)
    await asyncio.wait_for(running.wait(), 60)
    began = time.monotonic()
    await engine.app.store.cancel(job_id, None, by="ann")
    assert (await engine.see(job_id)).cancel_requested
    snapshot, took = await timed(engine, job_id, began)
    assert (snapshot.status, snapshot.cancelled_by, snapshot.tries) == ("cancelled", "ann", 0)
    assert not snapshot.cancel_requested
    assert took < A_SECOND + BUSY
    assert await engine.outcomes(job_id) == ["cancelled"]


async def test_a_worker_hears_of_it_from_another_process(engine: Workshop, elsewhere: Store) -> None:
    running = asyncio.Event()

    @engine.app.job("slow")
    async def slow(ctx: Context) -> None:
        running.set()
        await asyncio.sleep(60)

    await engine.hire()
    job_id = await engine.submit(slow)
    await asyncio.wait_for(running.wait(), 60)
    began = time.monotonic()
    await elsewhere.cancel(job_id, None, by="bob")
    snapshot, took = await timed(engine, job_id, began)
    assert (snapshot.status, snapshot.cancelled_by) == ("cancelled", "bob")
    assert took < A_SECOND + BUSY


async def test_a_thread_is_asked_and_the_job_is_cancelled_when_it_has_stopped(engine: Workshop) -> None:
    running, stopped = asyncio.Event(), asyncio.Event()
    tidy = threading.Event()
    loop = asyncio.get_running_loop()
    heard: list[float] = []

    @engine.app.job("slow")
    def slow(ctx: Any) -> str:
        loop.call_soon_threadsafe(running.set)
        errands.work_until_asked(ctx)
        heard.append(time.monotonic())
        loop.call_soon_threadsafe(stopped.set)
        assert tidy.wait(10)
        ctx.log("tidied up")
        return "half of it"

    await engine.hire()
    job_id = await engine.submit(slow)
    await asyncio.wait_for(running.wait(), 60)
    began = time.monotonic()
    await engine.app.store.cancel(job_id, None, by="ann")
    await asyncio.wait_for(stopped.wait(), 60)
    assert (await engine.see(job_id)).status == "processing", "something of it still runs"
    tidy.set()
    snapshot, _ = await timed(engine, job_id, began)
    assert heard[0] - began < A_SECOND + BUSY
    assert (snapshot.status, snapshot.cancelled_by) == ("cancelled", "ann")
    assert [line.text for line in await engine.app.store.log(job_id) or []] == ["tidied up"]


async def test_a_child_process_is_killed(engine: Workshop, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    await engine.hire()
    job_id = await engine.submit("child-patient", str(journal))

    async def running() -> list[str]:
        return notes(journal)

    [pid] = await engine.until(running)
    began = time.monotonic()
    await engine.app.store.cancel(job_id, None, by="ann")
    snapshot, took = await timed(engine, job_id, began)
    assert snapshot.status == "cancelled"
    assert took < A_SECOND + BUSY
    assert not psutil.pid_exists(int(pid))


async def test_what_has_not_started_is_cancelled_at_once(engine: Workshop) -> None:
    @engine.app.job("idle")
    async def idle(ctx: Context) -> None: ...

    job_id = await engine.submit(idle)
    await engine.app.store.cancel(job_id, None, by="ann")
    snapshot = await engine.see(job_id)
    assert (snapshot.status, snapshot.started_at) == ("cancelled", None)
    await engine.app.store.cancel(job_id, None, by="bob")
    assert await engine.see(job_id) == snapshot
    await engine.hire()
    later = await engine.run(idle)
    assert later.status == "completed"
    assert await engine.attempts(job_id) == []


async def test_a_completed_job_cannot_be_cancelled(lite: Workshop) -> None:
    @lite.app.job("idle")
    async def idle(ctx: Context) -> None: ...

    job = await lite.run(idle)
    with pytest.raises(Conflict):
        await lite.app.store.cancel(job.id, None, by="ann")


async def test_a_cancel_wins_over_a_success_and_a_failure_on_their_way(engine: Workshop) -> None:
    """Whatever way the handler ends in after it was asked: the job is cancelled, its result dropped."""
    running = asyncio.Event()

    @engine.app.job("late", max_attempts=3, retry=RetryPolicy(base_s=0.0))
    async def late(ctx: Context, fail: bool) -> str:
        running.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if fail:
                raise RuntimeError("in its own way") from None
        return "finished"

    await engine.hire()
    for fail in (False, True):
        running.clear()
        job_id = await engine.submit(late, fail)
        await asyncio.wait_for(running.wait(), 60)
        await engine.app.store.cancel(job_id, None, by="ann")
        snapshot = await engine.ended(job_id)
        assert (snapshot.status, snapshot.error) == ("cancelled", None)
        assert await engine.result(job_id) is None
        assert await engine.outcomes(job_id) == ["cancelled"]


async def test_a_job_that_waits_for_its_next_try_is_cancelled_at_once(engine: Workshop) -> None:
    @engine.app.job("flaky", max_attempts=2, retry=RetryPolicy(base_s=60.0, cap_s=60.0))
    async def flaky(ctx: Context) -> None:
        raise ConnectionError("down")

    await engine.hire()
    job_id = await engine.submit(flaky)
    await engine.parked(job_id)
    await engine.app.store.cancel(job_id, None, by="ann")
    assert (await engine.see(job_id)).status == "cancelled"


async def test_a_cancelled_job_can_be_retried_and_finished_steps_stay_paid(engine: Workshop) -> None:
    running = asyncio.Event()
    paid: list[int] = []

    async def pay() -> int:
        paid.append(1)
        return 1

    @engine.app.job("slow")
    async def slow(ctx: Context) -> object:
        value = await ctx.step(pay)
        if not running.is_set():
            running.set()
            await asyncio.sleep(60)
        return value

    await engine.hire()
    job_id = await engine.submit(slow)
    await asyncio.wait_for(running.wait(), 60)
    await engine.app.store.cancel(job_id, None, by="ann")
    await engine.ended(job_id)
    await engine.app.store.retry(job_id, None)
    snapshot = await engine.ended(job_id)
    assert (snapshot.status, snapshot.cancelled_by) == ("completed", None)
    assert paid == [1]
