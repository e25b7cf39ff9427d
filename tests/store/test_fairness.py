"""Whose turn it is: virtual time gives every owner the same share of what is claimed, however much one has
waiting."""

import pytest
from tests.store.verbs import claim, finish, new_job

from headway.core.states import Event
from headway.store import Store

pytestmark = pytest.mark.anyio


async def _claimed_owners(store: Store, n: int) -> list[str]:
    return [task.owner for task in await claim(store, n=n)]


async def test_another_owners_job_is_claimed_before_the_rest_of_a_backlog(store: Store) -> None:
    await store.submit([new_job(owner="ann") for _ in range(500)])
    await claim(store, n=3)
    await store.submit([new_job(owner="bob")])
    assert "bob" in await _claimed_owners(store, 2)


async def test_two_backlogs_are_claimed_in_turn(store: Store) -> None:
    await store.submit([new_job(owner="ann") for _ in range(50)])
    await store.submit([new_job(owner="bob") for _ in range(50)])
    first = await _claimed_owners(store, 20)
    assert 9 <= first.count("bob") <= 11


async def test_one_owners_jobs_keep_their_order(store: Store) -> None:
    jobs = [new_job(owner="ann") for _ in range(30)]
    await store.submit(jobs[:10])
    await store.submit(jobs[10:])
    assert [task.job_id for task in await claim(store, n=30)] == [job.id for job in jobs]


async def test_what_was_done_while_nobody_else_waited_is_not_held_against_its_owner(store: Store) -> None:
    for _ in range(20):
        await store.submit([new_job(owner="ann") for _ in range(50)])
        assert len(await claim(store, n=50)) == 50
    await store.submit([new_job(owner="bob") for _ in range(20)])
    await store.submit([new_job(owner="ann") for _ in range(20)])
    assert 8 <= (await _claimed_owners(store, 20)).count("ann") <= 12


async def test_an_urgent_job_goes_first_whoever_owns_it(store: Store) -> None:
    await store.submit([new_job(owner="ann") for _ in range(5)])
    await store.submit([new_job(owner="bob", priority=-1), new_job(owner="bob", priority=9)])
    owners = await _claimed_owners(store, 7)
    assert (owners[0], owners[-1]) == ("bob", "bob")


async def test_forgetting_idle_turns_changes_nobodys_turn(store: Store) -> None:
    await store.submit([new_job(owner="gone")])
    await claim(store, n=1)
    await store.submit([new_job(owner="ann") for _ in range(10)])
    await claim(store, n=5)
    await store.prune(10_000)
    await store.submit([new_job(owner="gone")])
    assert "gone" in await _claimed_owners(store, 2)


async def test_each_priority_is_a_line_of_its_own(store: Store) -> None:
    """Many urgent jobs have moved their line far ahead; that must not put a newcomer behind everyone of another priority."""
    await store.submit([new_job(owner="ann") for _ in range(300)])
    await store.submit([new_job(owner="cid", priority=5) for _ in range(60)])
    assert len(await claim(store, n=50)) == 50
    await store.submit([new_job(owner="bob")])
    assert set(await _claimed_owners(store, 10)) == {"cid"}
    assert "bob" in await _claimed_owners(store, 2)


async def test_a_retried_job_comes_back_into_the_line_of_its_priority(store: Store) -> None:
    urgent = new_job(owner="cid", priority=5)
    await store.submit([urgent])
    [task] = await claim(store)
    await finish(store, task, Event.GIVE_UP, error="{}")
    await store.submit([new_job(owner="ann", priority=5) for _ in range(100)])
    assert len(await claim(store, n=60)) == 60
    await store.retry(urgent.id, "cid")
    assert "cid" in await _claimed_owners(store, 3)
