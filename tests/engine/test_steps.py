"""`ctx.step`: run once and for all, whatever fails around it; replays answer from the record."""

import asyncio
import threading
import time
from typing import Any

import pytest
from pydantic import BaseModel
from tests.engine.workshop import Workshop

from headway import Context, PermanentError, RetryPolicy, TransientError, transient
from headway.store import Snapshot

pytestmark = pytest.mark.anyio
AT_ONCE = RetryPolicy(base_s=0.0)


class Till:
    """What a step costs: every call of `pay` is one more on the bill."""

    def __init__(self) -> None:
        self.bill: list[object] = []

    async def pay(self, what: object) -> object:
        self.bill.append(what)
        return what


def message(snapshot: Snapshot) -> str:
    assert snapshot.error is not None
    return str(snapshot.error["message"])


async def test_a_step_is_paid_once_across_failures_of_its_handler(engine: Workshop) -> None:
    till = Till()

    @engine.app.job("buy", max_attempts=4, retry=AT_ONCE)
    async def buy(ctx: Context) -> list[object]:
        first = await ctx.step(till.pay, "paper")
        second = await ctx.step(till.pay, "ink")
        if ctx.attempt < 4:
            raise RuntimeError("dropped it")
        return [first, second]

    assert await engine.outcome(buy) == ["paper", "ink"]
    assert till.bill == ["paper", "ink"]


async def test_a_step_is_paid_once_across_a_change_of_worker(engine: Workshop) -> None:
    till, reached = Till(), asyncio.Event()

    @engine.app.job("buy")
    async def buy(ctx: Context) -> object:
        bought = await ctx.step(till.pay, "paper")
        if not reached.is_set():
            reached.set()
            await asyncio.sleep(60)
        return bought

    first = await engine.hire(worker_id="first")
    job_id = await engine.submit(buy)
    await asyncio.wait_for(reached.wait(), 60)
    await engine.dismiss(first)
    await engine.hire(worker_id="second")
    assert (await engine.ended(job_id)).tries == 0
    assert till.bill == ["paper"]
    assert [(a.worker, a.outcome) for a in await engine.attempts(job_id)] == [
        ("first", "interrupted"),
        ("second", "succeeded"),
    ]


async def test_a_step_is_paid_once_across_a_retry_by_hand_and_anew_from_scratch(engine: Workshop) -> None:
    till = Till()

    @engine.app.job("buy", max_attempts=1)
    async def buy(ctx: Context) -> None:
        await ctx.step(till.pay, "paper")
        raise RuntimeError("dropped it")

    job = await engine.run(buy)
    await engine.app.store.retry(job.id, None)
    await engine.ended(job.id)
    assert till.bill == ["paper"]
    await engine.app.store.retry(job.id, None, scratch=True)
    await engine.ended(job.id)
    assert till.bill == ["paper"] * 2


async def test_a_failed_step_is_run_again(lite: Workshop) -> None:
    tries: list[int] = []

    async def flaky() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("no")
        return len(tries)

    @lite.app.job("one", max_attempts=3, retry=AT_ONCE)
    async def one(ctx: Context) -> object:
        return await ctx.step(flaky)

    assert await lite.outcome(one) == 3


@pytest.mark.parametrize("turned", [False, True])
async def test_ordinals_are_taken_when_a_step_is_called_not_when_it_runs(
    lite: Workshop, turned: bool
) -> None:
    """Under gather, awaited in either order, after a failure: each call finds its own record."""
    till = Till()

    @lite.app.job("pairs", max_attempts=2, retry=AT_ONCE)
    async def pairs(ctx: Context) -> list[object]:
        first, second = ctx.step(till.pay, "a"), ctx.step(till.pay, "b")
        if (ctx.attempt == 2) != turned:
            found = list(await asyncio.gather(first, second))
        else:
            found = list(reversed(await asyncio.gather(second, first)))
        if ctx.attempt == 1:
            raise RuntimeError("again")
        return found

    snapshot = await lite.run(pairs)
    assert snapshot.status == "completed", snapshot.error
    assert await lite.result(snapshot.id) == ["a", "b"]
    assert sorted(map(str, till.bill)) == ["a", "b"]
    steps = await lite.app.store.steps(snapshot.id) or []
    assert sorted((s.key, s.value) for s in steps) == [("0", '"a"'), ("1", '"b"')]


async def test_a_key_names_a_step_instead_of_its_ordinal(lite: Workshop) -> None:
    till = Till()

    @lite.app.job("keyed", max_attempts=2, retry=AT_ONCE)
    async def keyed(ctx: Context) -> list[object]:
        order = ["x", "y", "z"] if ctx.attempt == 1 else ["z", "x", "y"]
        found = [await ctx.step(till.pay, word, key=word) for word in order]
        if ctx.attempt == 1:
            raise RuntimeError("again")
        return found

    assert await lite.outcome(keyed) == ["z", "x", "y"]
    assert till.bill == ["x", "y", "z"]


async def test_a_replay_with_other_input_fails_and_shows_both(lite: Workshop) -> None:
    till = Till()

    @lite.app.job("moody", max_attempts=5, retry=AT_ONCE)
    async def moody(ctx: Context) -> None:
        await ctx.step(till.pay, {"attempt": ctx.attempt})
        raise RuntimeError("again")

    snapshot = await lite.run(moody)
    assert (snapshot.status, snapshot.tries) == ("failed", 2)
    assert snapshot.error is not None
    assert snapshot.error["type"] == "replay-mismatch"
    assert '{"attempt":1}' in message(snapshot)
    assert '{"attempt":2}' in message(snapshot)
    assert len(till.bill) == 1


class Style(BaseModel):
    words: int = 8
    tone: str = "plain"


async def test_a_deploy_may_add_steps_and_defaulted_fields(lite: Workshop) -> None:
    till = Till()

    class Wider(BaseModel):
        words: int = 8
        tone: str = "plain"
        margin: int = 0

    @lite.app.job("deployed", max_attempts=2, retry=AT_ONCE)
    async def deployed(ctx: Context) -> int:
        if ctx.attempt == 1:
            await ctx.step(till.pay, Style(words=9), key="style")
            raise RuntimeError("a deploy happens here")
        await ctx.step(till.pay, "new", key="new")
        await ctx.step(till.pay, Wider(words=9), key="style")
        return len(till.bill)

    assert await lite.outcome(deployed) == 2


async def test_a_steps_own_retries_are_not_the_jobs(lite: Workshop) -> None:
    tries: list[int] = []

    @lite.app.step(retry=transient(times=3, base_s=0.0))
    async def flaky() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise TransientError("busy")
        return "done"

    @lite.app.step(retry=transient(times=3, base_s=0.0))
    async def broken() -> None:
        tries.append(1)
        raise PermanentError("never")

    @lite.app.job("one", max_attempts=1)
    async def one(ctx: Context) -> object:
        return await ctx.step(flaky)

    @lite.app.job("two", max_attempts=1)
    async def two(ctx: Context) -> None:
        await ctx.step(broken)

    assert await lite.outcome(one) == "done"
    assert len(tries) == 3
    assert message(await lite.run(two)) == "never"
    assert len(tries) == 4


async def test_a_steps_timeout_is_a_passing_failure(lite: Workshop) -> None:
    tries: list[float] = []

    @lite.app.step(timeout=0.1, retry=transient(times=2, base_s=0.0))
    async def slow() -> str:
        tries.append(time.monotonic())
        if len(tries) == 1:
            await asyncio.sleep(60)
        return "quick"

    @lite.app.job("one", max_attempts=1)
    async def one(ctx: Context) -> object:
        return await ctx.step(slow)

    assert await lite.outcome(one) == "quick"
    assert len(tries) == 2


async def test_plain_functions_are_steps_in_threads_of_their_own(lite: Workshop) -> None:
    """As many at once as are asked for: none waits for a place in a pool."""
    together = threading.Barrier(12, timeout=60)

    def meet(n: int) -> int:
        together.wait()
        return n

    @lite.app.job("crowd")
    async def crowd(ctx: Context) -> list[int]:
        return list(await asyncio.gather(*[ctx.step(meet, n) for n in range(12)]))

    assert await lite.outcome(crowd) == list(range(12))


async def test_a_threaded_handler_has_steps_too(lite: Workshop) -> None:
    till = Till()

    @lite.app.job("buy", max_attempts=2, retry=AT_ONCE)
    def buy(ctx: Any) -> list[object]:
        found = [ctx.step(till.pay, "paper"), ctx.step(str.upper, "ink"), ctx.step(str, 5)]
        if ctx.attempt == 1:
            raise RuntimeError("dropped it")
        return found

    assert await lite.outcome(buy) == ["paper", "INK", "5"]
    assert till.bill == ["paper"]


async def test_a_step_may_have_the_context(lite: Workshop) -> None:
    async def inner(ctx: Context, n: int) -> str:
        ctx.progress(40, "Inside {n}", n=n)
        await ctx.log("inside")
        return ctx.job_id

    def threaded(ctx: Any, n: int) -> str:
        ctx.log("in a thread")
        return str(ctx.job_id)

    @lite.app.job("outer")
    async def outer(ctx: Context) -> list[object]:
        return [await ctx.step(inner, 3), await ctx.step(threaded, 4)]

    snapshot = await lite.run(outer)
    assert await lite.result(snapshot.id) == [snapshot.id] * 2
    assert [line.text for line in await lite.app.store.log(snapshot.id) or []] == ["inside", "in a thread"]


class Marks(BaseModel):
    bands: dict[str, float]


async def test_a_steps_value_comes_back_as_what_its_annotation_says(lite: Workshop) -> None:
    kinds: list[str] = []

    async def mark() -> Marks:
        return Marks(bands={"task": 7.5})

    @lite.app.job("marks", max_attempts=2, retry=AT_ONCE)
    async def marks(ctx: Context) -> object:
        value = await ctx.step(mark)
        kinds.append(type(value).__name__)
        if ctx.attempt == 1:
            raise RuntimeError("again")
        return value

    assert await lite.outcome(marks) == {"bands": {"task": 7.5}}
    assert kinds == ["Marks", "Marks"]


@pytest.mark.parametrize(
    ("value", "says"), [(float("nan"), "NaN"), (object(), "object"), ("seven", "number")]
)
async def test_a_value_that_cannot_be_recorded_fails_the_job_and_names_the_step(
    lite: Workshop, value: object, says: str
) -> None:
    async def weigh() -> float:
        return value  # type: ignore[return-value]  # a wrong annotation is what is tested

    @lite.app.job("weighing")
    async def weighing(ctx: Context) -> None:
        await ctx.step(weigh)

    snapshot = await lite.run(weighing)
    assert (snapshot.status, snapshot.tries) == ("failed", 1)
    assert "weigh" in message(snapshot)
    assert says in message(snapshot)
    assert await lite.app.store.steps(snapshot.id) == []


async def test_a_handler_that_swallows_a_steps_failure_goes_on(lite: Workshop) -> None:
    async def broken() -> None:
        raise PermanentError("no")

    @lite.app.job("stoic")
    async def stoic(ctx: Context) -> str:
        try:
            await ctx.step(broken)
        except PermanentError:
            return "without it"
        return "with it"

    assert await lite.outcome(stoic) == "without it"
