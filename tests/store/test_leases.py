"""Leases: renewed by heartbeats, rescued when they ran out; what waits is promoted, what is too late ends."""

import pytest
from tests.conftest import Clock
from tests.store.verbs import (
    LEASE_MS,
    ask,
    beat,
    claim,
    end_overdue,
    finish,
    healthy,
    promote,
    rescue,
    running,
    see,
    submit,
)

from headway.core.states import Event, Status
from headway.store import Store
from headway.store.intents import Heartbeat

pytestmark = pytest.mark.anyio
SEEN = {"id": "w1", "host": "h", "pid": 7, "version": "1", "queues": '["default"]', "concurrency": 4,
        "state": "running", "memory_mb": None, "running": 1, "runs": None}  # fmt: skip


async def test_a_heartbeat_extends_a_lease(store: Store, clock: Clock) -> None:
    task = await running(store)
    for _ in range(3):
        clock.advance(10)
        assert await beat(store, task.key) == {task.key: False}
        assert await rescue(store) == 0
    clock.advance(16)
    assert await rescue(store) == 1


async def test_a_heartbeat_tells_only_what_is_still_held(store: Store, clock: Clock) -> None:
    lost, ended, held = await running(store), await running(store), await running(store)
    clock.advance(10)
    await beat(store, held.key, ended.key)
    clock.advance(6)
    await rescue(store)
    await finish(store, ended)
    unknown = ("00000000-0000-7000-8000-000000000000", 0, 1)
    assert await beat(store, lost.key, ended.key, held.key, unknown) == {held.key: False}


async def test_a_heartbeat_of_another_worker_extends_nothing(store: Store, clock: Clock) -> None:
    task = await running(store)
    clock.advance(14)
    assert await beat(store, task.key, worker="w2") == {}
    clock.advance(2)
    assert await rescue(store) == 1


async def test_a_heartbeat_is_not_a_visible_change(store: Store) -> None:
    task = await running(store)
    before = await see(store, task.job_id)
    await beat(store, task.key)
    assert await see(store, task.job_id) == before


async def test_a_worker_describes_itself_with_its_heartbeat(store: Store, clock: Clock) -> None:
    assert await store.do(Heartbeat("w1", LEASE_MS, [], dict(SEEN))) == {}
    clock.advance(5)
    await store.do(Heartbeat("w1", LEASE_MS, [], {**SEEN, "running": 2, "runs": '["a", "b"]'}))
    [worker] = await store.workers()
    assert (worker.id, worker.pid, worker.queues, worker.running, worker.runs) == (
        "w1",
        7,
        ["default"],
        2,
        ["a", "b"],
    )
    assert worker.heartbeat_at - worker.started_at >= 5_000
    await store.do(Heartbeat("w1", LEASE_MS, [], {**SEEN, "pid": 8}))
    [worker] = await store.workers()
    assert worker.started_at == worker.heartbeat_at
    clock.advance(100)
    assert await store.forget_workers(99_000) == 1
    assert await store.workers() == []


async def test_an_expired_lease_is_rescued_once_and_the_job_goes_on(store: Store, clock: Clock) -> None:
    task = await running(store)
    assert await rescue(store) == 0
    clock.advance(LEASE_MS / 1000 + 0.1)
    assert await rescue(store) == 1
    assert await rescue(store) == 0
    seen = await see(store, task.job_id)
    assert (seen.status, seen.ready, seen.tries) == (Status.PROCESSING, True, 0)
    [attempt] = await store.attempts(task.job_id) or []
    assert (attempt.outcome, attempt.worker, attempt.started_at) == ("lost", "w1", task.claimed_at)
    [again] = await claim(store)
    assert again.fence == 2
    assert await healthy(store)


async def test_a_cancelled_job_whose_worker_is_lost_ends_as_cancelled(store: Store, clock: Clock) -> None:
    task = await running(store)
    await store.cancel(task.job_id, "ann", by="ann")
    clock.advance(16)
    assert await rescue(store, Event.DIE) == 1
    assert (await see(store, task.job_id)).status is Status.CANCELLED


async def test_promotion_takes_what_is_due_and_nothing_else(store: Store, clock: Clock) -> None:
    snoozed, failed = await running(store, max_attempts=2), await running(store, max_attempts=2)
    await finish(store, snoozed, Event.SNOOZE, delay_ms=10_000)
    await finish(store, failed, Event.FAIL, delay_ms=20_000)
    leased = await running(store)
    clock.advance(11)
    assert await promote(store) == 1
    assert (await see(store, snoozed.job_id)).ready
    assert not (await see(store, failed.job_id)).ready
    assert (await see(store, leased.job_id)).running
    clock.advance(10)
    assert await promote(store) == 1
    assert await healthy(store)


async def test_a_park_is_as_long_as_it_says_by_the_databases_clock(store: Store, clock: Clock) -> None:
    clock.advance(3600)
    task = await running(store)
    await finish(store, task, Event.PARK, delay_ms=5_000)
    assert await promote(store) == 0
    clock.advance(6)
    assert await promote(store) == 1


@pytest.mark.parametrize("state", ["ready", "scheduled", "snoozed", "interrupted"])
async def test_a_job_past_its_deadline_ends_while_nobody_runs_it(
    store: Store, clock: Clock, state: str
) -> None:
    [[now]] = await ask(store, "now")
    deadline = int(now or 0) + 30_000
    if state in ("ready", "scheduled"):
        job_id = await submit(
            store, deadline_at=deadline, scheduled_at=2**50 if state == "scheduled" else None
        )
    else:
        task = await running(store, deadline_at=deadline)
        job_id = task.job_id
        await finish(store, task, Event.SNOOZE if state == "snoozed" else Event.INTERRUPT, delay_ms=10**9)
    assert await end_overdue(store) == 0
    before = await store.attempts(job_id)
    clock.advance(31)
    assert await end_overdue(store) == 1
    seen = await see(store, job_id)
    assert (seen.status, seen.error) == (Status.FAILED, {"type": "deadline"})
    assert await store.attempts(job_id) == before
    assert await healthy(store)


async def test_the_deadline_of_a_running_job_is_its_workers_business(store: Store, clock: Clock) -> None:
    task = await running(store, deadline_at=1)
    clock.advance(100)
    assert await end_overdue(store) == 0
    assert (await see(store, task.job_id)).running
