"""How a worker waits for work: at once when there is some, soon when it comes, and never for good."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import closing

import anyio
import psycopg
import pytest
from tests.store.test_processes import hammer
from tests.store.verbs import LEASE_MS, claim, submit

from headway.core.ids import new_id
from headway.store import Store
from headway.store.claims import Claims
from headway.store.intents import Claim, Claimed

pytestmark = pytest.mark.anyio
LONG_S = 60.0
"""Nobody waits so long: a test that does has missed its sign."""


@pytest.fixture
async def claims(store: Store) -> AsyncIterator[Claims]:
    claims = store.claims()
    unsubscribe = store.subscribe(claims.hear)
    yield claims
    unsubscribe()
    await asyncio.to_thread(claims.close)


async def take(claims: Claims, wait_s: float = 0) -> list[Claimed]:
    with anyio.fail_after(LONG_S / 2):
        return await claims.take(Claim("w1", new_id(), ("default",), 5, LEASE_MS), wait_s)


async def test_what_is_ready_is_taken_at_once(store: Store, claims: Claims) -> None:
    ids = {await submit(store) for _ in range(3)}
    assert {task.job_id for task in await take(claims)} == ids
    assert await take(claims) == []


async def test_who_waits_gets_what_comes(store: Store, claims: Claims) -> None:
    while await take(claims, wait_s=0.01):  # nothing is left to be heard of
        pass
    waiting = asyncio.create_task(take(claims, LONG_S))
    job_id = await submit(store)
    while not (tasks := await waiting):
        waiting = asyncio.create_task(take(claims, LONG_S))
    assert [task.job_id for task in tasks] == [job_id]


async def test_who_waits_hears_of_another_process(store: Store, claims: Claims, database_url: str) -> None:
    """The other one submits and claims; what it claims first is its own affair, that we look is ours."""
    await take(claims)
    process = hammer(database_url, "loud", 1)
    await take(claims, LONG_S)
    await asyncio.to_thread(process.communicate, timeout=60)


async def test_a_sign_given_before_the_wait_counts(store: Store, claims: Claims) -> None:
    await take(claims)
    job_id = await submit(store)
    tasks: list[Claimed] = []
    while not tasks:
        tasks = await take(claims, LONG_S)
    assert tasks[0].job_id == job_id


async def test_without_any_sign_it_looks_when_the_time_has_passed(store: Store, claims: Claims) -> None:
    await take(claims)
    assert await take(claims, wait_s=0.02) == []


@pytest.mark.parametrize("before", [True, False])
async def test_a_wait_can_be_ended(store: Store, claims: Claims, before: bool) -> None:
    while await take(claims, wait_s=0.01):
        pass
    if before:
        claims.wake()
        assert await take(claims, LONG_S) == []
        return
    waiting = asyncio.create_task(take(claims, LONG_S))
    await asyncio.sleep(0)
    claims.wake()
    assert await waiting == []


async def test_a_cut_connection_ends_the_wait_and_the_next_claim_makes_another(
    postgres_url: str,
) -> None:
    with closing(Store.open(postgres_url)) as store, closing(store.claims()) as claims:
        store.start()
        await take(claims)
        waiting = asyncio.create_task(take(claims, LONG_S))
        with psycopg.connect(postgres_url, autocommit=True) as pg:
            pg.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
        assert await waiting == []
        job_id = await submit(store)
        assert [task.job_id for task in await take(claims)] == [job_id]
        assert await claim(store) == []


async def test_closing_answers_who_waits(store: Store, database_url: str) -> None:
    claims = store.claims()
    await take(claims)
    waiting = asyncio.create_task(take(claims, LONG_S))
    await asyncio.sleep(0)
    claims.wake()
    await asyncio.to_thread(claims.close)
    assert await waiting == []


async def test_a_process_with_a_thousand_open_files_claims_as_ever(store: Store, claims: Claims) -> None:
    """As a server has with as many streams open: `select` knows no number above 1,023."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, most[1]), most[1]))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        while await take(claims, wait_s=0.01):
            pass
        assert await take(claims, wait_s=0.02) == []
        job_id = await submit(store)
        tasks: list[Claimed] = []
        while not tasks:
            tasks = await take(claims, LONG_S)
        assert tasks[0].job_id == job_id
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, most)
