"""Several processes on one database: nothing is lost, nothing is done twice, and they hear of each other."""

import asyncio
import subprocess
import sys
import threading

import pytest
from tests.store.verbs import running, see, submit

from headway.core.states import Status
from headway.store import Store
from headway.store.driver import Hint

pytestmark = pytest.mark.anyio
JOBS = 150


def hammer(url: str, name: str, jobs: int = JOBS) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.hammer", url, name, str(jobs)], stdout=subprocess.PIPE, text=True
    )


async def test_two_processes_that_write_at_once_lose_nothing(store: Store, database_url: str) -> None:
    processes = [hammer(database_url, "one"), hammer(database_url, "two")]
    said = await asyncio.gather(
        *(asyncio.to_thread(process.communicate, timeout=60) for process in processes)
    )
    assert [process.returncode for process in processes] == [0, 0]
    accepted = {line for out, _ in said for line in out.split()}
    assert len(accepted) == 3 * JOBS
    jobs = await store.snapshots(list(accepted))
    assert set(jobs) == accepted
    depth = await store.depth()
    assert (depth.ready, depth.waiting, depth.leased) == (0, 0, 0)
    assert {job.status for job in jobs.values()} == {Status.COMPLETED}
    assert {job.version for job in jobs.values()} == {4}, "claimed once, moved once, ended once"
    assert len((await store.list_jobs(None, limit=1_000))[0]) == 3 * JOBS
    assert await store.audit() == []


async def test_what_a_killed_process_had_answered_is_there(store: Store, database_url: str) -> None:
    process = hammer(database_url, "doomed", 3_000)
    assert process.stdout is not None
    accepted = [await asyncio.to_thread(process.stdout.readline) for _ in range(40)]
    process.kill()
    accepted += await asyncio.to_thread(process.stdout.readlines)
    assert await asyncio.to_thread(process.wait, 60) < 0
    ids = {line.strip() for line in accepted if line.endswith("\n")}
    assert set(await store.snapshots(list(ids))) == ids
    await submit(store)
    assert await store.audit() == []


async def test_a_commit_of_another_process_is_heard(store: Store, database_url: str) -> None:
    heard: set[Hint] = set()
    both = asyncio.Event()

    def listen(hints: set[Hint]) -> None:
        heard.update(hints)
        if heard == {"work", "change"}:
            both.set()

    unsubscribe = store.subscribe(listen)
    process = hammer(database_url, "loud", 1)
    await asyncio.wait_for(both.wait(), 20)
    await asyncio.to_thread(process.communicate, timeout=60)
    unsubscribe()


async def test_ones_own_commit_is_heard(store: Store) -> None:
    heard: asyncio.Queue[set[Hint]] = asyncio.Queue()
    unsubscribe = store.subscribe(heard.put_nowait)
    await submit(store)
    assert "change" in await asyncio.wait_for(heard.get(), 60)
    unsubscribe()


async def test_a_store_whose_connections_are_cut_goes_on(
    store: Store, postgres_url: str, database_url: str
) -> None:
    """A restart of the server, as its clients see it."""
    if database_url.startswith("sqlite"):
        store.close()
        store = Store.open(postgres_url)
        store.start()
        database_url = postgres_url
    task = await running(store)
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as pg:
        pg.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
    again = await submit(store)
    assert (await see(store, again)).status is Status.PENDING
    assert (await see(store, task.job_id)).running
    store.close()


async def test_a_store_refuses_to_be_awaited_on_a_loop_that_it_was_not_started_on(store: Store) -> None:
    answers: list[str] = []

    def elsewhere() -> None:
        try:
            asyncio.run(submit(store))
        except RuntimeError as refusal:
            answers.append(str(refusal))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    await asyncio.to_thread(thread.join)
    assert "start() on this one" in answers[0]
