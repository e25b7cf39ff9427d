"""Handlers and steps in processes of their own, and what becomes of tasks that kill these."""

import asyncio
import os
import select
from pathlib import Path

import psutil
import pytest
from tests.engine import errands
from tests.engine.errands import notes
from tests.engine.workshop import Workshop

from headway import Context, RetryPolicy
from headway.engine.children import ChildDied, run_step
from headway.engine.kinds import step_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["child-async", "child-thread"])
async def test_a_handler_in_a_child_does_all_that_others_do(lite: Workshop, kind: str) -> None:
    snapshot = await lite.run(kind, {"word": "ab", "times": 2})
    assert snapshot.status == "completed", snapshot.error
    result = await lite.result(snapshot.id)
    assert result["said"] == "ab" * 4
    assert result["pid"] != os.getpid()
    steps = await lite.app.store.steps(snapshot.id) or []
    assert [(s.name, s.key, s.value) for s in steps] == [("double", "0", "4")]
    assert [line.text for line in await lite.app.store.log(snapshot.id) or []] == ["ab"]


async def test_the_last_step_text_of_a_child_arrives(lite: Workshop) -> None:
    snapshot = await lite.run("child-async", {"word": "ab"})
    assert snapshot.step is not None
    assert (snapshot.step.id, snapshot.step.args) == ("Saying {word}", {"word": "ab"})


async def test_a_child_that_sleeps_is_parked_and_replayed(lite: Workshop, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    snapshot = await lite.run("child-sleep", str(journal))
    assert snapshot.status == "completed", snapshot.error
    assert await lite.result(snapshot.id) == 1, "another process went on"
    assert notes(journal) == ["woke", "woke", "slept"]
    assert await lite.outcomes(snapshot.id) == ["parked", "succeeded"]


@pytest.mark.parametrize(
    ("what", "type", "says"),
    [
        ("permanent", "permanent", "The mill is broken"),
        ("invalid", "invalid-input", "word: is missing"),
        ("transient", "transient", "later"),
        ("exit", "RuntimeError", "SystemExit(3)"),
        ("odd", "RuntimeError", "Unpicklable: odd"),
    ],
)
async def test_a_childs_error_is_the_jobs(lite: Workshop, what: str, type: str, says: str) -> None:
    snapshot = await lite.run("child-error", what)
    assert (snapshot.status, snapshot.tries) == ("failed", 1)
    assert snapshot.error is not None
    assert (snapshot.error["type"], snapshot.error["message"]) == (type, says)


async def test_a_child_may_return_wishes(lite: Workshop, tmp_path: Path) -> None:
    snapshot = await lite.run("child-wish", str(tmp_path / "journal"))
    assert (snapshot.status, snapshot.cancelled_by) == ("cancelled", "handler")
    assert await lite.outcomes(snapshot.id) == ["snoozed", "cancelled"]


async def test_a_handler_that_kills_its_process_is_poison_and_its_neighbours_complete(
    engine: Workshop, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"

    @engine.app.job("neighbour")
    async def neighbour(ctx: Context, n: int) -> int:
        await asyncio.sleep(0.3)
        return n

    poison = await engine.submit("child-dies", str(journal))
    ids = await engine.app.submit_many(neighbour, list(range(30)))
    await engine.hire()
    ended = await engine.ended(poison)
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error["type"] == "poison"
    assert "exit status -9" in ended.error["message"]
    assert notes(journal) == ["died"] * 3
    assert await engine.outcomes(poison) == ["lost"] * 3
    for job_id in ids:
        snapshot = await engine.ended(job_id)
        assert (snapshot.status, snapshot.tries) == ("completed", 0)


async def test_a_death_costs_no_try(lite: Workshop, tmp_path: Path) -> None:
    snapshot = await lite.run("child-dies-once", str(tmp_path / "journal"))
    assert (snapshot.status, snapshot.tries) == ("completed", 0)
    assert await lite.outcomes(snapshot.id) == ["lost", "succeeded"]


@pytest.mark.long
async def test_deaths_with_progress_between_them_condemn_nobody(lite: Workshop, tmp_path: Path) -> None:
    snapshot = await lite.run("child-dies-between-steps", str(tmp_path / "journal"))
    assert snapshot.status == "completed", snapshot.error
    assert await lite.outcomes(snapshot.id) == ["lost"] * 4 + ["succeeded"]


async def test_a_step_runs_in_a_process_of_its_own_once(lite: Workshop) -> None:
    pid_step = lite.app.step(process=True)(errands.own_pid)
    ran: list[int] = []

    @lite.app.job("pids", retry=RetryPolicy(base_s=0.0))
    async def pids(ctx: Context) -> list[int]:
        found = await asyncio.gather(ctx.step(pid_step), ctx.step(pid_step))
        ran.append(ctx.attempt)
        if ctx.attempt == 1:
            raise RuntimeError("once more")
        return list(found)

    try:
        snapshot = await lite.run(pids)
        assert snapshot.status == "completed", snapshot.error
        first, second = await lite.result(snapshot.id)
        assert len({first, second, os.getpid()}) == 3
        assert ran == [1, 2]
    finally:
        del errands.own_pid.__headway_step__  # type: ignore[attr-defined]  # set by the decorator


async def test_a_child_knows_the_steps_that_were_registered_elsewhere(lite: Workshop) -> None:
    lite.app.step(name="three times")(errands.tripled)
    lite.app.job("child-fans", process=True)(errands.child_fans)
    try:
        assert await lite.outcome("child-fans", 3) == [0, 3, 6]
        [job], _ = await lite.app.store.list_jobs(None)
        assert {chunk.name for chunk in await lite.app.store.chunks(job.id) or []} == {"three times"}
    finally:
        del errands.tripled.__headway_step__  # type: ignore[attr-defined]  # set by the decorator
        del errands.child_fans.__headway_kind__  # type: ignore[attr-defined]  # likewise


async def test_a_step_that_outlives_its_timeout_is_killed(lite: Workshop, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    hang = lite.app.step(process=True, timeout=2.0)(errands.hang)

    @lite.app.job("hangs", max_attempts=1)
    async def hangs(ctx: Context) -> None:
        await ctx.step(hang, str(journal))

    try:
        snapshot = await lite.run(hangs)
        assert snapshot.error is not None
        assert snapshot.error["type"] == "TimeoutError"
        for pid in notes(journal):  # none when the machine was too busy to start it within its timeout
            assert not psutil.pid_exists(int(pid))
    finally:
        del errands.hang.__headway_step__  # type: ignore[attr-defined]  # set by the decorator


async def test_a_step_that_kills_its_process_is_a_death_of_the_job(lite: Workshop) -> None:
    step = lite.app.step(process=True)(errands.die)

    @lite.app.job("dies", max_attempts=1)
    async def dies(ctx: Context) -> str:
        try:
            await ctx.step(step)
        except ChildDied as error:
            return str(error)
        return "lived"

    try:
        assert await lite.outcome(dies) == "the process that ran it died with exit status 9"
    finally:
        del errands.die.__headway_step__  # type: ignore[attr-defined]  # set by the decorator


async def test_a_local_function_cannot_run_in_a_child_and_the_error_says_so(lite: Workshop) -> None:
    @lite.app.job("local", process=True)
    async def local(ctx: Context) -> None: ...

    snapshot = await lite.run(local)
    assert (snapshot.status, snapshot.tries) == ("failed", 1)
    assert snapshot.error is not None
    assert "local" in snapshot.error["message"]


@pytest.mark.long
async def test_a_large_result_arrives_whole_though_the_parent_is_slow_to_read_it() -> None:
    """The pipe is full, what is left fits the child's own buffer, and the child has nothing more to do."""
    size = 250_000
    talking = asyncio.create_task(run_step(step_of(errands.text_of, process=True), (size,), {}, _no_file))
    while not (born := psutil.Process().children()):  # noqa: ASYNC110 — nothing tells of a birth
        await asyncio.sleep(0.005)
    end = os.pidfd_open(born[0].pid)
    select.select(
        [end], [], [], 3
    )  # the event loop is busy with something else, at most until the child has ended
    os.close(end)
    assert len(await talking) == size


async def _no_file(name: str) -> bytes:
    raise AssertionError(name)
