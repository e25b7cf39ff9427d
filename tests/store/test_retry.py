"""Another round, and removal."""

import asyncio

import pytest
from tests.conftest import Clock
from tests.store.paying import fanned
from tests.store.test_steps import checkpoint, log, open_call, settle_call
from tests.store.verbs import ask, claim, finish, healthy, report, running, see, submit

from headway.core.errors import Conflict, InvalidInput
from headway.core.states import Event, Status
from headway.store import Store

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("event", [Event.GIVE_UP, Event.STOP])
async def test_a_failed_or_cancelled_job_gets_another_round(store: Store, event: Event) -> None:
    task = await running(store, max_attempts=3)
    await report(store, task.key, 40, step='["Half", {}]')
    await finish(store, task, event, error='{"type": "x"}')
    before = await see(store, task.job_id)
    await store.retry(task.job_id, "ann")
    seen = await see(store, task.job_id)
    assert (seen.status, seen.percent, seen.step, seen.tries) == (Status.PENDING, 0, None, 0)
    assert (seen.started_at, seen.finished_at, seen.error, seen.cancelled_by) == (None, None, None, None)
    assert (seen.version, seen.attempt, seen.ready) == (before.version + 1, 1, True)
    [again] = await claim(store)
    assert (again.fence, again.tries, again.max_attempts) == (2, 0, 3)
    await finish(store, again, result="2")
    assert [a.outcome for a in await store.attempts(task.job_id) or []] == [
        "cancelled" if event is Event.STOP else "failed",
        "succeeded",
    ]
    assert await healthy(store)


async def test_a_job_cancelled_before_it_ran_gets_another_round(store: Store) -> None:
    job_id = await submit(store)
    await store.cancel(job_id, "ann", by="ann")
    await store.retry(job_id, "ann")
    [task] = await claim(store)
    assert (task.job_id, task.fence) == (job_id, 1)
    await finish(store, task)
    assert [a.outcome for a in await store.attempts(job_id) or []] == ["succeeded"]


async def test_a_job_retried_after_its_time_does_not_wait_again(store: Store) -> None:
    job_id = await submit(store, scheduled_at=2**50, deadline_at=2**50 + 1)
    await store.cancel(job_id, "ann", by="ann")
    await store.retry(job_id, "ann")
    assert (await see(store, job_id)).scheduled_at is None
    assert [task.deadline_at for task in await claim(store)] == [None]


async def test_a_completed_job_is_retried_from_scratch_only(store: Store) -> None:
    task = await running(store)
    await checkpoint(store, task)
    await finish(store, task, result="1")
    with pytest.raises(Conflict):
        await store.retry(task.job_id, "ann")
    await store.retry(task.job_id, "ann", scratch=True)
    assert await store.result(task.job_id) == (await see(store, task.job_id), None)
    assert await store.steps(task.job_id) == []
    assert [a.outcome for a in await store.attempts(task.job_id) or []] == ["succeeded"]
    assert await healthy(store)


@pytest.mark.parametrize("scratch", [False, True])
async def test_an_unfinished_job_cannot_be_retried(store: Store, scratch: bool) -> None:
    job_id = await submit(store)
    with pytest.raises(Conflict):
        await store.retry(job_id, "ann", scratch=scratch)
    await claim(store)
    with pytest.raises(Conflict):
        await store.retry(job_id, "ann", scratch=scratch)
    assert (await see(store, job_id)).version == 2


async def test_versions_rise_over_rounds(store: Store) -> None:
    task = await running(store)
    versions = []
    for _ in range(3):
        await finish(store, task, Event.GIVE_UP)
        versions.append((await see(store, task.job_id)).version)
        await store.retry(task.job_id, "ann")
        versions.append((await see(store, task.job_id)).version)
        [task] = await claim(store)
        versions.append((await see(store, task.job_id)).version)
    assert versions == list(range(3, 12))


async def test_a_deleted_job_leaves_nothing(store: Store) -> None:
    file_id = await store.create_file("ann", "pdf", "a.pdf", "application/pdf")
    await store.write_block(file_id, 0, b"data")
    task = await running(store, files=(file_id,))
    await checkpoint(store, task)
    await open_call(store, task)
    await settle_call(store, task)
    await log(store, task, "line")
    await store.create_share(task.job_id, "ann", 2**60)
    await finish(store, task, Event.GIVE_UP)
    await store.delete(task.job_id, "ann")
    assert await store.snapshot(task.job_id) is None
    for name in ("attempts_of", "calls_of", "files_of"):
        assert await ask(store, name, id=task.job_id) == []
    assert await ask(store, "checkpoints_of", id=task.job_id, prefix="") == []
    assert await ask(store, "block", id=file_id, n=0) == []
    assert await ask(store, "log_of", id=task.job_id, after=0, n=9) == []
    assert await store.revoke_shares(task.job_id, None) == 0
    assert await healthy(store)


async def test_an_unfinished_job_is_not_deleted(store: Store) -> None:
    job_id = await submit(store)
    with pytest.raises(Conflict):
        await store.delete(job_id, "ann")
    await claim(store)
    with pytest.raises(Conflict):
        await store.delete(job_id, "ann")
    assert (await see(store, job_id)).running


async def test_pruning_deletes_old_ended_jobs_only(store: Store, clock: Clock) -> None:
    old = [await running(store) for _ in range(3)]
    for task in old[:2]:
        await finish(store, task)
    waiting = await submit(store)
    clock.advance(3_600 * 2)
    young = await running(store, priority=9)
    await finish(store, young)
    assert await store.prune(1, dry_run=True) == 2
    assert (await see(store, old[0].job_id)).finished
    assert await store.prune(1) == 2
    assert await store.prune(1) == 0
    left = {s.id for s in (await store.list_jobs(None))[0]}
    assert left == {old[2].job_id, waiting, young.job_id}


async def test_pruning_removes_every_file_that_no_job_came_for(store: Store, clock: Clock) -> None:
    await asyncio.gather(
        *(store.create_file("ann", "pdf", f"{n}.pdf", "application/pdf") for n in range(450))
    )
    clock.advance(3_601)
    young = await store.create_file("ann", "pdf", "young.pdf", "application/pdf")
    await store.prune(1)
    assert await ask(store, "loose_files", cutoff=2**60, n=9) == [(young,)]


async def test_only_chunks_that_failed_or_are_unfinished_are_retried_by_number(store: Store) -> None:
    body = await running(store)
    good, bad, late = await fanned(store, body, 3)
    await finish(store, good, result="1")
    await finish(store, bad, Event.GIVE_UP, error='{"type": "x", "message": "no"}')
    await store.cancel(body.job_id, "ann", by="ann")
    await finish(store, late, Event.INTERRUPT)
    before = await see(store, body.job_id)
    for idle in ([], [good.part], [bad.part, 99], [0], [-1], [2**70]):
        with pytest.raises(InvalidInput, match="chunks"):
            await store.retry(body.job_id, "ann", chunks=idle)
    assert await see(store, body.job_id) == before
    await store.retry(body.job_id, "ann", chunks=[late.part, bad.part, bad.part])
    assert (await see(store, body.job_id)).status is Status.PENDING
    assert await healthy(store)
