"""`await app.run(handler, input)`: the real engine in this process, for tests and notebooks."""

import asyncio

import pytest
from pydantic import BaseModel

from headway import Cancel, Context, Headway, InvalidInput, JobFailed, RetryPolicy, Settings, Snooze

pytestmark = pytest.mark.anyio


class Words(BaseModel):
    words: list[str]


@pytest.fixture
def app() -> Headway:
    """An app whose own database is never opened."""
    return Headway(Settings(database_url="sqlite:////nowhere/at/all.db", poll_idle_ms=50))


async def test_a_handler_is_run_to_its_end(app: Headway) -> None:
    tries: list[int] = []

    async def upper(word: str) -> str:
        return word.upper()

    @app.job("shout", retry=RetryPolicy(base_s=0.0))
    async def shout(ctx: Context, words: Words) -> Words:
        tries.append(ctx.attempt)
        with ctx.stage("Shouting", 0, 50):
            found = [await ctx.step(upper, word) for word in words.words]
        if ctx.attempt == 1:
            raise RuntimeError("once more")
        if len(tries) == 2:
            return Snooze(0.01)  # type: ignore[return-value]  # a wish, not the result
        await ctx.sleep(1.1)
        return Words(words=found)

    assert await app.run(shout, Words(words=["a", "b"])) == {"words": ["A", "B"]}
    assert await app.run("shout", {"words": []}) == {"words": []}
    assert tries[:2] == [1, 2]


async def test_a_failure_and_a_cancel_are_raised(app: Headway) -> None:
    @app.job("ends", max_attempts=1)
    async def ends(ctx: Context, how: str) -> Cancel:
        if how == "failed":
            raise RuntimeError("it broke")
        return Cancel("it was enough")

    with pytest.raises(JobFailed, match="failed: it broke") as failed:
        await app.run(ends, "failed")
    assert failed.value.job_status == "failed"
    assert (failed.value.error or {})["type"] == "RuntimeError"
    with pytest.raises(JobFailed, match="cancelled: it was enough"):
        await app.run(ends, "cancelled")


async def test_bad_input_is_refused(app: Headway) -> None:
    @app.job("strict")
    async def strict(ctx: Context, words: Words) -> None: ...

    with pytest.raises(InvalidInput, match="words"):
        await app.run(strict, {"words": 5})


async def test_several_run_beside_each_other(app: Headway) -> None:
    @app.job("echo")
    async def echo(ctx: Context, n: int) -> int:
        await asyncio.sleep(0.05)
        return n

    assert await asyncio.gather(*[app.run(echo, n) for n in range(4)]) == [0, 1, 2, 3]
