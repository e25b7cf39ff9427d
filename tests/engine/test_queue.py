"""In what order, from which queues, and when jobs are taken."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.engine.workshop import Workshop

from headway import Context

pytestmark = pytest.mark.anyio


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_first_come_first_served(engine: Workshop) -> None:
    ran: list[int] = []

    @engine.app.job("turn")
    async def turn(ctx: Context, n: int) -> None:
        ran.append(n)

    for n in range(5):
        await engine.submit(turn, n)
    await engine.app.submit_many(turn, list(range(5, 30)))
    await engine.over(await engine.hire(concurrency=1, once=True))
    assert ran == list(range(30))


async def test_higher_priorities_go_first(engine: Workshop) -> None:
    ran: list[str] = []

    @engine.app.job("turn", priority=1)
    async def turn(ctx: Context, name: str) -> None:
        ran.append(name)

    await engine.submit(turn, "usual")
    await engine.submit(turn, "low", priority=-5)
    await engine.submit(turn, "high", priority=10)
    await engine.app.submit_many(turn, ["highest"], priority=20)
    await engine.over(await engine.hire(concurrency=1, once=True))
    assert ran == ["highest", "high", "usual", "low"]


async def test_a_worker_takes_from_its_own_queues_only(engine: Workshop) -> None:
    @engine.app.job("a", queue="slow")
    async def a(ctx: Context) -> str:
        return "a"

    @engine.app.job("b")
    async def b(ctx: Context) -> str:
        return "b"

    await engine.hire(worker_id="default-only", queues=["default"])
    waiting = await engine.submit(a)
    assert await engine.outcome(b) == "b"
    assert (await engine.see(waiting)).status == "pending"
    await engine.hire(worker_id="all")
    await engine.ended(waiting)
    assert [attempt.worker for attempt in await engine.attempts(waiting)] == ["all"]


async def test_a_scheduled_job_starts_when_its_time_has_come(engine: Workshop) -> None:
    at: list[float] = []

    @engine.app.job("later")
    async def later(ctx: Context) -> None:
        at.append(time.time())

    await engine.hire()
    due = [soon(0.3), soon(0.6), soon(0.9)]
    ids = [await engine.submit(later, scheduled_at=moment) for moment in due]
    assert (await engine.see(ids[-1])).status == "pending"
    for job_id in ids:
        await engine.ended(job_id)
    late = [began - moment.timestamp() for began, moment in zip(at, due, strict=True)]
    assert all(0 <= by < 0.6 for by in late), late
    assert min(late) < 0.15, late


async def test_a_time_without_a_zone_is_utc_and_a_past_one_is_now(lite: Workshop) -> None:
    @lite.app.job("later")
    async def later(ctx: Context) -> None: ...

    await lite.hire()
    naive = soon(-5).replace(tzinfo=None)
    assert (await lite.run(later, scheduled_at=naive)).status == "completed"


async def test_a_job_of_an_unknown_kind_is_given_back(engine: Workshop) -> None:
    @engine.app.job("known-elsewhere")
    async def elsewhere(ctx: Context) -> str:
        return "ran"

    kind = engine.app.kinds["known-elsewhere"]
    job_id = await engine.submit(elsewhere)
    del engine.app.kinds["known-elsewhere"]
    first = await engine.hire(worker_id="ignorant")
    snapshot = await engine.parked(job_id)
    assert (snapshot.status, snapshot.tries) == ("processing", 0)
    [attempt] = await engine.attempts(job_id)
    assert (attempt.outcome, (attempt.error or {})["type"]) == ("snoozed", "unknown-kind")
    await engine.dismiss(first)
    engine.app.kinds["known-elsewhere"] = kind
    await engine.app.store.cancel(job_id, None, by="ann")
    await engine.app.store.retry(job_id, None)
    assert await engine.hire()
    assert (await engine.ended(job_id)).status == "completed"


async def test_an_idle_worker_starts_a_job_without_waiting_for_its_poll(engine: Workshop) -> None:
    started = asyncio.Event()

    @engine.app.job("quick")
    async def quick(ctx: Context) -> None:
        started.set()

    engine.app.settings.poll_idle_ms = 120_000
    await engine.hire()
    await engine.run(quick)
    started.clear()
    await engine.submit(quick)
    await asyncio.wait_for(started.wait(), 60)


async def test_no_more_run_at_once_than_there_are_slots(lite: Workshop) -> None:
    running, most = 0, 0

    @lite.app.job("counted")
    async def counted(ctx: Context) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    await lite.app.submit_many(counted, [None] * 60)
    await lite.over(await lite.hire(concurrency=7, once=True))
    assert most == 7
