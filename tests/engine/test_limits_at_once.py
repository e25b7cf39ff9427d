"""How much runs at a time, wherever it runs: limits of kinds, and of a provider's requests."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.engine.workshop import Workshop

from headway import Context
from headway.core.states import Event
from headway.store.intents import Claim, Finish

pytestmark = pytest.mark.anyio


class Gauge:
    """Counts who is inside."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    async def pass_through(self, gate: asyncio.Event | None = None) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await (gate.wait() if gate is not None else asyncio.sleep(0.01))
        self.inside -= 1


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[tuple[Workshop, Workshop]]:
    """Two processes' shares of one installation."""
    shops = (Workshop(database_url, worker_id="w1"), Workshop(database_url, worker_id="w2"))
    for shop in shops:
        await shop.open()
    yield shops
    for shop in shops:
        await shop.close()


def _limited(shop: Workshop, gauge: Gauge, most: int | None) -> None:
    @shop.app.job("narrow", limit=most)
    async def narrow(ctx: Context, n: int) -> int:
        await gauge.pass_through()
        return n


async def test_a_limit_holds_for_all_workers_together(pair: tuple[Workshop, Workshop]) -> None:
    gauge = Gauge()
    for shop in pair:
        _limited(shop, gauge, 3)
        await shop.hire(concurrency=10)
    jobs = await pair[0].app.submit_many("narrow", list(range(40)))
    for job in jobs:
        assert (await pair[0].ended(job)).status == "completed"
    assert gauge.most == 3, "no more, and no fewer where there is enough to do"


async def test_chunks_count_too_and_what_has_no_limit_is_not_held_up(engine: Workshop) -> None:
    gauge, gate = Gauge(), asyncio.Event()

    @engine.app.step
    async def one(n: int) -> int:
        await gauge.pass_through(gate)
        return n

    @engine.app.job("wide", limit=2)
    async def wide(ctx: Context) -> int:
        return sum(await ctx.fan_out(one, range(10)))

    @engine.app.job("free")
    async def free(ctx: Context) -> None:
        return None

    await engine.hire(concurrency=10)
    job = await engine.submit(wide)
    await engine.when(job, lambda s: gauge.most == 2)
    assert (await engine.run(free)).status == "completed"
    gate.set()
    assert (await engine.ended(job)).status == "completed"
    assert await engine.result(job) == 45
    assert gauge.most == 2


async def test_a_limit_that_comes_or_goes_takes_what_waits_along(database_url: str) -> None:
    gauge = Gauge()
    for most in (None, 2, None):
        shop = Workshop(database_url)
        await shop.open()

        _limited(shop, gauge, {None: 2, 2: None}[most])  # who submits knows of the other rule
        jobs = await shop.app.submit_many("narrow", list(range(8)))
        await shop.close()
        shop = Workshop(database_url)
        await shop.open()
        gauge.most = 0
        _limited(shop, gauge, most)
        await shop.hire(concurrency=8)
        for job in jobs:
            assert (await shop.ended(job)).status == "completed"
        assert gauge.most <= (most or 8)
        await shop.close()


async def test_a_retry_stands_where_its_kind_stands_by_then(engine: Workshop) -> None:
    _limited(engine, Gauge(), None)
    store = engine.app.store
    job = await engine.submit("narrow", 1)
    lane = "kind:narrow"
    for there, elsewhere, limits in (
        (lane, "default", ({"narrow": ("default", 1)}, {})),
        ("default", lane, ({}, {"narrow": "default"})),
    ):
        await store.cancel(job, None, by="ann")
        await store.set_limits(*limits)
        await store.retry(job, None)
        assert await store.do(Claim("w1", "c1", [elsewhere], 5, 60_000)) == []
        [task] = await store.do(Claim("w1", "c2", [there], 5, 60_000))
        await store.do(Finish(task, "w1", Event.INTERRUPT))


async def test_a_lease_that_has_run_out_takes_no_room(engine: Workshop) -> None:
    _limited(engine, Gauge(), 1)
    store = engine.app.store
    await store.set_limits({"narrow": ("default", 1)}, {})
    await engine.app.submit_many("narrow", [1, 2])
    lanes = ["default", "kind:narrow"]
    [first] = await store.do(Claim("gone", "c1", lanes, 5, 1))
    assert first.kind == "narrow"
    await asyncio.sleep(0.01)  # its lease of 1 ms
    assert len(await store.do(Claim("w1", "c2", lanes, 5, 60_000))) == 1
    assert await store.do(Claim("w1", "c3", lanes, 5, 60_000)) == []


async def test_a_limit_is_at_least_one_and_a_queue_has_no_colon(lite: Workshop) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        lite.app.job("none", limit=0)
    with pytest.raises(ValueError, match="no colon"):
        lite.app.job("odd", queue="kind:x")
