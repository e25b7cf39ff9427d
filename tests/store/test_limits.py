"""Limits that all processes count together."""

import asyncio
from contextlib import closing

import pytest
from tests.conftest import Clock
from tests.store.verbs import claim, finish, new_job

from headway.store import Store
from headway.store.limits import Charge

pytestmark = pytest.mark.anyio


async def test_ten_an_hour_are_ten_for_everyone_together(store: Store, database_url: str) -> None:
    """Two processes' stores, asked at once: exactly ten pass."""
    with closing(Store.open(database_url)) as other:
        other.start()
        asked = [each.charge([Charge("novel:ann", 10, 3600)]) for each in (store, other) * 20]
        taken = [each for [each] in await asyncio.gather(*asked)]
    assert sum(each.wait_ms == 0 for each in taken) == 10
    # who began before another may have its turn after it, and waits a moment longer than the six minutes
    assert all(300_000 < each.wait_ms <= 370_000 for each in taken if each.wait_ms)


async def test_what_was_used_comes_back(store: Store, clock: Clock) -> None:
    for _ in range(3):
        await store.charge([Charge("x", 3, 30)])
    [refused] = await store.charge([Charge("x", 3, 30)])
    assert 0 < refused.wait_ms <= 10_000
    clock.advance(10)
    [taken] = await store.charge([Charge("x", 3, 30)])
    assert taken.wait_ms == 0


async def test_all_limits_are_charged_or_none(store: Store) -> None:
    both = [Charge("wide", 100, 60), Charge("narrow", 1, 60)]
    assert [each.wait_ms for each in await store.charge(both)] == [0, 0]
    for _ in range(5):
        wide, narrow = await store.charge(both)
        assert wide.wait_ms == 0
        assert narrow.wait_ms > 0
    [wide] = await store.charge(both[:1])
    assert wide.left == 98


async def test_one_does_not_pay_for_another(store: Store) -> None:
    await store.charge([Charge("novel:ann", 1, 60)])
    [bobs] = await store.charge([Charge("novel:bob", 1, 60)])
    assert bobs.wait_ms == 0


async def test_rows_that_say_nothing_are_dropped(store: Store, clock: Clock) -> None:
    await store.charge([Charge("old", 1, 1)])
    clock.advance(120)
    await store.charge([Charge("new", 1, 1)])
    assert {row[0] for row in await store.act(lambda w: w.rows("lock_buckets", names='["new"]'))} == {"new"}
    assert await store.act(lambda w: w.run("drop_buckets")) == 0


async def test_unfinished_jobs_are_counted_by_owner(store: Store) -> None:
    await store.submit([new_job("ann") for _ in range(3)])
    await store.submit([new_job("bob")])
    assert await store.unfinished("ann") == 3
    await finish(store, (await claim(store))[0])
    assert await store.unfinished("ann") + await store.unfinished("bob") == 3


async def test_stored_bytes_are_those_of_the_owners_files(store: Store) -> None:
    for owner, size in (("ann", 5), ("ann", 7), ("bob", 100)):
        file_id = await store.create_file(owner, "pdf", "a.pdf", "application/pdf")
        await store.finish_file(file_id, size, "00")
    await store.create_file("ann", "pdf", "half.pdf", "application/pdf")
    assert await store.stored_bytes("ann") == 12
