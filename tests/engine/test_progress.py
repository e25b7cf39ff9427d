"""What a handler tells: percent, stages, step texts, log lines; coalesced, in order, never falling."""

import asyncio
import time
from typing import Any

import pytest
from tests.engine.workshop import Workshop

from headway import Context, RetryPolicy
from headway.core.progress import Text
from headway.store import Snapshot

pytestmark = pytest.mark.anyio
AT_ONCE = RetryPolicy(base_s=0.0)


class Watcher:
    """Every version of a job that anyone could have seen, as often as hints allow."""

    def __init__(self, engine: Workshop, job_id: str) -> None:
        self._engine, self._job_id = engine, job_id
        self.seen: list[tuple[float, Snapshot]] = []

    async def until_the_end(self) -> None:
        async def look() -> bool:
            snapshot = await self._engine.see(self._job_id)
            if not self.seen or snapshot.version != self.seen[-1][1].version:
                self.seen.append((time.monotonic(), snapshot))
            return snapshot.finished

        await self._engine.until(look)

    @property
    def percents(self) -> list[int]:
        return [snapshot.percent for _, snapshot in self.seen]


async def test_progress_is_sent_at_most_four_times_a_second_and_its_last_value_arrives(
    lite: Workshop,
) -> None:
    @lite.app.job("busy")
    async def busy(ctx: Context) -> None:
        ends = time.monotonic() + 1.6
        n = 0
        while time.monotonic() < ends:
            n += 1
            ctx.progress(min(90, n / 2), "Line {n}", n=n)
            await asyncio.sleep(0.002)
        ctx.progress(95, "The last line")
        held.set()
        await released.wait()

    held, released = asyncio.Event(), asyncio.Event()
    await lite.hire()
    job_id = await lite.submit(busy)
    watcher = Watcher(lite, job_id)
    watching = asyncio.create_task(watcher.until_the_end())
    await asyncio.wait_for(held.wait(), 30)
    snapshot = await lite.when(job_id, lambda s: s.percent == 95)
    assert snapshot.step == Text("The last line")
    released.set()
    await watching
    moves = [at for at, s in watcher.seen if 0 < s.percent < 100]
    assert 3 <= len(moves) <= 4 * (moves[-1] - moves[0]) + 3
    assert watcher.percents == sorted(watcher.percents)
    assert watcher.percents[-1] == 100


async def test_what_was_said_last_before_the_end_is_kept(engine: Workshop) -> None:
    @engine.app.job("quick", max_attempts=1)
    async def quick(ctx: Context, fail: bool) -> None:
        for percent in range(0, 70, 10):
            ctx.progress(percent, "At {place}", place=percent)
        if fail:
            raise RuntimeError("stopped")

    failed, completed = await engine.run(quick, True), await engine.run(quick, False)
    assert (failed.percent, completed.percent) == (60, 100)
    assert failed.step == completed.step == Text("At {place}", {"place": 60})


async def test_percent_never_falls_over_retries(lite: Workshop) -> None:
    @lite.app.job("again", max_attempts=3, retry=RetryPolicy(base_s=0.3))
    async def again(ctx: Context) -> None:
        for percent in range(0, 100 - 20 * ctx.attempt, 10):
            ctx.progress(percent, "Try {n}", n=ctx.attempt)
            await asyncio.sleep(0.05)
        raise RuntimeError("again")

    await lite.hire()
    job_id = await lite.submit(again)
    watcher = Watcher(lite, job_id)
    await watcher.until_the_end()
    assert watcher.percents == sorted(watcher.percents)
    assert watcher.percents[-1] == 70
    versions = [snapshot.version for _, snapshot in watcher.seen]
    assert versions == sorted(set(versions))


async def test_a_retry_by_hand_starts_from_zero_again(lite: Workshop) -> None:
    @lite.app.job("half", max_attempts=1)
    async def half(ctx: Context) -> None:
        if not begun.is_set():
            ctx.progress(50)
            begun.set()
            raise RuntimeError("half")
        ctx.progress(10)
        raise RuntimeError("a tenth")

    begun = asyncio.Event()
    job = await lite.run(half)
    assert job.percent == 50
    await lite.app.store.retry(job.id, None)
    assert (await lite.ended(job.id)).percent == 10


async def test_stages_nest_and_fill_their_part_of_the_whole(lite: Workshop) -> None:
    reached: list[int] = []

    @lite.app.job("nested")
    async def nested(ctx: Context) -> None:
        def here() -> None:
            reached.append(ctx._track.percent)

        with ctx.stage("Outer", 20, 60):
            here()
            with ctx.stage("Inner {done} of {total}", 50, 100):
                here()
                ctx.progress(done=1, total=4)
                assert ctx._track.step == Text("Inner {done} of {total}", {"done": 1, "total": 4})
                here()
            here()
        ctx.progress(70)
        here()
        ctx.progress(10)
        here()

    assert (await lite.run(nested)).status == "completed"
    assert reached == [20, 40, 45, 60, 70, 70]


async def test_a_stage_outside_its_bounds_is_refused(lite: Workshop) -> None:
    @lite.app.job("wrong", max_attempts=1)
    async def wrong(ctx: Context) -> None:
        with ctx.stage("Too far", 50, 101):
            pass

    snapshot = await lite.run(wrong)
    assert snapshot.error is not None
    assert "101" in snapshot.error["message"]


async def test_a_threads_stages_and_progress_arrive(lite: Workshop) -> None:
    @lite.app.job("threaded", max_attempts=1)
    def threaded(ctx: Any) -> None:
        with ctx.stage("Reading {name}", 0, 80, name="a book"):
            ctx.progress(done=1, total=2)
        raise RuntimeError("stop here")

    snapshot = await lite.run(threaded)
    assert snapshot.percent == 80
    assert snapshot.step == Text("Reading {name}", {"name": "a book"})


@pytest.mark.parametrize("text", ["half \ud800 a pair", "with \0 in it"])
async def test_any_text_can_be_told(engine: Workshop, text: str) -> None:
    @engine.app.job("odd", max_attempts=1)
    async def odd(ctx: Context) -> str:
        ctx.progress(10, text, what=text)
        await ctx.log(text)
        return "told"

    snapshot = await engine.run(odd)
    assert snapshot.status == "completed", snapshot.error
    [line] = await engine.app.store.log(snapshot.id) or []
    assert "half" in line.text or "in it" in line.text


async def test_log_lines_keep_their_order(engine: Workshop) -> None:
    @engine.app.job("talker")
    async def talker(ctx: Context, n: int) -> None:
        for line in range(n):
            await ctx.log(f"line {line}")

    @engine.app.job("threaded")
    def threaded(ctx: Any, n: int) -> None:
        for line in range(n):
            ctx.log(f"line {line}")

    for kind in (talker, threaded):
        snapshot = await engine.run(kind, 12)
        lines = await engine.app.store.log(snapshot.id) or []
        assert [line.text for line in lines] == [f"line {n}" for n in range(12)]
        assert [line.n for line in lines] == list(range(1, 13))
        assert (await engine.app.store.log(snapshot.id, after=10) or [])[0].n == 11


async def test_a_replay_does_not_say_its_lines_again(engine: Workshop) -> None:
    @engine.app.job("talker", max_attempts=2, retry=AT_ONCE)
    async def talker(ctx: Context) -> None:
        await ctx.log("reading")
        await ctx.log("tick")
        await ctx.log("tick")
        await ctx.sleep(1.1)
        await ctx.log("writing")
        if ctx.attempt == 1:
            raise RuntimeError("again")
        await ctx.log("done")

    snapshot = await engine.run(talker)
    assert snapshot.status == "completed", snapshot.error
    lines = [line.text for line in await engine.app.store.log(snapshot.id) or []]
    assert lines == ["reading", "tick", "tick", "writing", "done"]
