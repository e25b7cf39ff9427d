"""Asking a job to end, in every status."""

import pytest
from tests.store.verbs import beat, claim, finish, healthy, running, see, submit

from headway.core.errors import Conflict, JobNotFound
from headway.core.states import Event, Status
from headway.store import Store

pytestmark = pytest.mark.anyio
NOBODY = "00000000-0000-7000-8000-000000000000"


async def test_a_pending_job_is_cancelled_at_once(store: Store) -> None:
    job_id = await submit(store)
    await store.cancel(job_id, "ann", by="ann")
    seen = await see(store, job_id)
    assert (seen.status, seen.cancelled_by, seen.version) == (Status.CANCELLED, "ann", 2)
    assert seen.finished_at is not None
    assert await claim(store) == []
    assert await store.attempts(job_id) == []
    assert await healthy(store)


async def test_a_scheduled_job_is_cancelled_at_once(store: Store) -> None:
    job_id = await submit(store, scheduled_at=2**50)
    await store.cancel(job_id, "ann", by="ann")
    assert (await see(store, job_id)).status is Status.CANCELLED


@pytest.mark.parametrize("event", [Event.SNOOZE, Event.FAIL, Event.INTERRUPT])
async def test_a_job_that_waits_between_two_claims_is_cancelled_at_once(store: Store, event: Event) -> None:
    task = await running(store, max_attempts=2)
    await finish(store, task, event, delay_ms=60_000)
    await store.cancel(task.job_id, "ann", by="ann")
    seen = await see(store, task.job_id)
    assert (seen.status, seen.cancel_requested) == (Status.CANCELLED, False)
    assert len(await store.attempts(task.job_id) or []) == 1
    assert await healthy(store)


async def test_a_running_job_is_flagged_and_its_worker_hears_of_it(store: Store) -> None:
    task = await running(store)
    assert await beat(store, task.key) == {task.key: False}
    await store.cancel(task.job_id, "ann", by="ann")
    seen = await see(store, task.job_id)
    assert (seen.status, seen.cancel_requested, seen.version) == (Status.PROCESSING, True, 3)
    assert await beat(store, task.key) == {task.key: True}
    asked = await store.read(lambda r: r.rows("cancels", worker="w1"))
    assert asked == [task.key]
    await finish(store, task, Event.STOP)
    assert (await see(store, task.job_id)).status is Status.CANCELLED


async def test_asking_again_is_the_same(store: Store) -> None:
    task = await running(store)
    await store.cancel(task.job_id, "ann", by="ann")
    before = await see(store, task.job_id)
    await store.cancel(task.job_id, "ann", by="somebody else")
    assert await see(store, task.job_id) == before
    await finish(store, task, Event.STOP)
    before = await see(store, task.job_id)
    assert before.cancelled_by == "ann"
    await store.cancel(task.job_id, "ann", by="ann")
    assert await see(store, task.job_id) == before


@pytest.mark.parametrize("event", [Event.SUCCEED, Event.GIVE_UP])
async def test_an_ended_job_cannot_be_cancelled(store: Store, event: Event) -> None:
    task = await running(store)
    await finish(store, task, event)
    before = await see(store, task.job_id)
    with pytest.raises(Conflict):
        await store.cancel(task.job_id, "ann", by="ann")
    assert await see(store, task.job_id) == before


@pytest.mark.parametrize("job_id", [NOBODY, "7", "", "' OR 1"])
async def test_what_is_not_there_cannot_be_cancelled_retried_or_deleted(store: Store, job_id: str) -> None:
    for verb in (store.cancel(job_id, None, by="ann"), store.retry(job_id, None), store.delete(job_id, None)):
        with pytest.raises(JobNotFound):
            await verb
