"""Credits: each round one reserve and one settlement, whoever ends the job; balances are what the ledger adds up to."""

import random

import pytest
from tests.conftest import Clock
from tests.store.paying import FLAT, RATE, buy, charged, entries, fanned, reserved
from tests.store.verbs import claim, finish, rescue, see, submit

from headway.core.errors import (
    Conflict,
    JobNotFound,
)
from headway.core.states import Event, Status
from headway.engine.janitor import Janitor
from headway.store import Store
from headway.store.intents import Finish

pytestmark = pytest.mark.anyio


async def test_a_submission_reserves_and_a_success_settles_what_was_bought(bank: Store) -> None:
    job_id = await reserved(bank)
    assert (await bank.purse("ann")).balance == 90
    assert (await see(bank, job_id)).reserved == 10
    [task] = await claim(bank)
    assert task.reserved == 10
    await buy(bank, task, 1_500)
    await finish(bank, task, result="{}")
    purse = await bank.purse("ann")
    assert (purse.balance, purse.reserved) == (95, 0)
    assert (await see(bank, job_id)).credits == 5
    assert await entries(bank) == [("reserve", -10, 10), ("settle", 0, -5), ("release", 5, -5)]


async def test_a_job_never_costs_more_than_it_reserved(bank: Store) -> None:
    job_id = await reserved(bank, 4)
    [task] = await claim(bank)
    await buy(bank, task, 1_000_000)
    await finish(bank, task)
    assert (await bank.purse("ann")).balance == 96
    assert (await see(bank, job_id)).credits == 4
    assert await entries(bank) == [("reserve", -4, 4), ("settle", 0, -4)]


async def test_answers_of_this_machine_cost_nothing(bank: Store) -> None:
    await reserved(bank)
    [task] = await claim(bank)
    await buy(bank, task, 9_000, provider="offline")
    await finish(bank, task)
    assert (await bank.purse("ann")).balance == 100


async def test_a_refused_answer_costs_its_tokens_and_a_count_that_is_missing_is_taken_by_length(
    bank: Store,
) -> None:
    await reserved(bank, 90)
    [task] = await claim(bank)
    await buy(bank, task, 1_000, outcome="permanent", answer=None)
    await buy(bank, task, 0, n=1, input_tokens=None, output_tokens=None, answer="x" * 4_000)
    await finish(bank, task)
    assert (await bank.purse("ann")).balance == 94


async def test_a_flat_price_is_charged_when_the_job_completes_and_not_when_it_fails(bank: Store) -> None:
    await reserved(bank, 1, FLAT)
    [task] = await claim(bank)
    await finish(bank, task)
    assert (await bank.purse("ann")).balance == 99
    await reserved(bank, 1, FLAT)
    [task] = await claim(bank)
    await finish(bank, task, Event.GIVE_UP, error='{"type": "x", "message": "no"}')
    assert (await bank.purse("ann")).balance == 99


async def test_a_job_without_a_price_leaves_no_trace_in_the_ledger(bank: Store) -> None:
    job_id = await submit(bank)
    [task] = await claim(bank)
    assert task.reserved is None
    await finish(bank, task)
    assert await entries(bank) == []
    assert ((await see(bank, job_id)).reserved, (await see(bank, job_id)).credits) == (None, None)


@pytest.mark.parametrize("way", ["pending", "running", "chunks"])
async def test_a_cancel_settles_what_was_done(bank: Store, way: str) -> None:
    job_id = await reserved(bank)
    if way == "pending":
        await bank.cancel(job_id, "ann", by="ann")
        assert (await bank.purse("ann")).balance == 100
        return
    [task] = await claim(bank)
    await buy(bank, task, 1_000)
    if way == "running":
        await bank.cancel(job_id, "ann", by="ann")
        await finish(bank, task, Event.STOP)
    else:
        [chunk] = await fanned(bank, task, 1)
        await buy(bank, chunk, 1_000, step="c")
        await bank.cancel(job_id, "ann", by="ann")
        assert (await bank.purse("ann")).reserved == 10
        await finish(bank, chunk, Event.STOP)
    assert (await see(bank, job_id)).status is Status.CANCELLED
    purse = await bank.purse("ann")
    assert (purse.balance, purse.reserved) == (97 if way == "running" else 94, 0)


async def test_a_poisonous_job_and_one_past_its_deadline_are_settled_too(bank: Store, clock: Clock) -> None:
    await reserved(bank)
    for _ in range(3):
        await claim(bank)
        clock.advance(16)
        await rescue(bank, Event.DIE)
    purse = await bank.purse("ann")
    assert (purse.balance, purse.reserved) == (100, 0)
    await reserved(bank, deadline_at=1)
    await bank.act(Janitor(15_000).step)
    assert [e for e, _, _ in await entries(bank)] == ["reserve", "settle", "release"] * 2


async def test_a_deleted_or_pruned_job_leaves_its_settled_entries(bank: Store, clock: Clock) -> None:
    for way in ("delete", "prune"):
        job_id = await reserved(bank)
        with pytest.raises(Conflict):
            await bank.delete(job_id, "ann")
        [task] = await claim(bank)
        await buy(bank, task, 1_000)
        await finish(bank, task)
        if way == "delete":
            await bank.delete(job_id, "ann")
        else:
            clock.advance(90_000)
            assert await bank.prune(24) == 1
        assert await bank.snapshot(job_id) is None
    assert (await bank.purse("ann")).balance == 94


async def test_a_budget_is_spent_once_what_was_bought_reaches_it(bank: Store) -> None:
    job_id = await reserved(bank, 5)
    [task] = await claim(bank)
    await buy(bank, task, 1_300)
    assert not await bank.budget_spent(job_id)
    await buy(bank, task, 366, n=1)
    assert not await bank.budget_spent(job_id), "rounded up it would be: to the token it is not"
    await buy(bank, task, 1, n=2)
    assert await bank.budget_spent(job_id)
    assert not await bank.budget_spent(await submit(bank))
    await finish(bank, task)


async def test_books_are_right_whatever_the_order_of_ends(bank: Store, clock: Clock) -> None:
    """Chance submits, runs, fans out, buys, cancels, loses, retries and deletes; the fixture audits what is left."""
    chance = random.Random(20261122)
    await bank.grant("ann", 100_000, reason="to trade with", by="tests")
    ids: list[str] = []
    for turn in range(15):
        made = await bank.submit(
            [charged(chance.randint(1, 40), chance.choice((RATE, FLAT)), max_attempts=2) for _ in range(6)]
        )
        ids += [each.id for each in made]
        held = await claim(bank, 8)
        for n, task in enumerate(held):
            await buy(
                bank,
                task,
                chance.randint(1, 9_000),
                n=100 * turn + n,
                outcome=chance.choice(("succeeded", "permanent")),
            )
            if task.part == 0 and not task.chunked and chance.random() < 0.2:
                held += await fanned(bank, task, 3)
                continue
            event = chance.choice((Event.SUCCEED, Event.SUCCEED, Event.FAIL, Event.GIVE_UP, Event.STOP, None))
            if event is not None:
                told = Finish(
                    task, "w1", event, result="1", error='{"type": "x", "message": "no"}', chunked=True
                )
                await bank.do(told)
        for job_id in chance.sample(ids, 5):
            act = chance.choice((bank.cancel, bank.retry, bank.delete))
            more = (
                {"by": "chance"}
                if act == bank.cancel
                else {"scratch": True}
                if act == bank.retry and turn % 2
                else {}
            )
            try:
                await act(job_id, "ann", **more)  # type: ignore[operator]  # three verbs of one shape
            except (Conflict, JobNotFound):
                continue
        if turn % 5 == 4:
            clock.advance(20)
            await bank.act(Janitor(15_000).step)
            assert await bank.audit() == []
    snapshots = [snapshot for job_id in ids if (snapshot := await bank.snapshot(job_id))]
    assert {snapshot.status for snapshot in snapshots} == set(Status)
    purse = await bank.purse("ann")
    assert purse.reserved == sum(s.reserved or 0 for s in snapshots if not s.finished)
