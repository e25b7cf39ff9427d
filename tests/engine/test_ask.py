"""`ctx.ask`: a row before each request and settled after it; what was settled is never bought again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.engine.scripted import Scripted
from tests.engine.workshop import Workshop

from headway import Context, Request, RetryPolicy
from headway.ai.provider import InDoubt, ProviderError
from headway.store import CallRow

pytestmark = pytest.mark.anyio
AT_ONCE = RetryPolicy(base_s=0.0)


@pytest.fixture
def ai() -> Scripted:
    return Scripted(["re: {prompt}"])


@pytest.fixture
async def asking(database_url: str, ai: Scripted) -> AsyncIterator[Workshop]:
    workshop = Workshop(database_url, provider=ai)
    await workshop.open()
    yield workshop
    await workshop.close()


async def calls(engine: Workshop, job_id: str) -> list[CallRow]:
    return await engine.app.store.calls(job_id) or []


async def say(ctx: Context, prompt: str) -> str:
    return (await ctx.ask(Request(prompt))).text


async def test_a_call_is_written_down_before_it_is_sent_and_settled_after_it(
    asking: Workshop, ai: Scripted
) -> None:
    @asking.app.job("asks")
    async def asks(ctx: Context) -> object:
        return await ctx.step(say, "hello")

    ai.gate.clear()
    await asking.hire()
    job_id = await asking.submit(asks)

    async def sent() -> bool:
        return bool(ai.asked)

    await asking.until(sent)
    [before] = await calls(asking, job_id)
    assert (before.step, before.key, before.n) == ("say", "0", 0)
    assert (before.provider, before.model) == ("scripted", "scripted-1")
    assert (before.outcome, before.settled_at, before.answer) == (None, None, None)
    ai.gate.set()
    await asking.ended(job_id)
    [after] = await calls(asking, job_id)
    assert (after.outcome, after.answer, after.error) == ("succeeded", "re: hello", None)
    assert (after.input_tokens, after.output_tokens) == (5, 1)
    assert after.settled_at is not None
    assert await asking.result(job_id) == "re: hello"


@pytest.mark.parametrize("in_a_step", [True, False])
async def test_a_settled_answer_is_not_bought_again(asking: Workshop, ai: Scripted, in_a_step: bool) -> None:
    """Not by the next try, not by a retry by hand; anew only from scratch."""

    async def both(ctx: Context) -> list[str]:
        found = [await say(ctx, "a"), await say(ctx, "b")]
        if ctx.attempt == 1:
            raise RuntimeError("after both were paid")
        return found

    @asking.app.job("asks", max_attempts=2, retry=AT_ONCE)
    async def asks(ctx: Context) -> object:
        return await ctx.step(both) if in_a_step else await both(ctx)

    job = await asking.run(asks)
    assert await asking.result(job.id) == ["re: a", "re: b"]
    assert ai.asked == ["a", "b"]
    await asking.app.store.retry(job.id, None, scratch=True)
    await asking.ended(job.id)
    assert ai.asked == ["a", "b"] * 2


async def test_answers_are_found_again_in_whatever_order_they_are_asked_for(
    asking: Workshop, ai: Scripted
) -> None:
    @asking.app.job("asks", max_attempts=2, retry=AT_ONCE)
    async def asks(ctx: Context) -> list[str]:
        words = ["a", "b", "c"] if ctx.attempt == 1 else ["c", "a", "b"]
        found = await asyncio.gather(*[say(ctx, word) for word in words])
        if ctx.attempt == 1:
            raise RuntimeError("again")
        return list(found)

    assert await asking.outcome(asks) == ["re: c", "re: a", "re: b"]
    assert sorted(ai.asked) == ["a", "b", "c"]


async def test_the_same_question_asked_twice_in_turn_is_two_calls(asking: Workshop, ai: Scripted) -> None:
    @asking.app.job("asks")
    async def asks(ctx: Context) -> list[str]:
        return [await say(ctx, "again"), await say(ctx, "again")]

    job = await asking.run(asks)
    assert len(ai.asked) == len(await calls(asking, job.id))


async def test_a_call_in_doubt_stays_so_and_the_next_one_is_its_own(asking: Workshop, ai: Scripted) -> None:
    ai.lines = [InDoubt("the line went dead"), "heard"]

    @asking.app.job("asks", max_attempts=1)
    async def asks(ctx: Context) -> object:
        return await ctx.step(say, "hello")

    job = await asking.run(asks)
    assert await asking.result(job.id) == "heard"
    rows = await calls(asking, job.id)
    assert [(row.n, row.outcome) for row in rows] == [(0, None), (1, "succeeded")]
    assert len(ai.asked) == len(rows), "requests seen = calls settled + calls in doubt"


async def test_an_answer_after_a_failed_try_is_recorded_and_kept(asking: Workshop, ai: Scripted) -> None:
    """The call that failed has its place; the one that answered must have another, or it is never found."""
    ai.lines = [ProviderError("quota-exceeded", "empty"), "paid"]

    @asking.app.job("asks", max_attempts=3, retry=AT_ONCE)
    async def asks(ctx: Context) -> str:
        try:
            return await say(ctx, "hello")
        except ProviderError as error:
            raise RuntimeError("try again") from error
        finally:
            if len(ai.asked) == 2 and ctx.attempt == 2:
                raise RuntimeError("after it was paid")

    job = await asking.run(asks)
    assert (job.status, job.tries) == ("completed", 2)
    assert await asking.result(job.id) == "paid"
    assert [row.outcome for row in await calls(asking, job.id)] == ["quota-exceeded", "succeeded"]
    assert len(ai.asked) == 2


async def test_what_the_provider_will_never_answer_fails_the_job_at_once(
    asking: Workshop, ai: Scripted
) -> None:
    ai.lines = [ProviderError("permanent", "no such model")]

    @asking.app.job("asks", max_attempts=5, retry=AT_ONCE)
    async def asks(ctx: Context) -> object:
        return await ctx.step(say, "hello")

    job = await asking.run(asks)
    assert (job.status, job.tries) == ("failed", 1)
    assert job.error is not None
    assert "no such model" in job.error["message"]
    [row] = await calls(asking, job.id)
    assert (row.outcome, row.answer) == ("permanent", None)


async def test_a_thread_asks_too(asking: Workshop, ai: Scripted) -> None:
    def inside(ctx: Any, prompt: str) -> str:
        return str(ctx.ask(Request(prompt)).text)

    @asking.app.job("asks")
    def asks(ctx: Any) -> list[str]:
        return [ctx.ask(Request("outside")).text, ctx.step(inside, "inside")]

    job = await asking.run(asks)
    assert await asking.result(job.id) == ["re: outside", "re: inside"]
    outside, in_step = await calls(asking, job.id)
    assert (outside.step, outside.key) == ("", "")
    assert in_step.step.endswith("inside")


async def test_an_answer_with_what_no_database_keeps_is_kept(asking: Workshop, ai: Scripted) -> None:
    ai.lines = ["a NUL \0 in it"]

    @asking.app.job("asks")
    async def asks(ctx: Context) -> str:
        return await say(ctx, "hello")

    job = await asking.run(asks)
    assert job.status == "completed", job.error
    [row] = await calls(asking, job.id)
    assert row.outcome == "succeeded"
    assert row.answer is not None
    assert "in it" in row.answer
