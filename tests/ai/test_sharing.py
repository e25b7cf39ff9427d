"""Identical questions of one job on several workers, each with a process's own store and provider: one request."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.ai.conftest import Open, Play
from tests.ai.jobs import calls, outcomes
from tests.conftest import DIALECTS
from tests.engine.workshop import Workshop

from headway.testing.upstream import Behaviour, Rule, Upstream

pytestmark = pytest.mark.anyio
WORKERS = 3


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


async def crew(workshop: Open, upstream: Upstream, **more: object) -> Sequence[Workshop]:
    """Workers with two slots each."""
    shops = [await workshop(upstream, worker_id=f"w{n}", **more) for n in range(WORKERS)]
    for shop in shops:
        await shop.hire(concurrency=2)
    return shops


async def test_workers_that_ask_the_same_share_one_request(play: Play, workshop: Open) -> None:
    upstream = await play(delay_s=1.0)
    shop, *_ = await crew(workshop, upstream)
    assert await shop.outcome("chorus", 2 * WORKERS) == ["the same"] * 2 * WORKERS
    [row] = await calls(shop, (await shop.app.store.list_jobs(None))[0][0].id)
    assert (row.outcome, row.shares) == ("succeeded", 2 * WORKERS - 1)
    assert upstream.received == 1


async def test_a_full_provider_keeps_nobody_from_sharing(play: Play, workshop: Open) -> None:
    upstream = await play(delay_s=1.0)
    shop, *_ = await crew(workshop, upstream, ai_concurrency=1)
    assert await shop.outcome("chorus", 2 * WORKERS) == ["the same"] * 2 * WORKERS
    assert upstream.received == 1


@pytest.mark.parametrize(("do", "outcome"), [(Behaviour.INTERNAL, "transient"), (Behaviour.CUT_BEFORE, None)])
async def test_what_came_to_nothing_for_the_first_is_asked_by_another(
    play: Play, workshop: Open, do: Behaviour, outcome: str | None
) -> None:
    upstream = await play(Rule(do, times=1), delay_s=0.5)
    shop, *_ = await crew(workshop, upstream)
    snapshot = await shop.run("chorus", WORKERS)
    assert (snapshot.status, snapshot.error) == ("completed", None)
    assert set(outcomes(await calls(shop, snapshot.id))) == {"succeeded", outcome}
    assert upstream.received == 2


async def test_a_cancel_ends_the_wait_for_anothers_answer(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.SLOW, delay_s=30))
    shop, *_ = await crew(workshop, upstream, ai_timeout=40)
    job = await shop.submit("chorus", 2 * WORKERS)
    await upstream.until_received(1)

    async def all_wait() -> bool:
        [row] = await calls(shop, job)
        return row.shares >= WORKERS - 1

    await shop.until(all_wait)
    began = asyncio.get_running_loop().time()
    await shop.app.store.cancel(job, None, by="ann")
    assert (await shop.ended(job)).status == "cancelled"
    assert asyncio.get_running_loop().time() - began < 20
    assert upstream.received == 1
