"""What an attempt writes down on the way: checkpoints, calls, log lines, progress. All fenced."""

import asyncio
from typing import Any

import pytest
from tests.conftest import Clock
from tests.store.verbs import beat, claim, finish, healthy, report, rescue, running, see

from headway.core.errors import LeaseLost
from headway.core.progress import Text
from headway.core.states import Event
from headway.store import Store
from headway.store.intents import Checkpoint, Claimed, Log, OpenCall, Progress, SettleCall

pytestmark = pytest.mark.anyio


async def checkpoint(
    store: Store, task: Claimed, key: str = "0", value: str = '"v"', name: str = "score"
) -> Any:
    return await store.do(Checkpoint(task.key, name, key, "hash", '{"in": 1}', value, 1))


async def open_call(store: Store, task: Claimed, n: int = 0) -> Any:
    return await store.do(OpenCall(task.key, "score", "0", n, "hash", "gemini", "flash"))


async def settle_call(store: Store, task: Claimed, n: int = 0, answer: str = "yes") -> Any:
    return await store.do(SettleCall(task.key, "score", "0", n, "succeeded", answer, None, 10, 20, 30))


async def log(store: Store, task: Claimed, text: str, at: int = 5) -> Any:
    return await store.do(Log(task.key, at, text))


async def stale(store: Store, clock: Clock) -> Claimed:
    """A claim whose lease ran out; another worker has the task."""
    task = await running(store, max_attempts=3)
    clock.advance(16)
    await rescue(store)
    await claim(store, worker="w2")
    return task


async def test_a_checkpoint_is_kept_with_its_input(store: Store) -> None:
    task = await running(store)
    assert await checkpoint(store, task) is True
    [step] = await store.steps(task.job_id) or []
    assert (step.name, step.key, step.input_hash, step.input, step.value) == (
        "score",
        "0",
        "hash",
        '{"in": 1}',
        '"v"',
    )
    assert step.ended_at >= task.claimed_at


async def test_a_checkpoint_is_never_overwritten(store: Store) -> None:
    task = await running(store)
    await checkpoint(store, task, value='"first"')
    assert await checkpoint(store, task, value='"second"') is True
    await asyncio.gather(*(checkpoint(store, task, "1", f'"{n}"') for n in range(5)))
    values = {step.key: step.value for step in await store.steps(task.job_id) or []}
    assert len(values) == 2
    assert values["0"] == '"first"'


async def test_checkpoints_outlive_attempts_and_rounds(store: Store) -> None:
    task = await running(store)
    await checkpoint(store, task)
    await finish(store, task, Event.GIVE_UP)
    await store.retry(task.job_id, "ann")
    assert len(await store.steps(task.job_id) or []) == 1
    [task] = await claim(store)
    await finish(store, task, Event.GIVE_UP)
    await store.retry(task.job_id, "ann", scratch=True)
    assert await store.steps(task.job_id) == []


async def test_a_checkpoint_clears_the_deaths_of_its_task(store: Store) -> None:
    task = await running(store)
    for _ in range(2):
        await finish(store, task, Event.DIE)
        [task] = await claim(store)
    assert task.suspect
    await checkpoint(store, task)
    await finish(store, task, Event.INTERRUPT)
    [task] = await claim(store)
    assert (task.deaths, task.suspect) == (0, False)


async def test_a_call_is_in_doubt_until_it_is_settled(store: Store) -> None:
    task = await running(store)
    assert await open_call(store, task) is True
    [call] = await store.calls(task.job_id) or []
    assert (call.step, call.key, call.n, call.provider, call.model) == ("score", "0", 0, "gemini", "flash")
    assert (call.outcome, call.settled_at, call.answer) == (None, None, None)
    await settle_call(store, task)
    [call] = await store.calls(task.job_id) or []
    assert (call.outcome, call.answer, call.input_tokens, call.output_tokens, call.cost_micros) == (
        "succeeded", "yes", 10, 20, 30)  # fmt: skip
    assert (call.settled_at or 0) >= call.started_at


async def test_a_settled_call_is_not_settled_again(store: Store) -> None:
    task = await running(store)
    await open_call(store, task)
    await settle_call(store, task, answer="first")
    await settle_call(store, task, answer="second")
    assert [call.answer for call in await store.calls(task.job_id) or []] == ["first"]


async def test_a_late_worker_may_settle_its_own_call_and_open_none(store: Store, clock: Clock) -> None:
    task = await running(store)
    await open_call(store, task)
    clock.advance(16)
    await rescue(store)
    [new] = await claim(store, worker="w2")
    await open_call(store, new, n=1)
    with pytest.raises(LeaseLost):
        await open_call(store, task, n=2)
    await settle_call(store, task, n=0, answer="paid for")
    await settle_call(store, task, n=1, answer="not its own")
    calls = await store.calls(task.job_id) or []
    assert [(call.n, call.answer) for call in calls] == [(0, "paid for"), (1, None)]


async def test_a_call_can_be_settled_after_the_job_ended_and_not_after_it_was_deleted(store: Store) -> None:
    task = await running(store)
    await open_call(store, task)
    await finish(store, task, Event.GIVE_UP)
    await settle_call(store, task)
    assert [call.outcome for call in await store.calls(task.job_id) or []] == ["succeeded"]
    await store.delete(task.job_id, "ann")
    await settle_call(store, task)
    assert await store.calls(task.job_id) is None


async def test_log_lines_are_numbered_from_one_across_batches_and_attempts(store: Store) -> None:
    task = await running(store)
    await asyncio.gather(*(log(store, task, f"a{n}") for n in range(3)))
    await log(store, task, "b")
    await finish(store, task, Event.INTERRUPT)
    [task] = await claim(store)
    await log(store, task, "c", at=9)
    lines = await store.log(task.job_id) or []
    assert [(line.n, line.text) for line in lines] == [(1, "a0"), (2, "a1"), (3, "a2"), (4, "b"), (5, "c")]
    assert [line.n for line in await store.log(task.job_id, after=2, limit=2) or []] == [3, 4]
    assert lines[-1].at == 9


async def test_lines_of_several_jobs_in_one_batch_are_numbered_apart(store: Store) -> None:
    one, two = await running(store), await running(store)
    for text in ("x", "y"):
        store.put(Log(one.key, 1, text))
        store.put(Log(two.key, 1, text))
    await log(store, two, "z")
    assert [line.n for line in await store.log(one.job_id) or []] == [1, 2]
    assert [line.text for line in await store.log(two.job_id) or []] == ["x", "y", "z"]


async def test_the_same_line_twice_is_two_lines(store: Store) -> None:
    task = await running(store)
    await log(store, task, "again")
    await log(store, task, "again")
    assert len(await store.log(task.job_id) or []) == 2


async def test_progress_is_seen_and_raises_the_version_by_one(store: Store) -> None:
    task = await running(store)
    await report(store, task.key, 20, step='["Part {n}", {"n": 3}]')
    seen = await see(store, task.job_id)
    assert seen.percent == 20
    assert seen.step == Text("Part {n}", {"n": 3})
    assert seen.version == 3
    await report(store, task.key, 30)
    assert (await see(store, task.job_id)).step == seen.step
    assert (await see(store, task.job_id)).version == 4


async def test_percent_never_falls_and_what_changes_nothing_is_no_version(store: Store) -> None:
    task = await running(store)
    await report(store, task.key, 50, step='["Half", {}]')
    version = (await see(store, task.job_id)).version
    await report(store, task.key, 20)
    await report(store, task.key, 50, step='["Half", {}]')
    seen = await see(store, task.job_id)
    assert (seen.percent, seen.version) == (50, version)
    await report(store, task.key, 20, step='["Back", {}]')
    seen = await see(store, task.job_id)
    assert (seen.percent, seen.step, seen.version) == (50, Text("Back"), version + 1)


async def test_percent_survives_a_lost_lease_and_restarts_with_a_round(store: Store, clock: Clock) -> None:
    task = await running(store)
    await report(store, task.key, 60)
    clock.advance(16)
    await rescue(store)
    assert (await see(store, task.job_id)).percent == 60
    [task] = await claim(store)
    await finish(store, task, Event.GIVE_UP)
    assert (await see(store, task.job_id)).percent == 60
    await store.retry(task.job_id, "ann")
    assert (await see(store, task.job_id)).percent == 0


async def test_reports_of_one_batch_are_merged(store: Store) -> None:
    """A later report without a step text does not swallow the earlier one's."""
    task = await running(store)
    store.put(Progress(task.key, 10, '["One", {}]'))
    store.put(Progress(task.key, 30))
    await report(store, task.key, 20)
    seen = await see(store, task.job_id)
    assert seen.percent == 30
    assert seen.step == Text("One")


async def test_a_late_worker_writes_nothing(store: Store, clock: Clock) -> None:
    task = await stale(store, clock)
    before = await see(store, task.job_id)
    await report(store, task.key, 99, step='["Ghost", {}]')
    assert await beat(store, task.key) == {}
    for write in (checkpoint(store, task), open_call(store, task), log(store, task, "ghost")):
        with pytest.raises(LeaseLost):
            await write
    assert await see(store, task.job_id) == before
    assert (
        await store.steps(task.job_id) == await store.calls(task.job_id) == await store.log(task.job_id) == []
    )


@pytest.mark.parametrize("meanwhile", ["rescue", "finish", "retry", "delete"])
async def test_nothing_is_written_under_a_fence_whose_lease_is_over(
    store: Store, clock: Clock, meanwhile: str
) -> None:
    """The same fence, but no lease: after a rescue, an end, in the next round, and after the job is gone."""
    task = await running(store)
    if meanwhile == "rescue":
        clock.advance(16)
        await rescue(store, Event.DIE)
    else:
        await finish(store, task, Event.GIVE_UP)
    if meanwhile == "retry":
        await store.retry(task.job_id, "ann")
    if meanwhile == "delete":
        await store.delete(task.job_id, "ann")
    before = await store.snapshot(task.job_id)
    await report(store, task.key, 99)
    assert await beat(store, task.key) == {}
    for write in (checkpoint(store, task), open_call(store, task), log(store, task, "ghost")):
        with pytest.raises(LeaseLost):
            await write
    assert await store.snapshot(task.job_id) == before
    if meanwhile == "rescue":
        [again] = await claim(store)
        assert again.deaths == 1
    assert await healthy(store)


async def test_a_lost_and_a_live_checkpoint_in_one_batch_are_told_apart(store: Store, clock: Clock) -> None:
    old = await running(store)
    clock.advance(16)
    await rescue(store)
    [new] = await claim(store, worker="w2")
    results: list[object] = []
    store.put(Checkpoint(old.key, "score", "0", "h", None, '"old"', 1), results.append)
    assert await checkpoint(store, new, value='"new"') is True
    assert isinstance(results[0], LeaseLost)
    assert [step.value for step in await store.steps(new.job_id) or []] == ['"new"']
