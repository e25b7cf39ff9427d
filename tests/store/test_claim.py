"""Taking tasks: the order, the limit, one owner each."""

import asyncio
import threading
from contextlib import closing
from typing import cast

import apsw
import orjson
import pytest
from tests.store.verbs import LEASE_MS, claim, finish, healthy, new_job, running, see, submit, unpack

from headway.core.ids import new_id
from headway.core.states import Event, Status
from headway.store import Store
from headway.store.intents import Claim, Claimed, FanOut
from headway.store.leases import claim as claim_now
from headway.store.sqlite import SqliteWriter
from headway.store.store import driver_for

pytestmark = pytest.mark.anyio


async def test_a_claim_gives_what_a_handler_needs(store: Store) -> None:
    job_id = await submit(store, input='{"essay": "…"}', max_attempts=3, priority=2, deadline_at=2**50)
    [task] = await claim(store, worker="w7")
    assert task.key == (job_id, 0, 1)
    assert (task.kind, task.owner, task.input, task.priority) == ("essay", "ann", '{"essay": "…"}', 2)
    assert (task.tries, task.max_attempts, task.deaths, task.suspect) == (0, 3, 0, False)
    assert (task.percent, task.ran_ms, task.deadline_at) == (0, 0, 2**50)
    seen = await see(store, job_id)
    assert (seen.status, seen.running, seen.started_at, seen.version) == (
        Status.PROCESSING,
        True,
        task.claimed_at,
        2,
    )
    assert await healthy(store)


async def test_large_work_is_claimed_whole_and_in_its_place(store: Store) -> None:
    texts = [orjson.dumps("\u00e9" * n).decode() for n in (1 << 20, 1, 40_000, 65_534, 0)]
    await store.submit([new_job(input=text) for text in texts])
    assert [task.input for task in await claim(store, n=5)] == texts
    await submit(store)
    [body] = await claim(store)
    arguments = [orjson.dumps(["\u00e9" * n]).decode() for n in (1 << 20, 1)]
    chunks = [
        {"part": n, "key": f"0:{n}", "input_hash": "h", "input": text, "ready": True}
        for n, text in enumerate(arguments, 1)
    ]
    await store.do(FanOut(body.key, "step", chunks, 2, 0, 100, 1, False, False))
    assert [orjson.loads(task.input) for task in await claim(store, n=2)] == [
        ["step", f"0:{n}", orjson.loads(text)] for n, text in enumerate(arguments, 1)
    ]


async def test_a_claim_may_take_more_than_one_value_of_sqlite_can_hold(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        store.start()
        await store.submit([new_job(input=f'"{"x" * (1 << 20)}"') for _ in range(10)])
        writer = cast(SqliteWriter, store.driver.writer())
        writer._connection.limit(apsw.SQLITE_LIMIT_LENGTH, 5 << 20)  # as 10^9 for larger inputs
        writer.begin()
        taken = claim_now(writer, Claim("w", new_id(), ("default",), 10, LEASE_MS))
        writer.commit()
        writer.close()
        assert [len(task.input) for task in taken] == [(1 << 20) + 2] * 10


async def test_nothing_ready_gives_nothing(store: Store) -> None:
    assert await claim(store) == []


async def test_the_higher_priority_goes_first_and_within_it_the_older(store: Store) -> None:
    low, high, low_too, high_too = [await submit(store, priority=p) for p in (0, 5, 0, 5)]
    assert [t.job_id for t in await claim(store, n=3)] == [high, high_too, low]
    assert [t.job_id for t in await claim(store, n=3)] == [low_too]


async def test_jobs_of_one_batch_are_claimed_in_their_order(store: Store) -> None:
    ids = [made.id for made in await store.submit([new_job() for _ in range(50)])]
    taken = [t.job_id for _ in range(5) for t in await claim(store, n=10)]
    assert taken == ids


async def test_queues_are_served_in_the_order_given_up_to_the_limit(store: Store) -> None:
    slow, quick, slow_too = [await submit(store, queue=q) for q in ("slow", "quick", "slow")]
    await submit(store, queue="other")
    taken = await claim(store, n=2, queues=("quick", "slow"))
    assert [t.job_id for t in taken] == [quick, slow]
    assert [t.job_id for t in await claim(store, n=9, queues=("quick", "slow"))] == [slow_too]


async def test_a_claim_takes_no_more_than_asked(store: Store) -> None:
    await store.submit([new_job() for _ in range(30)])
    assert len(await claim(store, n=7)) == 7
    assert len(await claim(store, n=0)) == 0
    assert (await store.depth()).leased == 7


async def test_concurrent_claimers_never_exceed_their_limit_and_never_share(
    store: Store, database_url: str
) -> None:
    """Each on a connection of its own, as processes would be."""
    ids = [made.id for made in await store.submit([new_job() for _ in range(400)])]
    taken: list[list[Claimed]] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        writer = driver_for(database_url).writer()
        start.wait()
        while True:
            writer.begin()
            tasks = claim_now(writer, Claim(name, new_id(), ("default",), 7, LEASE_MS))
            writer.commit()
            if not tasks:
                break
            taken.append(tasks)
        writer.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])
    assert max(map(len, taken)) <= 7
    assert sorted(task.job_id for tasks in taken for task in tasks) == sorted(ids)
    assert (await store.depth()).leased == 400


async def test_a_claim_can_be_read_back_by_its_id(store: Store) -> None:
    await store.submit([new_job() for _ in range(3)])
    claim_id = new_id()
    tasks = await store.do(Claim("w1", claim_id, ("default",), 2, LEASE_MS))
    again = [Claimed(*row) for row in await unpack(store, "claimed", worker="w1", claim_id=claim_id)]  # type: ignore[arg-type]
    assert sorted(again, key=lambda t: t.job_id) == sorted(tasks, key=lambda t: t.job_id)
    assert await unpack(store, "claimed", worker="w2", claim_id=claim_id) == []


async def test_the_fence_grows_by_one_per_claim_and_survives_a_retry(store: Store) -> None:
    task = await running(store, max_attempts=2)
    for fence in (1, 2):
        assert task.fence == fence
        await finish(store, task, Event.INTERRUPT)
        [task] = await claim(store)
    await finish(store, task, Event.SUCCEED)
    await store.retry(task.job_id, None, scratch=True)
    [task] = await claim(store)
    assert task.fence == 4


async def test_the_start_of_a_job_is_its_first_claim(store: Store) -> None:
    task = await running(store)
    await finish(store, task, Event.INTERRUPT)
    await claim(store)
    assert (await see(store, task.job_id)).started_at == task.claimed_at
