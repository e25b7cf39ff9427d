"""Credits: each round one reserve and one settlement, whoever ends the job; balances are what the ledger adds up to."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import Clock
from tests.store.verbs import claim, finish, new_job, promote, rescue, see, submit

from headway.core.errors import (
    Conflict,
    HoldGone,
    IdempotencyMismatch,
    InsufficientCredits,
    InvalidInput,
    JobNotFound,
)
from headway.core.settlement import Price
from headway.core.states import Event, Status
from headway.engine.janitor import Janitor
from headway.store import NewJob, Store
from headway.store.intents import Charge, Claimed, FanOut, Finish, OpenCall, SettleCall

pytestmark = pytest.mark.anyio
RATE = Price(per_1000_tokens=3, estimate=10)
FLAT = Price(per_job=1, estimate=1)
MONTH = 500


@pytest.fixture
async def bank(store: Store) -> AsyncIterator[Store]:
    """A store in which ann has 100 credits; whatever the test does, the books must be right at its end."""
    await store.grant("ann", 100, reason="to begin with", by="tests")
    yield store
    assert await store.audit() == []


def charged(reserve: int | None = 10, price: Price = RATE, **more: Any) -> NewJob:
    terms = {name: more.pop(name) for name in ("hold", "monthly_grant") if name in more}
    return replace(new_job(charge=Charge(reserve, price.dump(), **terms)), **more)


async def reserved(store: Store, reserve: int = 10, price: Price = RATE, **more: Any) -> str:
    [made] = await store.submit([charged(reserve, price, **more)])
    return made.id


async def buy(store: Store, task: Claimed, tokens: int, *, n: int = 0, step: str = "s", **more: Any) -> None:
    provider = more.pop("provider", "gemini")
    await store.do(OpenCall(task.key, step, "0", n, f"h{n}", provider, "flash"))
    said = {"answer": "yes", "input_tokens": tokens, "output_tokens": 0, **more}
    await store.do(SettleCall(task.key, step, "0", n, said.pop("outcome", "succeeded"), **said))


async def entries(store: Store, owner: str = "ann") -> list[tuple[str, int, int]]:
    """What a purse went through since its first grant, oldest first: (entry, amount, held)."""
    found, _ = await store.ledger(owner)
    return [(e.entry, e.amount, e.held) for e in reversed(found)][1:]


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


async def fanned(store: Store, body: Claimed, n: int) -> list[Claimed]:
    """Fan a running body out into `n` chunks, park it, and claim them."""
    chunks = [
        {"part": part, "key": f"0:{part - 1}", "input_hash": "h", "input": "[]", "ready": True}
        for part in range(1, n + 1)
    ]
    await store.do(FanOut(body.key, "step", chunks, n, 0, 100, 1, False, False))
    await store.do(Finish(body, "w1", Event.PARK, for_chunks=True))
    await promote(store)
    return sorted(await claim(store, n), key=lambda task: task.part)


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
