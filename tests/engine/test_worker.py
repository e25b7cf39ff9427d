"""A worker's life: what it says of itself, when it ends by itself, and how it drains when told to stop."""

import asyncio
import os
import socket
import threading
import time
from typing import Any

import pytest
from tests.engine.workshop import Workshop

from headway import Context, Settings, __version__
from headway.core.errors import ContextClosed
from headway.store import WorkerRow

pytestmark = pytest.mark.anyio


async def row(engine: Workshop, worker: str, state: str) -> WorkerRow:
    async def look() -> WorkerRow | None:
        found = [
            each for each in await engine.app.store.workers() if (each.id, each.state) == (worker, state)
        ]
        return found[0] if found else None

    return await engine.until(look)


async def test_a_worker_describes_itself(engine: Workshop) -> None:
    running, go_on = asyncio.Event(), asyncio.Event()

    @engine.app.job("slow", queue="books")
    async def slow(ctx: Context) -> None:
        running.set()
        await go_on.wait()

    worker = await engine.hire(worker_id="desk", concurrency=7)
    job_id = await engine.submit(slow)
    await asyncio.wait_for(running.wait(), 60)

    async def busy() -> WorkerRow | None:
        return next((seen for seen in await engine.app.store.workers() if seen.running), None)

    seen = await engine.until(busy)
    assert (seen.id, seen.host, seen.pid) == ("desk", socket.gethostname(), os.getpid())
    assert (seen.version, seen.queues, seen.concurrency) == (__version__, ["books", "default"], 7)
    assert (seen.state, seen.running, seen.runs) == ("running", 1, [job_id])
    assert seen.memory_mb is not None
    assert 10 < seen.memory_mb < 2_000
    assert abs(seen.heartbeat_at - time.time() * 1000) < 5_000
    go_on.set()
    await engine.dismiss(worker)
    last = await row(engine, "desk", "stopped")
    assert (last.running, last.runs) == (0, [])


async def test_heartbeats_keep_a_lease_beyond_its_length(engine: Workshop) -> None:
    @engine.app.job("long")
    async def long(ctx: Context) -> None:
        await asyncio.sleep(1.7)

    @engine.app.job("blocking")
    async def blocking(ctx: Context) -> None:
        time.sleep(1.5)  # noqa: ASYNC251 — a careless handler blocks the loop for longer than its lease: that is the case

    engine.app.settings.lease_s = 1.2
    await engine.hire()
    ids = [await engine.submit(long), await engine.submit(blocking)]
    for job_id in ids:
        assert (await engine.ended(job_id)).status == "completed"
        assert await engine.outcomes(job_id) == ["succeeded"]


async def test_once_runs_what_is_ready_and_ends(lite: Workshop) -> None:
    ran: list[int] = []

    @lite.app.job("turn")
    async def turn(ctx: Context, n: int) -> None:
        ran.append(n)

    await lite.app.submit_many(turn, list(range(50)))
    await lite.over(await lite.hire(once=True))
    assert sorted(ran) == list(range(50))
    await lite.over(await lite.hire(once=True))
    assert len(ran) == 50


async def test_once_ends_only_when_nothing_comes_of_what_it_ran(lite: Workshop) -> None:
    """The last chunk to end makes its job's body ready again, perhaps just after a look that found nothing."""

    @lite.app.step
    async def chunk(n: int) -> int:
        return n

    @lite.app.job("book")
    async def book(ctx: Context) -> int:
        return sum(await ctx.fan_out(chunk, range(50)))

    for _ in range(8):
        job = await lite.app.submit(book)
        await lite.over(await lite.hire(once=True))
        snapshot = await lite.app.store.snapshot(job.id)
        assert snapshot is not None
        assert snapshot.status == "completed"


async def test_claims_ahead_are_watched_by_one_timer(lite: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    set_timer, pending, most = loop.call_later, [], []

    def counting(delay: float, callback: Any, *args: Any) -> asyncio.TimerHandle:
        handle = set_timer(delay, callback, *args)
        if getattr(callback, "__name__", "") == "_give_back_stale":
            pending[:] = [each for each in pending if not each.cancelled() and each.when() > loop.time()]
            pending.append(handle)
            most.append(len(pending))
        return handle

    monkeypatch.setattr(loop, "call_later", counting)

    @lite.app.job("quick")
    async def quick(ctx: Context) -> None:
        await asyncio.sleep(0.001)

    await lite.app.submit_many(quick, [None] * 3_000)
    await lite.over(await lite.hire(once=True, concurrency=20))
    assert set(most) == {1}


async def test_once_runs_what_has_become_due(lite: Workshop) -> None:
    """With no worker about, a scheduled job is due but not promoted: the only look must find it."""
    ran: list[int] = []

    @lite.app.job("later")
    async def later(ctx: Context) -> None:
        ran.append(1)

    job = await lite.app.submit(later, scheduled_at=_soon(0.05))

    async def due() -> bool:
        return time.time() * 1000 > (job.scheduled_at or 0)

    await lite.until(due)
    await lite.over(await lite.hire(once=True))
    assert ran == [1]


def _soon(seconds: float) -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_it_ends_after_so_many_jobs_and_leaves_the_rest(lite: Workshop) -> None:
    ran: list[int] = []

    @lite.app.job("turn")
    async def turn(ctx: Context, n: int) -> None:
        ran.append(n)

    await lite.app.submit_many(turn, list(range(20)))
    await lite.over(await lite.hire(max_jobs=8, concurrency=3))
    assert ran == list(range(8))
    depth = await lite.app.store.depth()
    assert (depth.ready, depth.leased) == (12, 0)


async def test_it_ends_after_its_time(lite: Workshop) -> None:
    began = time.monotonic()
    await lite.over(await lite.hire(max_time_s=0.3))
    assert 0.3 <= time.monotonic() - began < 30


async def test_it_ends_above_its_memory(lite: Workshop) -> None:
    await lite.over(await lite.hire(memory_mb=1))


async def test_a_drain_lets_what_runs_finish(lite: Workshop) -> None:
    running, go_on = asyncio.Event(), asyncio.Event()

    @lite.app.job("short")
    async def short(ctx: Context) -> str:
        running.set()
        await go_on.wait()
        return "finished"

    lite.app.settings.grace_s = 30
    worker = await lite.hire(worker_id="going")
    job_id = await lite.submit(short)
    await asyncio.wait_for(running.wait(), 60)
    worker.stop()
    assert (await row(lite, "going", "draining")).running == 1
    go_on.set()
    await lite.over(worker)
    snapshot = await lite.see(job_id)
    assert (snapshot.status, await lite.result(job_id)) == ("completed", "finished")


async def test_a_drain_interrupts_what_takes_too_long_and_gives_back_what_has_not_started(
    engine: Workshop,
) -> None:
    tops: list[str] = []

    @engine.app.job("slow", max_attempts=1)
    async def slow(ctx: Context) -> str:
        tops.append(ctx.job_id)
        ctx.progress(30, "Halfway")
        if len(tops) <= 2:
            await asyncio.sleep(60)
        return "in the end"

    async def both() -> bool:
        return len(tops) == 2

    worker = await engine.hire(worker_id="going", concurrency=2)
    ids = await engine.app.submit_many(slow, [None] * 5)
    await engine.until(both)
    began = time.monotonic()
    await engine.dismiss(worker)
    assert 1.0 <= time.monotonic() - began < 30, "the grace period is a second"
    for job_id in ids:
        snapshot = await engine.see(job_id)
        assert not snapshot.running
        assert snapshot.tries == 0
    assert (await engine.app.store.depth()).ready == 5
    await engine.hire(worker_id="coming")
    for job_id in ids:
        snapshot = await engine.ended(job_id)
        assert (snapshot.status, snapshot.tries) == ("completed", 0)
    outcomes = [await engine.outcomes(job_id) for job_id in ids]
    assert outcomes[:2] == [["interrupted", "succeeded"]] * 2


async def test_a_drain_ends_though_a_handler_will_not(lite: Workshop) -> None:
    """A coroutine that swallows its cancel, a thread that never looks: their claims are given back."""
    running = threading.Barrier(3)
    let_go = threading.Event()
    refused: list[BaseException] = []

    @lite.app.job("deaf-thread")
    def deaf_thread(ctx: Any) -> None:
        running.wait(10)
        let_go.wait(30)
        try:
            ctx.log("late")
        except ContextClosed as error:
            refused.append(error)
            raise

    @lite.app.job("deaf")
    async def deaf(ctx: Context) -> str:
        await asyncio.to_thread(running.wait, 10)
        while not let_go.is_set():
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
        return "late"

    worker = await lite.hire()
    ids = [await lite.submit(deaf_thread), await lite.submit(deaf)]
    await asyncio.to_thread(running.wait, 10)
    await lite.dismiss(worker)
    for job_id in ids:
        snapshot = await lite.see(job_id)
        assert (snapshot.ready, snapshot.running, snapshot.tries) == (True, False, 0)
        assert await lite.outcomes(job_id) == ["interrupted"]
    let_go.set()

    async def heard() -> bool:
        return bool(refused)

    await lite.until(heard)
    assert await lite.app.store.log(ids[0]) == []


async def test_a_worker_takes_its_settings_from_the_app_unless_told_otherwise(lite: Workshop) -> None:
    from headway import Headway, Worker

    app = Headway(Settings(database_url=lite.url, worker_id="from-settings", concurrency=3))
    assert (Worker(app).id, Worker(app).concurrency) == ("from-settings", 3)
    told = Worker(app, worker_id="told", concurrency=5, queues=["a", "b"])
    assert (told.id, told.concurrency, told.queues) == ("told", 5, ["a", "b"])
