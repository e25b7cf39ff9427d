"""Purses: what is put aside for jobs to come, granted by the month, given back; the ledger as its owner reads it."""

import asyncio

import pytest
from tests.conftest import Clock
from tests.store.paying import MONTH, buy, charged, entries, reserved
from tests.store.verbs import claim, finish, see

from headway.core.errors import (
    HoldGone,
    InsufficientCredits,
    InvalidInput,
    JobNotFound,
)
from headway.engine.janitor import Janitor
from headway.store import Store

pytestmark = pytest.mark.anyio


async def test_a_hold_is_used_up_by_the_job_that_takes_its_id(bank: Store) -> None:
    hold = await bank.hold("ann", "essay", 30, ttl_ms=60_000)
    assert (hold.reserved, hold.balance) == (30, 70)
    [made] = await bank.submit([charged(None, hold=True, id=hold.job_id)])
    assert (made.id, made.created) == (hold.job_id, True)
    purse = await bank.purse("ann")
    assert (purse.balance, purse.reserved) == (70, 30)
    [again] = await bank.submit([charged(None, hold=True, id=hold.job_id)])
    assert (again.id, again.created) == (hold.job_id, False)
    assert await entries(bank) == [("hold", -30, 30), ("release", 30, -30), ("reserve", -30, 30)]


async def test_a_hold_serves_its_owner_and_kind_alone_and_until_it_expires(bank: Store, clock: Clock) -> None:
    hold = await bank.hold("ann", "essay", 30, ttl_ms=60_000)
    for wrong in ({"owner": "bob"}, {"kind": "novel"}):
        with pytest.raises(HoldGone):
            await bank.submit([charged(None, hold=True, id=hold.job_id, **wrong)])
    clock.advance(61)
    with pytest.raises(HoldGone):
        await bank.submit([charged(None, hold=True, id=hold.job_id)])
    await bank.act(Janitor(15_000).step)
    purse = await bank.purse("ann")
    assert (purse.balance, purse.reserved) == (100, 0)
    assert await entries(bank) == [("hold", -30, 30), ("release", 30, -30)]


async def test_a_job_may_reserve_more_or_less_than_its_hold_if_the_balance_reaches(bank: Store) -> None:
    hold = await bank.hold("ann", "essay", 90, ttl_ms=60_000)
    await bank.submit([charged(100, hold=True, id=hold.job_id)])
    assert (await bank.purse("ann")).balance == 0
    with pytest.raises(InsufficientCredits):
        await bank.hold("ann", "essay", 1, ttl_ms=60_000)
    nothing = await bank.hold("ann", "essay", 0, ttl_ms=60_000)
    [made] = await bank.submit([charged(None, hold=True, id=nothing.job_id)])
    assert (await see(bank, made.id)).reserved is None


async def test_the_month_is_granted_once_whoever_asks(bank: Store, clock: Clock) -> None:
    await bank.ensure_local_account("h")
    assert [await bank.grant_monthly(MONTH) for _ in range(2)] == [1, 0]
    assert (await bank.purse("local", monthly_grant=MONTH)).balance == MONTH
    assert (await bank.purse("bob")).balance == 0
    asked = await asyncio.gather(*(bank.purse("bob", monthly_grant=MONTH) for _ in range(8)))
    assert {purse.balance for purse in asked} == {MONTH}
    await bank.submit([charged(400, owner="eve", monthly_grant=MONTH)])
    assert (await bank.purse("eve", monthly_grant=MONTH)).balance == 100
    clock.advance(32 * 86_400)
    assert await bank.grant_monthly(MONTH) == 1
    assert (await bank.purse("eve", monthly_grant=MONTH)).balance == 100 + MONTH
    assert await bank.grant_monthly(0) == 0


async def test_a_refund_gives_back_at_most_what_a_job_has_cost(bank: Store) -> None:
    job_id = await reserved(bank, 10)
    [task] = await claim(bank)
    await buy(bank, task, 2_000)
    await finish(bank, task)
    _, purse = await bank.refund(job_id, 2, reason="too slow", by="op")
    assert purse.balance == 96
    with pytest.raises(InvalidInput, match="4 credits"):
        await bank.refund(job_id, 5, reason="x", by="op")
    owner, purse = await bank.refund(job_id, None, reason="x", by="op")
    assert (owner, purse.balance) == ("ann", 100)
    with pytest.raises(InvalidInput):
        await bank.refund(job_id, None, reason="x", by="op")
    with pytest.raises(JobNotFound):
        await bank.refund("no id", 1, reason="x", by="op")
    [last, *_] = (await bank.ledger("ann"))[0]
    assert (last.entry, last.amount, last.reason, last.made_by) == ("grant", 4, "x", "op")


async def test_the_ledger_is_read_page_by_page_and_by_its_owner(bank: Store) -> None:
    for n in range(1, 8):
        await bank.grant("ann", n, reason=f"grant {n}", by="op")
    first, more = await bank.ledger("ann", limit=5)
    second, end = await bank.ledger("ann", limit=5, before=more)
    assert [e.amount for e in (*first, *second)] == [7, 6, 5, 4, 3, 2, 1, 100]
    assert [e.balance for e in first] == [128, 121, 115, 110, 106]
    assert end is None
    assert await bank.ledger("bob") == ([], None)
