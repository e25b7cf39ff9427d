"""Credits under fire: jobs finish, fail, are cancelled, retried, deleted, and their workers are killed. Each reserve has one
settlement, and balances are what the ledger adds up to."""

import asyncio
import random

import pytest
from tests.system.faults.crew import Crew, at_work, drained, until
from tests.system.shop import FATES, POISON, RATE, Errand, app

from headway.core.errors import Conflict, InsufficientCredits, JobNotFound
from headway.core.settlement import price_of
from headway.store import Store
from headway.store.credits import Entry

pytestmark = pytest.mark.anyio
OWNERS = ("ann", "bob", "eve")
GRANT = 1_000_000


async def whole_ledger(store: Store, owner: str) -> list[Entry]:
    found: list[Entry] = []
    more: int | None = None
    while True:
        page, more = await store.ledger(owner, limit=200, before=more)
        found += page
        if more is None:
            return found


async def check_books(store: Store, ids: list[str]) -> None:
    """The audit, and the same again by other means."""
    assert await store.audit() == []
    for owner in OWNERS:
        entries = await whole_ledger(store, owner)
        purse = await store.purse(owner)
        assert purse.balance == sum(entry.amount for entry in entries)
        assert purse.reserved == 0 == sum(entry.held for entry in entries)
        rounds = {(entry.job_id, entry.round) for entry in entries if entry.entry == "reserve"}
        settled = [(entry.job_id, entry.round) for entry in entries if entry.entry == "settle"]
        assert len(settled) == len(set(settled))
        assert set(settled) == rounds
    for job_id in ids:
        snapshot = await store.snapshot(job_id)
        if snapshot is None:
            continue
        used: dict[int, int] = {}
        for call in await store.calls(job_id) or []:
            used[call.round] = used.get(call.round, 0) + (call.input_tokens or 0) + (call.output_tokens or 0)
        owed = sum(price_of(tokens, RATE) for tokens in used.values())
        late = any(attempt.outcome == "lost" for attempt in await store.attempts(job_id) or [])
        assert snapshot.credits == owed or (late and (snapshot.credits or 0) < owed), (snapshot, used)


def replace_dead(workers: Crew) -> None:
    """Hire for those whom a poisonous job has killed."""
    for process in [each for each in workers.processes if each.poll() is not None]:
        workers.processes.remove(process)
        workers.hire()


async def trade(workers: Crew, view: Store, jobs: int, kills: int, poison: int, seed: int) -> None:
    """Submit, and let chance cancel, retry, delete and kill until nothing is left to do."""
    workers.app = "tests.system.shop:app"
    chance = random.Random(seed)
    for owner in OWNERS:
        await view.grant(owner, GRANT, reason="to trade with", by="tests")
    fates = [POISON] * poison + [chance.choice(FATES) for _ in range(jobs - poison)]
    chance.shuffle(fates)
    orders = [
        app.new_job("errand", Errand(n=n, fate=fate), owner=chance.choice(OWNERS), reserve=200)
        for n, fate in enumerate(fates)
    ]
    ids = [made.id for made in await view.submit(orders)]
    whose = {order.id: order.owner for order in orders}
    waiting = {order.id for order, fate in zip(orders, fates, strict=True) if fate == "wait"}
    for _ in range(2):
        workers.hire()

    async def meddle() -> None:
        for job_id in chance.sample(ids, len(ids) // 2):
            await asyncio.sleep(0)
            match chance.choice(("cancel", "retry", "anew", "delete")):
                case "cancel":
                    act = view.cancel(job_id, whose[job_id], by="chance")
                case "retry":
                    act = view.retry(job_id, whose[job_id])
                case "anew":
                    act = view.retry(job_id, whose[job_id], scratch=True)
                case _:
                    act = view.delete(job_id, whose[job_id])
            try:
                await act
            except (Conflict, JobNotFound, InsufficientCredits):
                continue

    async def ended(share: float) -> bool:
        replace_dead(workers)
        depth = await view.depth()
        return depth.ready + depth.waiting + depth.leased <= jobs * (1 - share)

    for n in range(kills):
        await until(view, lambda n=n: ended(0.7 * (n + 1) / (kills + 1)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        meddling = asyncio.create_task(meddle())
        workers.kill(chance.choice(await at_work(view, workers) or workers.processes))
        workers.hire()
        await meddling

    async def over() -> bool:
        replace_dead(workers)
        depth = await view.depth()
        if depth.ready + depth.leased == 0:
            for job_id, snapshot in (await view.snapshots(sorted(waiting))).items():
                if not snapshot.finished:  # what waits for an hour is cancelled once it does
                    await view.cancel(job_id, None, by="tests")
        return await drained(view)

    await until(view, over)
    await check_books(view, ids)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_books_are_right_after_every_sort_of_end(workers: Crew, view: Store) -> None:
    """One store: what the other one does is tried in one process by `tests/store`."""
    workers.lease_s = 1.0
    await trade(workers, view, jobs=60, kills=1, poison=0, seed=4)


@pytest.mark.long
async def test_two_thousand_jobs_and_many_deaths_leave_the_books_right(workers: Crew, view: Store) -> None:
    await trade(workers, view, jobs=2_000, kills=10, poison=3, seed=0)
