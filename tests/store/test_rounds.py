"""Submissions and retries: each is a round that reserves once, or is refused and changes nothing."""

import asyncio

import pytest
from tests.store.paying import MONTH, buy, charged, fanned, reserved
from tests.store.verbs import claim, finish, new_job, see, submit

from headway.core.errors import (
    IdempotencyMismatch,
    InsufficientCredits,
)
from headway.core.states import Event, Status
from headway.store import Store

pytestmark = pytest.mark.anyio


async def test_too_few_credits_are_refused_with_what_is_missing_and_others_go_on(bank: Store) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        await bank.submit([charged(60), new_job(), charged(50), charged(40)])
    assert (refused.value.needed, refused.value.balance, refused.value.missing) == (50, 40, 10)
    jobs, _ = await bank.list_jobs("ann")
    assert sorted(job.reserved or 0 for job in jobs) == [0, 40, 60]
    assert (await bank.purse("ann")).balance == 0


async def test_of_64_submissions_at_once_a_balance_for_ten_takes_ten(bank: Store, database_url: str) -> None:
    others = [Store.open(database_url) for _ in range(3)]
    stores = [bank, *others]
    for other in others:
        other.start()
    try:
        sent = [stores[n % 4].submit([charged(10)]) for n in range(64)]
        told = await asyncio.gather(*sent, return_exceptions=True)
    finally:
        for other in others:
            await asyncio.to_thread(other.close)
    assert sum(isinstance(each, list) for each in told) == 10
    assert all(isinstance(each, list | InsufficientCredits) for each in told)
    purse = await bank.purse("ann")
    assert (purse.balance, purse.reserved) == (0, 100)


async def test_a_submission_that_is_repeated_under_its_key_is_charged_once(bank: Store) -> None:
    key = {"idempotency_key": "k", "request_hash": "h"}
    first, second = await asyncio.gather(*(bank.submit([charged(60, **key)]) for _ in range(2)))
    assert {first[0].created, second[0].created} == {True, False}
    assert first[0].id == second[0].id
    [third] = await bank.submit([charged(60, **key)])
    assert not third.created
    with pytest.raises(IdempotencyMismatch):
        await bank.submit([charged(1, idempotency_key="k", request_hash="other")])
    made = await bank.submit([charged(20, **{**key, "idempotency_key": "l"}) for _ in range(2)])
    assert made[0].id == made[1].id
    assert (await bank.purse("ann")).balance == 20


async def test_a_retry_is_a_new_round_that_reserves_again_and_pays_for_new_calls_only(bank: Store) -> None:
    job_id = await reserved(bank, 10)
    [task] = await claim(bank)
    await buy(bank, task, 1_000)
    await finish(bank, task, Event.GIVE_UP, error='{"type": "x", "message": "no"}')
    assert (await bank.purse("ann")).balance == 97
    await bank.retry(job_id, "ann")
    assert ((await bank.purse("ann")).balance, (await see(bank, job_id)).reserved) == (87, 10)
    [task] = await claim(bank)
    await buy(bank, task, 2_000, n=1)
    await finish(bank, task)
    assert (await bank.purse("ann")).balance == 91
    assert (await see(bank, job_id)).credits == 9
    rounds = [(e.round, e.entry) for e in reversed((await bank.ledger("ann"))[0])][1:]
    assert rounds == [(n, e) for n in (1, 2) for e in ("reserve", "settle", "release")]


async def test_a_retry_that_cannot_be_paid_for_changes_nothing(bank: Store) -> None:
    job_id = await reserved(bank, 60)
    await bank.cancel(job_id, "ann", by="ann")
    await reserved(bank, 95)
    with pytest.raises(InsufficientCredits):
        await bank.retry(job_id, "ann")
    snapshot = await see(bank, job_id)
    assert (snapshot.status, snapshot.reserved) == (Status.CANCELLED, 60)
    await bank.retry(job_id, "ann", monthly_grant=MONTH)
    assert (await bank.purse("ann")).balance == 5 + MONTH - 10


async def test_all_anew_buys_anew_and_keeps_the_record_of_what_was_bought(bank: Store) -> None:
    """DESIGN, 6.12: requests seen by the provider are calls settled and calls in doubt, whatever is begun anew."""
    job_id = await reserved(bank, 10)
    [task] = await claim(bank)
    await buy(bank, task, 100)
    [chunk] = await fanned(bank, task, 1)
    await buy(bank, chunk, 100, step="c")
    await finish(bank, chunk, result="1")
    [task] = await claim(bank)
    await finish(bank, task, chunked=True)
    await bank.retry(job_id, "ann", scratch=True)
    [again] = await claim(bank)
    assert await bank.chunks(job_id) == []
    [newer] = await fanned(bank, again, 1)
    assert newer.fence > chunk.fence, "a late end of the chunk before must not end this one"
    assert [(c.step, c.round, bool(c.stale)) for c in await bank.calls(job_id) or []] == [
        ("s", 1, True),
        ("c", 1, True),
    ]
    await buy(bank, newer, 1_000, step="c", n=1)
    await finish(bank, newer, result="1")
    [last] = await claim(bank)
    await finish(bank, last, chunked=True)
    assert [(c.step, c.n, c.round, bool(c.stale)) for c in await bank.calls(job_id) or []][2:] == [
        ("c", 1, 2, False)
    ]
    assert (await see(bank, job_id)).credits == 1 + 3


async def test_a_chunk_that_is_made_again_goes_on_above_its_fence(bank: Store) -> None:
    job_id = await submit(bank)
    [task] = await claim(bank)
    [chunk] = await fanned(bank, task, 1)
    await bank.cancel(job_id, "ann", by="ann")
    await finish(bank, chunk, Event.INTERRUPT)
    await bank.retry(job_id, "ann")
    [task] = await claim(bank)
    [again] = await fanned(bank, task, 1)
    assert again.fence > chunk.fence


async def test_a_retry_of_some_chunks_reserves_for_those(bank: Store) -> None:
    job_id = await reserved(bank, 10)
    [task] = await claim(bank)
    chunks = await fanned(bank, task, 5)
    for chunk in chunks[:2]:
        await finish(bank, chunk, Event.GIVE_UP, error='{"type": "x", "message": "no"}')
    for chunk in chunks[2:]:
        await buy(bank, chunk, 500, step=f"c{chunk.part}")
        await finish(bank, chunk, result="1")
    [task] = await claim(bank)
    await finish(bank, task, chunked=True)
    assert (await see(bank, job_id)).credits == 5
    await bank.retry(job_id, "ann", chunks=[1])
    assert (await see(bank, job_id)).reserved == 2
