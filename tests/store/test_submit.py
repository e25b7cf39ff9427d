"""Accepting jobs: durable, repeatable, one job per idempotency key."""

import asyncio

import pytest
from tests.conftest import Clock
from tests.store.verbs import ask, claim, finish, healthy, new_job, promote, running, see, submit

from headway.core.errors import IdempotencyMismatch
from headway.core.states import Status
from headway.store import Store
from headway.store.intents import Submit, Submitted

pytestmark = pytest.mark.anyio


async def test_a_submitted_job_is_pending_and_ready(store: Store) -> None:
    job = new_job(priority=3, max_attempts=2)
    assert await store.submit([job]) == [Submitted(job.id, True)]
    seen = await see(store, job.id)
    assert (seen.status, seen.percent, seen.version, seen.tries, seen.attempt) == (Status.PENDING, 0, 1, 0, 1)
    assert (seen.kind, seen.owner, seen.max_attempts, seen.ready, seen.running) == (
        "essay",
        "ann",
        2,
        True,
        False,
    )
    assert (seen.started_at, seen.finished_at, seen.error, seen.queue_position) == (None, None, None, 1)
    assert await healthy(store)


async def test_many_jobs_are_accepted_in_one_call_in_their_order(store: Store) -> None:
    jobs = [new_job() for _ in range(1_201)]
    made = await store.submit(jobs)
    assert [m.id for m in made] == [j.id for j in jobs]
    assert all(m.created for m in made)
    assert (await store.depth()).ready == 1_201


async def test_nothing_at_all_can_be_submitted(store: Store) -> None:
    assert await store.submit([]) == []


async def test_the_same_submission_again_changes_nothing(store: Store) -> None:
    job = new_job()
    await store.submit([job])
    assert await store.submit([job]) == [Submitted(job.id, True)]
    assert (await store.depth()).ready == 1


async def test_the_same_submission_twice_in_one_batch_makes_one_job(store: Store) -> None:
    job = new_job()
    assert await store.submit([job, job]) == [Submitted(job.id, True)] * 2
    assert (await store.depth()).ready == 1


async def test_a_submission_repeated_after_the_job_ran_does_not_run_it_again(store: Store) -> None:
    job = new_job()
    await store.submit([job])
    [task] = await claim(store)
    await store.submit([job])
    assert await claim(store) == []
    await finish(store, task, result='"done"')
    assert await store.submit([job]) == [Submitted(job.id, True)]
    assert (await see(store, job.id)).status is Status.COMPLETED
    assert await healthy(store)


async def test_one_key_is_one_job_within_a_batch_and_across_batches(store: Store) -> None:
    first, second, third = (new_job(idempotency_key="k", request_hash="h") for _ in range(3))
    made = await store.submit([first, second])
    assert made == [Submitted(first.id, True), Submitted(first.id, False)]
    assert await store.submit([third]) == [Submitted(first.id, False)]
    assert (await store.depth()).ready == 1
    assert await store.snapshot(second.id) is None


async def test_concurrent_submissions_under_one_key_make_one_job(store: Store) -> None:
    jobs = [new_job(idempotency_key="k", request_hash="h") for _ in range(20)]
    made = await asyncio.gather(*(store.submit([job]) for job in jobs))
    assert len({m.id for [m] in made}) == 1
    assert sum(m.created for [m] in made) == 1


async def test_a_key_belongs_to_its_owner(store: Store) -> None:
    ours, theirs = new_job("ann", idempotency_key="k"), new_job("bob", idempotency_key="k")
    made = await store.submit([ours, theirs])
    assert [m.id for m in made] == [ours.id, theirs.id]


async def test_a_key_with_another_request_is_refused_and_the_others_are_accepted(store: Store) -> None:
    first = new_job(idempotency_key="k", request_hash="h1")
    await store.submit([first])
    other, fine = new_job(idempotency_key="k", request_hash="h2"), new_job()
    with pytest.raises(IdempotencyMismatch):
        await store.submit([other, fine])
    assert await store.snapshot(other.id) is None
    assert (await see(store, fine.id)).status is Status.PENDING
    results = await store.do(Submit([other]))
    assert isinstance(results[0], IdempotencyMismatch)


async def test_a_key_still_names_its_job_after_the_end(store: Store) -> None:
    task = await running(store, idempotency_key="k", request_hash="h")
    await finish(store, task)
    [again] = await store.submit([new_job(idempotency_key="k", request_hash="h")])
    assert again == Submitted(task.job_id, False)


async def test_a_future_job_waits_until_its_time_and_is_promoted(store: Store, clock: Clock) -> None:
    [[now]] = await ask(store, "now")
    due = int(now or 0) + 60_000
    job_id = await submit(store, scheduled_at=due)
    seen = await see(store, job_id)
    assert (seen.status, seen.scheduled_at, seen.ready, seen.queue_position) == (
        Status.PENDING,
        due,
        False,
        None,
    )
    assert await claim(store) == []
    assert await promote(store) == 0
    assert await ask(store, "next_due") == [(due,)]
    clock.advance(61)
    assert await promote(store) == 1
    assert await promote(store) == 0
    [task] = await claim(store)
    assert task.job_id == job_id
    assert await ask(store, "next_due") == [(None,)]
    assert await healthy(store)


async def test_a_time_in_the_past_means_now(store: Store) -> None:
    job_id = await submit(store, scheduled_at=1)
    assert [task.job_id for task in await claim(store)] == [job_id]


async def test_files_are_attached_to_the_owners_job_only(store: Store) -> None:
    mine = await store.create_file("ann", "pdf", "a.pdf", "application/pdf")
    theirs = await store.create_file("bob", "pdf", "b.pdf", "application/pdf")
    job_id = await submit(store, files=(mine, theirs))
    assert [file.id for file in await store.files(job_id) or []] == [mine]


async def test_a_file_of_a_submission_that_made_no_job_stays_loose(store: Store, clock: Clock) -> None:
    await submit(store, idempotency_key="k")
    file_id = await store.create_file("ann", "pdf", "a.pdf", "application/pdf")
    await submit(store, idempotency_key="k", files=(file_id,))
    clock.advance(3_700)
    await store.prune(1e6)
    assert await ask(store, "loose_files", cutoff=2**60, n=10) == []
    assert await ask(store, "files_of", id=(await store.list_jobs("ann"))[0][0].id) == []


async def test_a_file_is_attached_once(store: Store) -> None:
    file_id = await store.create_file("ann", "pdf", "a.pdf", "application/pdf")
    first = await submit(store, files=(file_id,))
    second = await submit(store, files=(file_id,))
    assert [f.id for f in await store.files(first) or []] == [file_id]
    assert await store.files(second) == []


def test_submit_works_without_an_event_loop(database_url: str) -> None:
    store = Store.open(database_url)
    store.start_sync()
    try:
        job = new_job()
        assert store.submit_sync([job]) == [Submitted(job.id, True)]
    finally:
        store.close()
