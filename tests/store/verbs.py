"""What store tests do over and over, by the store's own verbs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from headway.core.ids import new_id
from headway.core.states import Event, Transition, decide
from headway.store import NewJob, Snapshot, Store
from headway.store.driver import Hint, Value, Writer
from headway.store.intents import Claim, Claimed, Finish, Heartbeat, Progress, TaskKey
from headway.store.jobs import end_waiting, seen_task
from headway.store.moves import write_moves

LEASE_MS = 15_000


def new_job(owner: str = "ann", kind: str = "essay", input: str = "{}", **more: Any) -> NewJob:
    return NewJob(new_id(), owner, kind, input, **more)


async def submit(store: Store, **more: Any) -> str:
    [made] = await store.submit([new_job(**more)])
    return made.id


async def claim(
    store: Store, n: int = 1, worker: str = "w1", queues: tuple[str, ...] = ("default",)
) -> list[Claimed]:
    claimed: list[Claimed] = await store.do(Claim(worker, new_id(), queues, n, LEASE_MS))
    return claimed


async def running(store: Store, **more: Any) -> Claimed:
    """Submit a job and claim it; nothing else may be ready."""
    await submit(store, **more)
    [task] = await claim(store)
    return task


async def finish(store: Store, task: Claimed, event: Event = Event.SUCCEED, **more: Any) -> Transition:
    move: Transition = await store.do(Finish(task, "w1", event, **more))
    return move


async def report(store: Store, key: TaskKey, percent: int, **more: Any) -> None:
    await store.do(Progress(key, percent, **more))


async def beat(store: Store, *keys: TaskKey, worker: str = "w1") -> dict[TaskKey, bool]:
    held: dict[TaskKey, bool] = await store.do(Heartbeat(worker, LEASE_MS, keys))
    return held


async def see(store: Store, job_id: str) -> Snapshot:
    snapshot = await store.snapshot(job_id)
    assert snapshot is not None
    return snapshot


async def rescue(store: Store, event: Event = Event.LOSE) -> int:
    """End every expired lease by `event`; returns how many there were."""

    def run(writer: Writer) -> int:
        found = writer.rows("expired", n=100)
        hints: set[Hint] = set()
        for row in found:
            task, job = seen_task(row)
            intent = Finish(replace(task, claimed_at=int(row[12] or 0)), str(row[11]), event)
            missed = write_moves(
                writer, [(intent, decide(job, event, writer.now), job.cancel_requested)], hints
            )
            assert not missed
        return len(found)

    return await store.act(run, "work", "change")


async def promote(store: Store) -> int:
    return await store.act(lambda w: w.run("promote"), "work")


async def end_overdue(store: Store) -> int:
    def run(writer: Writer) -> int:
        hints: set[Hint] = set()
        return sum(end_waiting(writer, row, Event.GIVE_UP, '{"type": "deadline"}', hints) for row in
                   writer.rows("overdue", n=100))  # fmt: skip

    return await store.act(run, "change")


async def ask(store: Store, name: str, **params: Value) -> list[tuple[Value, ...]]:
    """The rows of a named query, inside a writing transaction."""
    return await store.act(lambda w: w.rows(name, **params))


async def unpack(store: Store, name: str, **params: Value) -> Sequence[Sequence[Value]]:
    """The same of a query that gives them packed."""
    return await store.act(lambda w: w.packed(name, **params))


async def healthy(store: Store) -> bool:
    return await store.audit() == []
