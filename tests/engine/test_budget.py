"""A job's reserve is its budget: it stops at a chunk boundary and delivers what is paid for."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from tests.engine.scripted import Scripted
from tests.engine.workshop import Workshop

from headway import Context, Request
from headway.core.errors import InsufficientCredits
from headway.core.prices import PriceList
from headway.core.states import Status
from headway.engine.fanout import ChunkFailure

pytestmark = pytest.mark.anyio
PRICES = PriceList.parse({"monthly_grant": 1000, "credits": {"book": {"per_1000_tokens": 100}}}, "here")
TEN_TOKENS = "nine char"
"""The scripted model counts a token a character, and one for its answer: a credit at this price."""


@pytest.fixture
def ai() -> Scripted:
    return Scripted()


@pytest.fixture
async def press(database_url: str, ai: Scripted) -> AsyncIterator[Workshop]:
    workshop = Workshop(database_url, provider=ai)
    workshop.app._prices = PRICES
    await workshop.open()

    @workshop.app.step(name="page")
    async def page(ctx: Context, text: str) -> str:
        return (await ctx.ask(Request(text))).text

    @workshop.app.job("book", max_attempts=1)
    async def book(ctx: Context, pages: int, /) -> list[str | None]:
        at_once = 1 if pages < 20 else None
        parts = await ctx.fan_out(page, [TEN_TOKENS] * pages, keep_going=True, concurrency=at_once)
        return [None if isinstance(part, ChunkFailure) else part for part in parts]

    @workshop.app.job("alone", max_attempts=3)
    async def alone(ctx: Context) -> None:
        await ctx.ask(Request("a", schema=None))

    await workshop.hire()
    yield workshop
    await workshop.close()


async def test_a_job_stops_at_its_budget_and_delivers_what_is_paid_for(press: Workshop, ai: Scripted) -> None:
    job_id = await press.submit("book", 8, owner="ann", reserve=5)
    ended = await press.ended(job_id)
    assert ended.status is Status.COMPLETED
    assert (ended.reserved, ended.credits) == (5, 5)
    assert ended.failed_chunks == [6, 7, 8]
    assert len(ai.asked) == 5
    chunks = await press.app.store.chunks(job_id) or []
    assert {chunk.error["type"] for chunk in chunks if chunk.error} == {"budget"}
    assert [chunk.attempt for chunk in chunks if chunk.error] == [1, 1, 1]
    assert await press.result(job_id) == ["yes"] * 5 + [None] * 3


async def test_a_retry_buys_what_the_budget_did_not_reach(press: Workshop, ai: Scripted) -> None:
    job_id = await press.submit("book", 8, owner="ann", reserve=5)
    await press.ended(job_id)
    await press.app.store.retry(job_id, "ann")
    ended = await press.ended(job_id)
    assert (ended.reserved, ended.credits, ended.failed_chunks) == (3, 8, [])
    assert len(ai.asked) == 8


async def test_many_requests_at_once_do_not_pass_a_small_budget(press: Workshop, ai: Scripted) -> None:
    job_id = await press.submit("book", 60, owner="ann", reserve=1)
    ended = await press.ended(job_id)
    assert ended.credits == 1
    assert 1 <= len(ai.asked) <= 4, "each is thought to take three tokens, and the budget is ten"


async def test_an_unpriced_job_has_no_budget(press: Workshop) -> None:
    job_id = await press.submit("alone", owner="ann", reserve=1)
    ended = await press.ended(job_id)
    assert (ended.status, ended.reserved) == (Status.COMPLETED, None)


async def test_begun_anew_everything_is_asked_again_and_no_call_is_forgotten(
    press: Workshop, ai: Scripted
) -> None:
    """DESIGN, 6.12: what the provider has seen is on record, whatever is begun anew; each round pays for its own."""
    job_id = await press.submit("book", 3, owner="ann", reserve=9)
    await press.ended(job_id)
    await press.app.store.retry(job_id, "ann", scratch=True)
    again = await press.ended(job_id)
    assert (again.status, again.credits, len(ai.asked)) == (Status.COMPLETED, 6, 6)
    calls = await press.app.store.calls(job_id) or []
    assert sorted((call.round, call.key, call.n) for call in calls) == [
        (round, f"0:{part}", round - 1) for round in (1, 2) for part in range(3)
    ]
    assert {call.outcome for call in calls} == {"succeeded"}
    purse = await press.app.store.purse("ann")
    assert (purse.balance, purse.reserved) == (1000 - 6, 0)


async def test_a_job_inside_a_callers_own_transaction_is_charged_with_it(
    postgres_url: str, ai: Scripted
) -> None:
    workshop = Workshop(postgres_url, provider=ai)
    workshop.app._prices = PRICES
    await workshop.open()

    @workshop.app.job("book")
    async def book(ctx: Context, pages: int) -> None: ...

    async def balance() -> tuple[int, int]:
        purse = await workshop.app.store.purse("ann")
        return purse.balance, purse.reserved

    async with await psycopg.AsyncConnection.connect(postgres_url) as connection:
        await workshop.app.submit("book", 1, owner="ann", reserve=10, conn=connection)
        await connection.rollback()
        assert await balance() == (0, 0)
        made = await workshop.app.submit("book", 1, owner="ann", reserve=10, conn=connection)
        assert made.reserved == 10
        with pytest.raises(InsufficientCredits):
            await workshop.app.submit("book", 1, owner="ann", reserve=991, conn=connection)
        await connection.commit()
    assert await balance() == (990, 10)
    with psycopg.connect(postgres_url) as blocking:
        await workshop.app.submit("book", 1, owner="ann", reserve=90, conn=blocking)
    assert await balance() == (900, 100)
    await workshop.close()
