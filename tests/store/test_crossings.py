"""On PostgreSQL another connection changes the very row that a statement is about, between its snapshot and its lock.

Such a row has moved on, and a statement that finds rows by their place passes it by: nothing may be lost by that.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from typing import Any, TypeVar

import pytest
from tests.conftest import Clock
from tests.store.verbs import LEASE_MS, claim, finish, running, see

from headway.core.states import Event
from headway.store import Store
from headway.store.intents import Claimed, FanOut, Heartbeat, Progress, TaskKey
from headway.store.leases import heartbeat, heartbeat_again
from headway.store.postgres import connect

pytestmark = pytest.mark.anyio
T = TypeVar("T")
Cross = Callable[[Awaitable[T], Claimed], Awaitable[T]]


@pytest.fixture
async def store(postgres_url: str, clock: Clock) -> AsyncIterator[Store]:
    with closing(Store.open(postgres_url, shift=clock)) as store:
        store.start()
        yield store


@pytest.fixture
def cross(store: Store, postgres_url: str) -> Cross[Any]:
    """Runs a write while another connection has changed the task's row, and commits once the write waits for it."""

    async def run(write: Awaitable[T], task: Claimed) -> T:
        with closing(connect(postgres_url)) as other:
            other.execute("BEGIN")
            other.execute(
                "UPDATE tasks SET ran_ms = ran_ms WHERE job_id = %s AND part = %s", (task.job_id, task.part)
            )
            asked = asyncio.ensure_future(write)
            await asyncio.to_thread(_until_someone_waits, postgres_url)
            other.execute("COMMIT")
            return await asked

    return run


def _until_someone_waits(url: str) -> None:
    with closing(connect(url)) as watcher:
        while watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
            continue


def _chunks(task: Claimed, n: int) -> FanOut:
    rows = [
        {"part": part, "key": str(part), "input_hash": "", "input": "[]", "ready": True}
        for part in range(1, n + 1)
    ]
    return FanOut(task.key, "step", rows, n, 0, 100, 3, fail_fast=False, capped=False)


async def test_an_end_is_written(store: Store, cross: Cross[Any]) -> None:
    task = await running(store)
    await cross(finish(store, task, result="1"), task)
    assert (await see(store, task.job_id)).status == "completed"


async def test_a_release_is_written(store: Store, cross: Cross[Any]) -> None:
    task = await running(store)
    await cross(finish(store, task, Event.INTERRUPT), task)
    assert len(await claim(store)) == 1


async def test_progress_is_written(store: Store, cross: Cross[Any]) -> None:
    task = await running(store)
    await cross(store.do(Progress(task.key, 40)), task)
    assert (await see(store, task.job_id)).percent == 40


async def test_a_heartbeat_is_not_taken_for_a_loss(store: Store, postgres_url: str) -> None:
    task, other = await running(store), await running(store)
    beat = Heartbeat("w1", LEASE_MS, [task.key, other.key])
    with closing(connect(postgres_url)) as writing, closing(store.driver.writer()) as writer:
        writing.execute("BEGIN")
        writing.execute("UPDATE tasks SET ran_ms = ran_ms WHERE job_id = %s", (task.job_id,))
        writer.begin()
        held = heartbeat(writer, beat)
        writer.commit()
        assert set(held) == {other.key}, "what is being written is passed by, not waited for"

        def again() -> dict[TaskKey, bool]:
            writer.begin()
            found = heartbeat_again(writer, beat, held)
            writer.commit()
            return found

        waiting = asyncio.ensure_future(asyncio.to_thread(again))
        await asyncio.to_thread(_until_someone_waits, postgres_url)
        writing.execute("COMMIT")
        assert set(await waiting) == {task.key}


async def test_a_fan_out_is_counted(store: Store, cross: Cross[Any]) -> None:
    body = await running(store)
    assert await cross(store.do(_chunks(body, 3)), body)
    assert (await see(store, body.job_id)).total_chunks == 3
    await finish(store, body, Event.PARK, for_chunks=True)
    for chunk in await claim(store, 5):
        await finish(store, chunk)
    assert [task.part for task in await claim(store)] == [0], "woken by the last chunk, and not before"


async def test_the_end_of_a_chunk_is_counted(store: Store, cross: Cross[Any]) -> None:
    body = await running(store)
    await store.do(_chunks(body, 2))
    await finish(store, body, Event.PARK, for_chunks=True)
    first, second = await claim(store, 5)
    await cross(finish(store, first), body)
    assert (await see(store, body.job_id)).processed_chunks == 1
    assert await claim(store) == []
    await cross(finish(store, second), second)
    assert [task.part for task in await claim(store)] == [0]


async def test_a_new_owner_and_an_end_both_count(store: Store, postgres_url: str) -> None:
    """Moving jobs to an account changes the task before the job, so that an end misses both or neither."""
    task = await running(store, owner="browser")
    with closing(connect(postgres_url)) as other:
        other.execute("BEGIN")
        for statement in store.driver.writer()._queries["move_owner"]:  # type: ignore[attr-defined]
            other.execute(statement.encode(), {"before": "browser", "after": "ann"})
        asked = asyncio.ensure_future(finish(store, task, result="1"))
        await asyncio.to_thread(_until_someone_waits, postgres_url)
        other.execute("COMMIT")
        await asked
    seen = await see(store, task.job_id)
    assert (seen.status, seen.owner) == ("completed", "ann")
    assert await store.audit() == []
