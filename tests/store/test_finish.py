"""How a claim ends: by every event, once, and never late."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import Clock
from tests.store.paying import fanned
from tests.store.verbs import ask, claim, finish, healthy, promote, report, rescue, running, see

from headway.core.errors import LeaseLost
from headway.core.states import Event, Illegal, Outcome, Phase, Status
from headway.store import Attempt, Store
from headway.store.apply import apply
from headway.store.driver import Row, Value, Writer
from headway.store.intents import Ends, Finish

pytestmark = pytest.mark.anyio
ERROR = '{"type": "boom"}'
ENDS = [event for event in Event if event not in (Event.CLAIM, Event.PROMOTE, Event.CANCEL, Event.RETRY)]


async def only_attempt(store: Store, job_id: str) -> Attempt:
    [attempt] = await store.attempts(job_id) or []
    return attempt


async def test_success_keeps_the_result_and_what_the_task_knew(store: Store) -> None:
    task = await running(store)
    await report(store, task.key, 40, step='["Scoring", {}]')
    move = await finish(store, task, result='{"band": 7}')
    assert (move.status, move.outcome) == (Status.COMPLETED, Outcome.SUCCEEDED)
    seen = await see(store, task.job_id)
    assert (seen.status, seen.percent, seen.running, seen.version) == (Status.COMPLETED, 100, False, 4)
    assert seen.step is not None
    assert seen.step.id == "Scoring"
    assert seen.finished_at is not None
    found = await store.result(task.job_id)
    assert found is not None
    assert found[1] == '{"band": 7}'
    attempt = await only_attempt(store, task.job_id)
    assert (attempt.outcome, attempt.fence, attempt.attempt, attempt.worker) == ("succeeded", 1, 1, "w1")
    assert attempt.ended_at == seen.finished_at
    assert await healthy(store)


class Watched:
    """A writer that knows the longest document it was given."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.longest = 0

    def rows(self, name: str, /, **params: Value) -> list[Row]:
        self.longest = max(self.longest, len(str(params.get("rows", ""))))
        return self._writer.rows(name, **params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


async def test_large_results_of_chunks_are_kept_whole_and_go_beside_their_batch(store: Store) -> None:
    chunks = await fanned(store, await running(store), 3)
    large = json.dumps("x" * (1 << 20))
    results = [large, "1", large]
    ends = Ends(
        [Finish(task, "w1", Event.SUCCEED, result=text) for task, text in zip(chunks, results, strict=True)]
    )

    def end(writer: Writer) -> int:
        watched = Watched(writer)
        apply(watched, [ends])  # type: ignore[arg-type]  # delegates what it does not name
        return watched.longest

    assert await store.act(end) < 1_000
    kept = await ask(store, "chunks_of", id=chunks[0].job_id)
    assert [row[6] for row in kept] == results
    assert {row[4] for row in kept} == {"succeeded"}


async def test_a_failure_with_tries_left_waits_and_runs_again(store: Store, clock: Clock) -> None:
    task = await running(store, max_attempts=2)
    await report(store, task.key, 40)
    move = await finish(store, task, Event.FAIL, error=ERROR, delay_ms=5_000)
    assert (move.status, move.phase) == (Status.PROCESSING, Phase.WAITING)
    seen = await see(store, task.job_id)
    assert (seen.status, seen.tries, seen.attempt, seen.percent, seen.running) == (
        Status.PROCESSING,
        1,
        2,
        40,
        False,
    )
    assert await claim(store) == []
    clock.advance(5.1)
    assert await promote(store) == 1
    [again] = await claim(store)
    assert (again.tries, again.percent, again.fence) == (1, 40, 2)
    move = await finish(store, again, Event.FAIL, error=ERROR)
    seen = await see(store, task.job_id)
    assert (seen.status, seen.tries, seen.attempt, seen.error) == (Status.FAILED, 2, 2, {"type": "boom"})
    attempts = await store.attempts(task.job_id) or []
    assert [(a.fence, a.attempt, a.outcome, a.error) for a in attempts] == [
        (1, 1, "failed", {"type": "boom"}),
        (2, 2, "failed", {"type": "boom"}),
    ]
    assert await healthy(store)


async def test_giving_up_fails_at_once_whatever_tries_are_left(store: Store) -> None:
    task = await running(store, max_attempts=9)
    await finish(store, task, Event.GIVE_UP, error=ERROR)
    seen = await see(store, task.job_id)
    assert (seen.status, seen.tries, seen.attempt) == (Status.FAILED, 1, 1)


@pytest.mark.parametrize(
    ("event", "outcome", "ready"),
    [
        (Event.SNOOZE, "snoozed", False),
        (Event.PARK, "parked", False),
        (Event.INTERRUPT, "interrupted", True),
        (Event.LOSE, "lost", True),
        (Event.DIE, "lost", True),
    ],
)
async def test_an_end_without_blame_costs_no_try(
    store: Store, event: Event, outcome: str, ready: bool
) -> None:
    task = await running(store)
    await finish(store, task, event, delay_ms=60_000, ran_ms=1_234)
    seen = await see(store, task.job_id)
    assert (seen.status, seen.tries, seen.ready, seen.running) == (Status.PROCESSING, 0, ready, False)
    assert (await only_attempt(store, task.job_id)).outcome == outcome
    if ready:
        [again] = await claim(store)
        assert (again.tries, again.ran_ms, again.deaths) == (0, 1_234, int(event is Event.DIE))
    assert await healthy(store)


async def test_stopping_ends_as_cancelled(store: Store) -> None:
    task = await running(store)
    await finish(store, task, Event.STOP, cancelled_by="handler")
    seen = await see(store, task.job_id)
    assert (seen.status, seen.cancelled_by, seen.percent) == (Status.CANCELLED, "handler", 0)


async def test_the_second_death_makes_a_suspect_and_the_third_ends_it(store: Store) -> None:
    task = await running(store)
    for deaths, suspect in ((1, False), (2, True)):
        await finish(store, task, Event.DIE)
        [task] = await claim(store)
        assert (task.deaths, task.suspect) == (deaths, suspect)
    await finish(store, task, Event.DIE, error=ERROR)
    assert (await see(store, task.job_id)).status is Status.FAILED


async def test_an_event_that_ends_no_claim_is_refused(store: Store) -> None:
    task = await running(store)
    with pytest.raises(Illegal):
        await finish(store, task, Event.CLAIM)
    assert (await see(store, task.job_id)).running


@pytest.mark.parametrize("event", ENDS)
async def test_whatever_ends_a_cancelled_claim_ends_the_job_as_cancelled(store: Store, event: Event) -> None:
    task = await running(store)
    await store.cancel(task.job_id, "ann", by="ann")
    move = await finish(store, task, event, result='"late"', error=ERROR)
    assert move.status is Status.CANCELLED
    seen = await see(store, task.job_id)
    assert (seen.status, seen.cancelled_by, seen.error) == (Status.CANCELLED, "ann", None)
    assert await store.result(task.job_id) == (seen, None)
    assert (await only_attempt(store, task.job_id)).outcome == "cancelled"
    assert await healthy(store)


async def test_the_same_end_said_twice_gets_the_same_answer(store: Store) -> None:
    task = await running(store)
    assert await finish(store, task, result='"one"') == await finish(store, task, result='"two"')
    seen, result = await store.result(task.job_id) or (None, None)
    assert result == '"one"'
    assert seen is not None
    assert seen.version == 3


async def test_another_end_of_the_same_claim_is_refused(store: Store) -> None:
    task = await running(store)
    await finish(store, task, Event.SUCCEED)
    with pytest.raises(LeaseLost):
        await finish(store, task, Event.FAIL, error=ERROR)
    assert (await see(store, task.job_id)).status is Status.COMPLETED


@pytest.mark.parametrize("event", [Event.SUCCEED, Event.FAIL, Event.SNOOZE, Event.STOP, Event.INTERRUPT])
async def test_a_finish_is_refused_when_the_lease_was_lost(store: Store, clock: Clock, event: Event) -> None:
    """Whether or not another has claimed the task since."""
    task = await running(store, max_attempts=3)
    clock.advance(16)
    assert await rescue(store) == 1
    before = await see(store, task.job_id)
    with pytest.raises(LeaseLost):
        await finish(store, task, event)
    assert await see(store, task.job_id) == before
    [other] = await claim(store, worker="w2")
    before = await see(store, task.job_id)
    with pytest.raises(LeaseLost):
        await finish(store, task, event)
    assert await see(store, task.job_id) == before
    await finish(store, other)
    assert [a.outcome for a in await store.attempts(task.job_id) or []] == ["lost", "succeeded"]
    assert await healthy(store)


async def test_a_late_finish_does_not_end_the_next_round(store: Store) -> None:
    """A retry's task begins under the fence that ended the round before."""
    task = await running(store)
    await finish(store, task, Event.GIVE_UP, error=ERROR)
    await store.retry(task.job_id, "ann")
    with pytest.raises(LeaseLost):
        await finish(store, task, Event.SUCCEED, result='"stale"')
    assert (await see(store, task.job_id)).status is Status.PENDING
    [again] = await claim(store)
    with pytest.raises(LeaseLost):
        await finish(store, task, Event.SUCCEED, result='"stale"')
    await finish(store, again, result='"fresh"')
    assert await store.result(task.job_id) == (await see(store, task.job_id), '"fresh"')


async def test_a_finish_after_the_job_was_deleted_is_refused(store: Store) -> None:
    task = await running(store)
    await finish(store, task)
    await store.delete(task.job_id, "ann")
    with pytest.raises(LeaseLost):
        await finish(store, task)
    assert await ask(store, "owner_of", id=task.job_id, owner=None) == []


async def test_an_old_and_a_new_end_in_one_batch_are_told_apart(store: Store, clock: Clock) -> None:
    old = await running(store)
    clock.advance(16)
    await rescue(store)
    [new] = await claim(store)
    results: list[object] = []
    store.put(Finish(old, "w1", Event.FAIL, error=ERROR), results.append)
    await store.do(Finish(new, "w2", Event.SUCCEED))
    assert isinstance(results[0], LeaseLost)
    assert (await see(store, new.job_id)).status is Status.COMPLETED


async def test_many_ends_of_all_kinds_in_one_batch(store: Store) -> None:
    jobs = [await running(store, max_attempts=2) for _ in range(12)]
    events = [Event.SUCCEED, Event.FAIL, Event.GIVE_UP, Event.SNOOZE, Event.STOP, Event.INTERRUPT] * 2
    for task, event in zip(jobs[1:], events[1:], strict=True):
        store.put(Finish(task, "w1", event, delay_ms=1_000))
    await finish(store, jobs[0])
    statuses = [(await see(store, task.job_id)).status for task in jobs]
    assert statuses == ["completed", "processing", "failed", "processing", "cancelled", "processing"] * 2
    assert await healthy(store)


async def test_a_death_after_a_checkpoint_counts_as_the_first(store: Store) -> None:
    """The claim knew of one death; a checkpoint since has cleared it."""
    from tests.store.test_steps import checkpoint

    task = await running(store)
    await finish(store, task, Event.DIE)
    [task] = await claim(store)
    assert task.deaths == 1
    await checkpoint(store, task)
    await finish(store, task, Event.DIE)
    [task] = await claim(store)
    assert (task.deaths, task.suspect) == (1, False)


async def test_an_end_of_an_unknown_task_is_refused(store: Store) -> None:
    task = await running(store)
    with pytest.raises(LeaseLost):
        await finish(store, replace(task, job_id="00000000-0000-7000-8000-000000000000"))
    assert json.dumps((await see(store, task.job_id)).status) == '"processing"'
