"""Fan-out: chunks are run by any worker, the handler holds no slot meanwhile, and what succeeded is never run again."""

import asyncio
import contextlib
from collections import Counter
from typing import Any

import pytest
from pydantic import BaseModel
from tests.engine.workshop import Workshop

from headway import Context, PermanentError, TransientError, transient
from headway.engine.fanout import ChunkFailed, ChunkFailure

pytestmark = pytest.mark.anyio


class Part(BaseModel):
    n: int
    note: str = ""


async def test_results_come_in_the_order_of_the_items(engine: Workshop) -> None:
    @engine.app.step
    async def square(ctx: Context, part: Part, plus: int) -> Part:
        return Part(n=part.n * part.n + plus, note="done")

    @engine.app.job("squares")
    async def squares(ctx: Context, count: int) -> list[int]:
        parts = await ctx.fan_out(square, [Part(n=n) for n in range(count)], 1)
        return [part.n for part in parts]

    assert await engine.outcome(squares, 30) == [n * n + 1 for n in range(30)]


async def test_a_fan_out_over_nothing_gives_nothing(lite: Workshop) -> None:
    @lite.app.step
    async def never(n: int) -> int:
        raise AssertionError("called")

    @lite.app.job("empty")
    async def empty(ctx: Context) -> list[int]:
        return await ctx.fan_out(never, [])

    assert await lite.outcome(empty) == []


async def test_the_handler_holds_no_slot_while_its_chunks_run(engine: Workshop) -> None:
    @engine.app.step
    async def one(n: int) -> int:
        return n

    @engine.app.job("lonely")
    async def lonely(ctx: Context) -> int:
        return sum(await ctx.fan_out(one, range(5)))

    await engine.hire(concurrency=1)
    assert await engine.outcome(lonely) == 10


async def test_chunk_counts_and_the_stage_follow_what_has_ended(engine: Workshop) -> None:
    gate = asyncio.Event()

    @engine.app.step
    async def gated(n: int) -> int:
        if n >= 2:
            await gate.wait()
        return n

    @engine.app.job("staged")
    async def staged(ctx: Context) -> int:
        with ctx.stage("Processing chunk {done} of {total}", 20, 70):
            return sum(await ctx.fan_out(gated, range(4)))

    await engine.hire()
    job_id = await engine.submit(staged)
    halfway = await engine.when(job_id, lambda s: s.processed_chunks == 2)
    assert (halfway.status, halfway.total_chunks, halfway.percent) == ("processing", 4, 45)
    assert halfway.step is not None
    assert halfway.step.id.format(**halfway.step.args) == "Processing chunk 3 of 4"
    states = [chunk.state for chunk in await engine.app.store.chunks(job_id) or []]
    assert states == ["completed", "completed", "processing", "processing"]
    assert [chunk.result for chunk in await engine.app.store.chunks(job_id) or []] == ["0", "1", None, None]
    gate.set()
    ended = await engine.ended(job_id)
    assert (ended.status, ended.processed_chunks, ended.failed_chunks) == ("completed", 4, [])


async def test_concurrency_bounds_how_many_chunks_run_at_once(engine: Workshop) -> None:
    running = most = 0

    @engine.app.step
    async def watched(n: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return n

    @engine.app.job("bounded")
    async def bounded(ctx: Context) -> int:
        return sum(await ctx.fan_out(watched, range(12), concurrency=3))

    assert await engine.outcome(bounded) == 66
    assert most <= 3


async def test_a_failed_chunk_stops_its_siblings_and_fails_the_job(engine: Workshop) -> None:
    stopped: list[int] = []
    both = asyncio.Event()

    @engine.app.step
    async def fragile(n: int) -> int:
        if n == 0:
            await both.wait()
            raise PermanentError("broken part")
        both.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(n)
            raise
        return n

    @engine.app.job("strict")
    async def strict(ctx: Context) -> int:
        return sum(await ctx.fan_out(fragile, range(9), concurrency=2))

    snapshot = await engine.run(strict)
    assert (snapshot.status, snapshot.failed_chunks) == ("failed", [1])
    assert snapshot.error is not None
    assert snapshot.error["message"] == "Part 1 failed: broken part"
    assert stopped == [1]


async def test_keep_going_delivers_the_rest_and_a_retry_runs_only_what_failed(engine: Workshop) -> None:
    runs: Counter[int] = Counter()
    merges: list[int] = []
    luck = {"bad": True}

    @engine.app.step
    async def lucky(n: int) -> int:
        runs[n] += 1
        if n == 3 and luck["bad"]:
            raise PermanentError("unlucky")
        return n

    @engine.app.step
    async def merge(values: list[int]) -> int:
        merges.append(len(values))
        return sum(values)

    @engine.app.job("patient")
    async def patient(ctx: Context) -> dict[str, Any]:
        parts = await ctx.fan_out(lucky, range(6), keep_going=True)
        failed = [part.part for part in parts if isinstance(part, ChunkFailure)]
        return {"sum": await ctx.step(merge, [p for p in parts if isinstance(p, int)]), "failed": failed}

    first = await engine.run(patient)
    assert (first.status, first.failed_chunks, first.processed_chunks) == ("completed", [4], 5)
    assert await engine.result(first.id) == {"sum": 12, "failed": [4]}
    luck["bad"] = False
    await engine.app.store.retry(first.id, None)
    again = await engine.ended(first.id)
    assert (again.status, again.failed_chunks, again.processed_chunks) == ("completed", [], 6)
    assert await engine.result(first.id) == {"sum": 15, "failed": []}
    assert runs == Counter({0: 1, 1: 1, 2: 1, 3: 2, 4: 1, 5: 1})
    assert merges == [5, 6]


async def test_only_the_named_chunks_are_retried(lite: Workshop) -> None:
    runs: Counter[int] = Counter()

    @lite.app.step
    async def broken(n: int) -> int:
        runs[n] += 1
        raise PermanentError("no")

    @lite.app.job("named")
    async def named(ctx: Context) -> int:
        return len(await ctx.fan_out(broken, range(3), keep_going=True))

    first = await lite.run(named)
    await lite.app.store.retry(first.id, None, chunks=[2])
    again = await lite.ended(first.id)
    assert again.failed_chunks == [1, 2, 3]
    assert runs == Counter({0: 1, 1: 2, 2: 1})


async def test_a_chunk_is_tried_again_by_its_steps_own_policy(engine: Workshop) -> None:
    tries: Counter[int] = Counter()

    @engine.app.step(retry=transient(times=3, base_s=0.0))
    async def flaky(n: int) -> int:
        tries[n] += 1
        if n == 1 and tries[n] < 3:
            raise TransientError("busy")
        return n

    @engine.app.job("flakes")
    async def flakes(ctx: Context) -> int:
        return sum(await ctx.fan_out(flaky, range(3)))

    assert await engine.outcome(flakes) == 3
    assert tries == Counter({0: 1, 1: 3, 2: 1})


async def test_a_cancel_stops_the_chunks_and_keeps_what_is_finished(engine: Workshop) -> None:
    @engine.app.step
    async def half(n: int) -> int:
        if n >= 3:
            await asyncio.Event().wait()
        return n

    @engine.app.job("stoppable")
    async def stoppable(ctx: Context) -> int:
        return sum(await ctx.fan_out(half, range(40), concurrency=6))

    await engine.hire()
    job_id = await engine.submit(stoppable)
    await engine.when(job_id, lambda s: s.processed_chunks == 3 and not s.running)
    await engine.app.store.cancel(job_id, None, by="test")
    ended = await engine.ended(job_id)
    assert (ended.status, ended.cancelled_by, ended.processed_chunks) == ("cancelled", "test", 3)
    done = [
        chunk.result for chunk in await engine.app.store.chunks(job_id) or [] if chunk.state == "completed"
    ]
    assert done == ["0", "1", "2"]


async def test_a_worker_that_swallows_everything_around_a_fan_out_is_parked_all_the_same(
    engine: Workshop,
) -> None:
    calls: list[str] = []

    @engine.app.step
    async def one(n: int) -> int:
        return n

    @engine.app.job("greedy")
    async def greedy(ctx: Context) -> int:
        calls.append("called")
        total = 0
        try:
            async with asyncio.TaskGroup() as group:
                task = group.create_task(_sum(ctx, one))
            total = task.result()
        except BaseException:  # noqa: BLE001 — what careless handlers do
            calls.append("swallowed")
            with contextlib.suppress(BaseException):
                await ctx.log("never written")
            return -1
        both = await asyncio.gather(_sum(ctx, one), _sum(ctx, one), return_exceptions=True)
        return total + sum(part for part in both if isinstance(part, int))

    snapshot = await engine.run(greedy)
    assert snapshot.status == "completed", snapshot.error
    assert await engine.result(snapshot.id) == 9
    assert await engine.app.store.log(snapshot.id) == []


async def _sum(ctx: Context, step: Any) -> int:
    return sum(await ctx.fan_out(step, range(3)))


async def test_a_replay_that_asks_for_other_chunks_fails_and_shows_them(lite: Workshop) -> None:
    size = {"n": 4}

    @lite.app.step
    async def one(n: int) -> int:
        return n

    @lite.app.job("shifty")
    async def shifty(ctx: Context) -> int:
        size["n"] -= 1
        return sum(await ctx.fan_out(one, range(size["n"])))

    snapshot = await lite.run(shifty)
    assert snapshot.status == "failed"
    assert snapshot.error is not None
    assert snapshot.error["type"] == "replay-mismatch"
    assert "3 chunks, and has 2 now" in snapshot.error["message"]


async def test_a_chunk_cannot_fan_out_and_a_plain_function_cannot_be_fanned_out(lite: Workshop) -> None:
    @lite.app.step
    async def outer(ctx: Context, n: int) -> int:
        return len(await ctx.fan_out(outer, [1]))

    @lite.app.job("nested")
    async def nested(ctx: Context) -> int:
        return len(await ctx.fan_out(outer, [1]))

    @lite.app.job("plain")
    async def plain(ctx: Context) -> int:
        return len(await ctx.fan_out(_sum, [1]))

    deep = await lite.run(nested)
    assert deep.error is not None
    assert "cannot fan out itself" in deep.error["message"]
    bare = await lite.run(plain)
    assert bare.error is not None
    assert "@app.step" in bare.error["message"]


async def test_a_handler_may_catch_a_failed_fan_out(lite: Workshop) -> None:
    @lite.app.step
    async def broken(n: int) -> int:
        raise PermanentError("no")

    @lite.app.job("careful")
    async def careful(ctx: Context) -> str:
        try:
            await ctx.fan_out(broken, range(2))
        except ChunkFailed as failure:
            return f"part {failure.part}"
        return "all"

    assert await lite.outcome(careful) in ("part 1", "part 2")


async def test_ten_thousand_chunks_are_one_job(lite: Workshop) -> None:
    @lite.app.step
    async def tiny(n: int) -> int:
        return n

    @lite.app.job("large")
    async def large(ctx: Context) -> int:
        return sum(await ctx.fan_out(tiny, range(10_000)))

    await lite.hire(concurrency=200)
    assert await lite.outcome(large) == sum(range(10_000))
