"""Soft and hard time limits, deadlines and memory: for coroutines, threads and child processes."""

import asyncio
import contextlib
import json
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.engine import errands
from tests.engine.workshop import Workshop
from tests.store.verbs import claim

from headway import Context, RetryPolicy
from headway.core.states import Event
from headway.engine.attempt import Ending
from headway.engine.runner import run_attempt
from headway.store import Snapshot

pytestmark = pytest.mark.anyio
AT_ONCE = RetryPolicy(base_s=0.0)


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def kind_of_error(snapshot: Snapshot) -> str | None:
    return snapshot.error["type"] if snapshot.error else None


async def children() -> list[psutil.Process]:
    """The living child processes of this one that run errands."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "headway.engine.child" in " ".join(child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
    return found


async def test_a_coroutine_past_its_time_limit_is_a_failed_try(lite: Workshop) -> None:
    @lite.app.job("slow", max_attempts=2, time_limit=0.15, retry=AT_ONCE)
    async def slow(ctx: Context) -> None:
        await asyncio.sleep(60)

    began = time.monotonic()
    snapshot = await lite.run(slow)
    assert (snapshot.status, snapshot.tries, kind_of_error(snapshot)) == ("failed", 2, "time-limit")
    assert await lite.outcomes(snapshot.id) == ["failed", "failed"]
    assert 0.3 <= time.monotonic() - began < 30


async def test_a_result_after_the_time_limit_does_not_count(lite: Workshop) -> None:
    @lite.app.job("stubborn", max_attempts=1, time_limit=0.1)
    async def stubborn(ctx: Context) -> str:
        try:
            await asyncio.sleep(60)
        finally:
            return "late"  # noqa: B012 — swallows the cancel on purpose

    assert kind_of_error(await lite.run(stubborn)) == "time-limit"


async def test_a_thread_past_its_time_limit_is_left_behind_and_writes_nothing(lite: Workshop) -> None:
    released = asyncio.Event()
    ended = threading.Event()
    loop = asyncio.get_running_loop()
    refused: list[str] = []

    @lite.app.job("slow", max_attempts=1, time_limit=0.15)
    def slow(ctx: Any) -> str:
        errands.work_until_asked(ctx)
        assert ended.wait(10)
        try:
            ctx.log("too late")
        except Exception as error:
            refused.append(type(error).__name__)
            raise
        finally:
            loop.call_soon_threadsafe(released.set)
        return "late"

    snapshot = await lite.run(slow)
    assert kind_of_error(snapshot) == "time-limit"
    ended.set()
    await asyncio.wait_for(released.wait(), 60)
    assert refused == ["ContextClosed"]
    assert await lite.app.store.log(snapshot.id) == []


async def test_a_child_past_its_time_limit_is_killed(lite: Workshop, tmp_path: Path) -> None:
    await lite.hire()
    job_id = await lite.submit("child-hang", str(tmp_path / "journal"))
    [child] = await lite.until(children)
    snapshot = await lite.ended(job_id)
    assert (snapshot.status, kind_of_error(snapshot)) == ("failed", "time-limit")
    assert not child.is_running()


async def test_a_soft_limit_lets_a_coroutine_return_what_it_has(lite: Workshop) -> None:
    @lite.app.job("partial", soft_time_limit=0.1, time_limit=10)
    async def partial(ctx: Context) -> dict[str, object]:
        done = 0
        try:
            while True:
                await asyncio.sleep(0.02)
                done += 1
        except asyncio.CancelledError:
            return {"some": done > 0, "cancelled": ctx.cancelled}

    assert await lite.outcome(partial) == {"some": True, "cancelled": True}


async def test_a_soft_limit_that_is_not_caught_is_a_failed_try(lite: Workshop) -> None:
    @lite.app.job("slow", max_attempts=1, soft_time_limit=0.1, time_limit=10)
    async def slow(ctx: Context) -> None:
        await asyncio.sleep(60)

    assert kind_of_error(await lite.run(slow)) == "time-limit"


async def test_a_soft_limit_lets_a_thread_return_what_it_has(lite: Workshop) -> None:
    @lite.app.job("partial", soft_time_limit=0.1, time_limit=10)
    def partial(ctx: Any) -> str:
        errands.work_until_asked(ctx)
        return ctx.step(str, "what was ready")

    assert await lite.outcome(partial) == "what was ready"


async def test_a_soft_limit_lets_a_child_return_what_it_has(lite: Workshop, tmp_path: Path) -> None:
    assert await lite.outcome("child-soft", str(tmp_path / "journal")) == "what was ready"


async def test_a_cancel_is_heard_after_the_soft_limit(lite: Workshop) -> None:
    passed = asyncio.Event()

    @lite.app.job("partial", soft_time_limit=0.05)
    async def partial(ctx: Context) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            passed.set()
            await asyncio.sleep(60)

    await lite.hire()
    job_id = await lite.submit(partial)
    await asyncio.wait_for(passed.wait(), 60)
    await lite.app.store.cancel(job_id, None, by="ann")
    assert (await lite.ended(job_id)).status == "cancelled"


async def test_time_spent_parked_does_not_count(lite: Workshop) -> None:
    @lite.app.job("parks", max_attempts=1, time_limit=1.0)
    async def parks(ctx: Context) -> str:
        await ctx.sleep(1.2)
        return "done"

    assert await lite.outcome(parks) == "done"


async def test_running_time_before_a_park_counts(lite: Workshop) -> None:
    @lite.app.job("parks", max_attempts=1, time_limit=0.8)
    async def parks(ctx: Context) -> str:
        await ctx.step(asyncio.sleep, 0.5)
        await ctx.sleep(1.0)
        await asyncio.sleep(0.5)
        return "too late"

    assert kind_of_error(await lite.run(parks)) == "time-limit"


async def test_a_deadline_ends_a_running_job_for_good(lite: Workshop) -> None:
    @lite.app.job("slow", max_attempts=5, retry=AT_ONCE)
    async def slow(ctx: Context) -> None:
        await asyncio.sleep(60)

    snapshot = await lite.run(slow, deadline=soon(0.4))
    assert (snapshot.status, kind_of_error(snapshot), snapshot.tries) == ("failed", "deadline", 1)


@pytest.mark.parametrize("also", [[], [Ending.TIME]])
async def test_a_deadline_is_told_as_one_when_its_timer_fires_early(
    lite: Workshop, also: list[Ending]
) -> None:
    """As timers do by a millisecond; nor does a time limit that passes at the same moment hide it."""

    @lite.app.job("slow")
    async def slow(ctx: Context) -> None:
        await asyncio.sleep(60)

    await lite.submit(slow, deadline=soon(60))
    [task] = await claim(lite.app.store)
    attempt = lite.attempt(task)
    attempt.handle = asyncio.create_task(run_attempt(attempt, random.Random()))
    for ending in (Ending.DEADLINE, *also):
        asyncio.get_running_loop().call_soon(attempt.stop, ending)
    said = await attempt.handle
    assert (said.event, json.loads(said.error)["type"]) == (Event.GIVE_UP, "deadline")
    await lite.app.store.do(said)


@pytest.mark.parametrize("scheduled", [False, True])
async def test_a_deadline_ends_a_waiting_job(engine: Workshop, scheduled: bool) -> None:
    @engine.app.job("never", queue="nobody")
    async def never(ctx: Context) -> None: ...

    await engine.hire(queues=["default"])
    later = soon(60) if scheduled else None
    snapshot = await engine.run(never, deadline=soon(0.2), scheduled_at=later)
    assert (snapshot.status, kind_of_error(snapshot)) == ("failed", "deadline")
    assert snapshot.started_at is None
    assert await engine.attempts(snapshot.id) == []


async def test_a_deadline_ends_a_parked_job(lite: Workshop) -> None:
    @lite.app.job("parks")
    async def parks(ctx: Context) -> None:
        await ctx.sleep(60)

    snapshot = await lite.run(parks, deadline=soon(0.5))
    assert (snapshot.status, kind_of_error(snapshot)) == ("failed", "deadline")


async def test_a_child_may_use_the_memory_that_it_was_given_and_no_more(lite: Workshop) -> None:
    assert await lite.outcome("child-big", 100) == 100 << 20
    snapshot = await lite.run("child-big", 400)
    assert (snapshot.status, snapshot.tries) == ("failed", 1)
    assert snapshot.error is not None
    assert "200 MB" in snapshot.error["message"]


async def test_no_child_is_left_behind(lite: Workshop) -> None:
    await lite.outcome("child-async", {"word": "a"})
    assert await children() == []
