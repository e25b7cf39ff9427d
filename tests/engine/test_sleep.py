"""`ctx.sleep`: the attempt is parked without a slot, and called again from the top when the time has come."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.conftest import Clock
from tests.engine.workshop import Workshop

from headway import Context
from headway.core.errors import ContextClosed

pytestmark = pytest.mark.anyio
LONG = 1.1
"""Just long enough to be parked; shorter sleeps keep their slot."""


async def test_a_sleep_parks_and_the_handler_is_called_again_from_the_top(engine: Workshop) -> None:
    ran: list[str] = []

    async def once(word: str) -> str:
        ran.append(word)
        return word

    @engine.app.job("sleeper", max_attempts=1)
    async def sleeper(ctx: Context) -> str:
        ran.append("top")
        first = await ctx.step(once, "a")
        await ctx.sleep(LONG)
        return str(first + await ctx.step(once, "b"))

    began = time.monotonic()
    snapshot = await engine.run(sleeper)
    assert time.monotonic() - began >= LONG
    assert (snapshot.status, snapshot.tries) == ("completed", 0)
    assert await engine.result(snapshot.id) == "ab"
    assert ran == ["top", "a", "top", "b"]
    assert await engine.outcomes(snapshot.id) == ["parked", "succeeded"]


async def test_a_parked_job_gives_its_slot_to_others(engine: Workshop) -> None:
    @engine.app.job("sleeper")
    async def sleeper(ctx: Context) -> None:
        await ctx.sleep(60)

    @engine.app.job("quick")
    async def quick(ctx: Context) -> str:
        return "ran"

    await engine.hire(concurrency=1)
    sleeping = [await engine.submit(sleeper) for _ in range(3)]
    assert await engine.outcome(quick) == "ran"
    for job_id in sleeping:
        assert not (await engine.parked(job_id)).finished
    for job_id in sleeping:
        await engine.app.store.cancel(job_id, None, by="ann")


async def test_a_sleep_outlives_its_worker(engine: Workshop) -> None:
    @engine.app.job("sleeper")
    async def sleeper(ctx: Context) -> str:
        await ctx.sleep(LONG)
        return "woke"

    first = await engine.hire(worker_id="first")
    job_id = await engine.submit(sleeper)
    await engine.parked(job_id)
    await engine.dismiss(first)
    await engine.hire(worker_id="second")
    assert (await engine.ended(job_id)).tries == 0
    assert [a.worker for a in await engine.attempts(job_id)] == ["first", "second"]


@pytest.mark.parametrize("ahead_s", [30, -30])
async def test_a_sleep_is_as_long_whatever_the_databases_clock_says(
    engine: Workshop, clock: Clock, ahead_s: int
) -> None:
    """As seen from the worker's host."""
    clock.advance(ahead_s)
    woke: list[float] = []

    @engine.app.job("sleeper")
    async def sleeper(ctx: Context) -> None:
        woke.append(time.monotonic())
        await ctx.sleep(LONG)
        woke.append(time.monotonic())

    snapshot = await engine.run(sleeper)
    assert snapshot.status == "completed", snapshot.error
    assert LONG <= woke[-1] - woke[0] < 15
    assert await engine.outcomes(snapshot.id) == ["parked", "succeeded"]


async def test_a_call_that_comes_a_little_early_waits_the_rest_in_place(lite: Workshop, clock: Clock) -> None:
    woke: list[float] = []

    @lite.app.job("sleeper")
    async def sleeper(ctx: Context) -> None:
        woke.append(time.monotonic())
        await ctx.sleep(1.5)
        woke.append(time.monotonic())

    job_id = await lite.submit(sleeper)
    worker = await lite.hire()
    await lite.parked(job_id)
    await lite.dismiss(worker)
    clock.advance(0.8)  # the database's clock runs fast, or was set
    await lite.hire()
    await lite.ended(job_id)
    assert woke[-1] - woke[0] > 1.4
    assert await lite.outcomes(job_id) == ["parked", "succeeded"]


async def test_a_sleep_that_is_over_is_not_slept_again(lite: Workshop) -> None:
    ends: list[float] = []

    @lite.app.job("sleeper")
    async def sleeper(ctx: Context) -> None:
        for _ in range(2):
            await ctx.sleep(LONG)
            ends.append(time.monotonic())

    snapshot = await lite.run(sleeper)
    assert snapshot.status == "completed", snapshot.error
    assert len(ends) == 3, "the first sleep's end is met by two attempts"
    assert 0 < ends[2] - ends[0] < 2 * LONG
    assert await lite.outcomes(snapshot.id) == ["parked", "parked", "succeeded"]


async def test_several_sleeps_at_once_take_as_long_as_the_longest(lite: Workshop) -> None:
    @lite.app.job("sleepers")
    async def sleepers(ctx: Context) -> str:
        await asyncio.gather(ctx.sleep(LONG), ctx.sleep(LONG + 0.3), ctx.sleep(LONG + 0.3))
        return "all"

    began = time.monotonic()
    assert await lite.outcome(sleepers) == "all"
    assert LONG + 0.3 <= time.monotonic() - began < 2 * LONG + 2


async def test_a_short_sleep_keeps_its_slot(lite: Workshop) -> None:
    @lite.app.job("napper")
    async def napper(ctx: Context) -> None:
        await asyncio.gather(ctx.sleep(0.05), ctx.sleep(0))

    assert await lite.outcomes((await lite.run(napper)).id) == ["succeeded"]


async def test_a_sleep_beside_a_step_ends_in_its_own_time(lite: Workshop) -> None:
    """A step at work keeps the attempt from being parked: the sleep does not wait for it."""
    order: list[str] = []
    slept = asyncio.Event()

    async def work() -> None:
        await slept.wait()
        order.append("worked")

    @lite.app.job("both")
    async def both(ctx: Context) -> None:
        async def nap() -> None:
            await ctx.sleep(LONG)
            order.append("slept")
            slept.set()

        await asyncio.gather(ctx.step(work), nap())

    snapshot = await lite.run(both)
    assert snapshot.status == "completed", snapshot.error
    assert order == ["slept", "worked"]


async def test_a_sleep_inside_a_step_ends(lite: Workshop) -> None:
    async def nap(ctx: Context) -> str:
        await ctx.sleep(LONG)
        return "rested"

    @lite.app.job("nested")
    async def nested(ctx: Context) -> object:
        return await ctx.step(nap)

    assert await lite.outcome(nested) == "rested"


async def test_a_step_called_sleep_is_no_sleep_of_ours(lite: Workshop) -> None:
    @lite.app.job("namesakes")
    async def namesakes(ctx: Context) -> object:
        found = await ctx.step(asyncio.sleep, 0, "asyncio's")
        await ctx.sleep(LONG)
        return found

    assert await lite.outcome(namesakes) == "asyncio's"


async def test_a_threaded_handler_sleeps_too(lite: Workshop) -> None:
    tops: list[int] = []

    @lite.app.job("sleeper")
    def sleeper(ctx: Any) -> str:
        tops.append(ctx.attempt)
        ctx.sleep(LONG)
        return "woke"

    assert await lite.outcome(sleeper) == "woke"
    assert tops == [1, 1]


async def swallow(ctx: Context) -> object:
    try:
        await ctx.sleep(LONG)
    except BaseException:  # noqa: BLE001 — as careless handlers do
        return "swallowed"
    return "slept"


async def swallow_and_go_on(ctx: Context) -> object:
    try:
        await ctx.sleep(LONG)
    except BaseException:  # noqa: BLE001 — as careless handlers do
        ctx.progress(99, "Nobody may see this")
        with ctx.stage("Nor this", 98, 99):
            await ctx.log("nor read this")
    return "slept"


async def swallow_and_fail(ctx: Context) -> object:
    try:
        await ctx.sleep(LONG)
    except BaseException as error:
        raise RuntimeError("made of it") from error
    return "slept"


async def step_in_finally(ctx: Context) -> object:
    try:
        await ctx.sleep(LONG)
        return "slept"
    finally:
        await ctx.step(str, "the end")


async def group(ctx: Context) -> object:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.wait_for(ctx.sleep(LONG), None))
        tasks.create_task(asyncio.wait_for(ctx.sleep(LONG), None))
    return "slept"


async def gathered(ctx: Context) -> object:
    results = await asyncio.gather(ctx.sleep(LONG), ctx.sleep(LONG), return_exceptions=True)
    return "slept" if results == [None, None] else f"not slept: {results}"


async def waited(ctx: Context) -> object:
    await asyncio.wait([asyncio.ensure_future(ctx.sleep(LONG))])
    return "slept"


async def timed(ctx: Context) -> object:
    async with asyncio.timeout(30):
        await ctx.sleep(LONG)
    return "slept"


Sleeper = Callable[[Context], Awaitable[object]]
CARELESS = (swallow, swallow_and_go_on, swallow_and_fail, step_in_finally, group, gathered, waited, timed)


@pytest.mark.parametrize("handler", CARELESS, ids=lambda handler: handler.__name__)
async def test_nothing_that_a_handler_does_after_its_suspension_is_recorded(
    lite: Workshop, handler: Sleeper
) -> None:
    lite.app.job("careless", max_attempts=1)(handler)
    snapshot = await lite.run("careless")
    assert snapshot.status == "completed", snapshot.error
    assert await lite.result(snapshot.id) == "slept"
    assert await lite.outcomes(snapshot.id) == ["parked", "succeeded"]
    assert await lite.app.store.log(snapshot.id) == []
    assert snapshot.step is None
    steps = [(s.name, s.key) for s in await lite.app.store.steps(snapshot.id) or []]
    expected = [("str", "0")] if handler is step_in_finally else []
    assert [step for step in steps if step[0] != "ctx.sleep"] == expected


async def test_a_closed_context_refuses_every_call(lite: Workshop) -> None:
    kept: list[Context] = []

    @lite.app.job("leaky")
    async def leaky(ctx: Context) -> None:
        kept.append(ctx)
        kept_steps.append(ctx.step(str, "held back"))

    kept_steps: list[Awaitable[object]] = []
    snapshot = await lite.run(leaky)
    [ctx] = kept
    for call in (lambda: ctx.step(str, 1), lambda: ctx.sleep(1), lambda: ctx.fan_out(str, [])):
        with pytest.raises(ContextClosed):
            call()
    with pytest.raises(ContextClosed):
        await ctx.log("late")
    with pytest.raises(ContextClosed):
        await kept_steps[0]
    ctx.progress(50, "late")
    assert await lite.see(snapshot.id) == snapshot
    assert await lite.app.store.steps(snapshot.id) == []


async def test_a_cancel_ends_a_parked_job_at_once(engine: Workshop) -> None:
    @engine.app.job("sleeper")
    async def sleeper(ctx: Context) -> None:
        await ctx.sleep(60)

    await engine.hire()
    job_id = await engine.submit(sleeper)
    await engine.parked(job_id)
    await engine.app.store.cancel(job_id, None, by="ann")
    snapshot = await engine.see(job_id)
    assert (snapshot.status, snapshot.cancelled_by) == ("cancelled", "ann")
