"""Credits over HTTP: a balance, its ledger, quotes, 402 with what is missing, what operators give."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from tests.engine.scripted import Scripted
from tests.http.people import person, program, quick
from tests.http.site import WITHIN_S, Site, running_site
from tests.http.test_submission import fields, problem

from headway import Context, Headway, Request
from headway.http.models import CreditsBody, LedgerBody, Quote, SnapshotBody
from headway.http.services import QuoteRequest

pytestmark = pytest.mark.anyio
PRICES = """
monthly_grant = 30

[credits.puppet]
per_job = 1

[credits.words]
per_1000_tokens = { plain = 100, fine = 500 }
reserve = 7
"""


class Words(BaseModel):
    text: str
    tier: str = "plain"


def register(headway: Headway) -> None:
    """A kind that asks a model, priced by what it asks for; the model counts characters as tokens."""
    headway._given = Scripted()

    @headway.job("words", max_attempts=1, tier=lambda order: order.tier)
    async def words(ctx: Context, order: Words) -> str:
        return (await ctx.ask(Request(order.text))).text


async def quote_words(ask: QuoteRequest) -> Mapping[str, object]:
    return {
        "tokens": len(str(ask.fields["text"])) + 1,
        "letters": len(str(ask.fields["text"])),
        "lang": ask.lang,
    }


@asynccontextmanager
async def open_shop(url: str, folder: Path) -> AsyncIterator[Site]:
    prices = folder / "prices.toml"
    prices.write_text(PRICES)
    async with running_site(url, folder, True, register=register, prices=prices) as site:
        yield site
        assert await site.headway.store.audit() == []


@pytest.fixture
async def shop(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """On one store: what the other one does differently is tried by `tests/store`."""
    async with open_shop(sqlite_url, tmp_path) as site:
        yield site


@pytest.fixture
async def either(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_shop(database_url, tmp_path) as site:
        yield site


async def standing(site: Site) -> dict[str, Any]:
    body: dict[str, Any] = (await site.client.get("/api/credits")).json()
    CreditsBody.model_validate(body)
    return body


async def entries(site: Site) -> list[tuple[str, int, int]]:
    body = LedgerBody.model_validate((await site.client.get("/api/credits/ledger")).json())
    return [(each.entry, each.amount, each.balance) for each in reversed(body.entries)]


async def test_the_month_is_granted_and_the_prices_are_told(shop: Site) -> None:
    body = await standing(shop)
    assert (body["balance"], body["reserved"], body["monthly_grant"]) == (30, 0, 30)
    assert body["next_grant_at"].endswith("-01T00:00:00.000Z")
    assert body["prices"] == {
        "puppet": {"per_job": 1, "per_1000_tokens": {}},
        "words": {"per_job": 0, "per_1000_tokens": {"plain": 100, "fine": 500}},
    }
    assert await entries(shop) == [("grant", 30, 30)]


async def test_a_flat_price_is_reserved_shown_and_settled(either: Site) -> None:
    job_id, strings = await either.running()
    job = (await either.client.get(f"/api/jobs/{job_id}")).json()
    assert job["credits"] == {"reserved": 1, "settled": None}
    assert (await standing(either))["reserved"] == 1
    strings.finish()
    ended = await either.ended(job_id)
    SnapshotBody.model_validate(ended)
    assert ended["credits"] == {"reserved": 1, "settled": 1}
    assert await entries(either) == [("grant", 30, 30), ("reserve", -1, 29), ("settle", 0, 29)]


async def test_too_few_credits_are_402_with_what_is_missing(shop: Site) -> None:
    await shop.submit(params={"budget": "25"})
    refused = problem(
        await shop.client.post("/api/jobs/words?budget=20", json={"text": "hi"}), 402, "insufficient-credits"
    )
    assert (refused["needed"], refused["balance"], refused["missing"]) == (20, 5, 15)
    assert refused["detail"] == "This needs 20 credits, and the balance is 5: 15 are missing"
    assert len((await shop.client.get("/api/jobs")).json()["jobs"]) == 1
    told = await shop.client.post(
        "/api/jobs/words?budget=20", json={"text": "hi"}, headers={"Accept-Language": "ar"}
    )
    assert told.json()["detail"] != refused["detail"]


async def test_64_at_once_against_a_balance_for_ten(either: Site) -> None:
    sent = [
        either.client.post("/api/jobs/words?budget=3", json={"text": "x", "tier": "fine"}) for _ in range(64)
    ]
    # each costs 1 credit in the end, but none has ended before the last is sent: the model waits
    gate = either.headway._given
    assert isinstance(gate, Scripted)
    gate.gate.clear()
    told = [answer.status_code for answer in await asyncio.gather(*sent)]
    gate.gate.set()
    assert sorted(told) == [202] * 10 + [402] * 54


async def test_a_quote_says_what_would_be_reserved_and_a_submission_reserves_it(shop: Site) -> None:
    quotes = dict(shop.web.services.quotes)
    object.__setattr__(shop.web.services, "quotes", {**quotes, "words": quote_words})
    text = {"text": "x" * 39, "tier": "plain"}
    said = Quote.model_validate((await shop.client.post("/api/quotes/words?lang=ar", json=text)).json())
    assert (said.credits, said.tokens, said.chunks) == (4, 40, None)
    assert said.model_extra == {"letters": 39, "lang": "ar"}
    dear = await shop.client.post("/api/quotes/words", json={**text, "tier": "fine"})
    assert dear.json()["credits"] == 20
    assert await entries(shop) == [] or (await standing(shop))["reserved"] == 0
    accepted = (await shop.client.post("/api/jobs/words", json=text)).json()
    ended = await shop.ended(accepted["id"])
    assert ended["credits"] == {"reserved": 4, "settled": 4}


async def test_a_kind_without_a_quote_reserves_what_the_list_says(shop: Site) -> None:
    quote = (await shop.client.post("/api/quotes/words", json={"text": "hello"})).json()
    assert (quote["credits"], quote["tokens"]) == (7, None)
    job = (await shop.client.post("/api/jobs/words", json={"text": "hello"})).json()
    assert (await shop.ended(job["id"]))["credits"] == {"reserved": 7, "settled": 1}
    problem(await shop.client.post("/api/quotes/words", json={"text": 5}), 422, "invalid-input")
    problem(await shop.client.post("/api/quotes/none", json={}), 404, "unknown-kind")


async def test_a_retry_that_cannot_be_paid_is_402(shop: Site) -> None:
    job_id, strings = await shop.running()
    strings.fail()
    await shop.ended(job_id)
    assert (await standing(shop))["balance"] == 30
    other = await shop.submit(params={"budget": "30", "scheduled_at": "2099-01-01T00:00:00Z"})
    problem(await shop.client.post(f"/api/jobs/{job_id}/retry"), 402, "insufficient-credits")
    await shop.client.post(f"/api/jobs/{other['id']}/cancel")
    assert (await shop.client.post(f"/api/jobs/{job_id}/retry")).status_code == 202
    strings.finish()
    assert (await shop.ended(job_id))["credits"] == {"reserved": 1, "settled": 1}


async def test_operators_grant_and_refund_with_a_reason(shop: Site) -> None:
    async with await shop.stranger("bob") as bob:
        async with shop.visitor() as nobody:
            assert (await nobody.get("/api/credits")).status_code == 401
        granted = await shop.client.post(
            "/api/credits/grant", json={"account": "bob", "amount": 5, "reason": "welcome"}
        )
        assert granted.json()["balance"] == 35
        wrong = await shop.client.post(
            "/api/credits/grant", json={"account": "eve", "amount": 0, "reason": ""}
        )
        assert fields(problem(wrong, 422, "invalid-input")) == ["amount", "reason"]
        missing = await shop.client.post(
            "/api/credits/grant", json={"account": "eve", "amount": 1, "reason": "x"}
        )
        assert fields(problem(missing, 422, "invalid-input")) == ["account"]
        job = (await bob.post("/api/jobs/words", json={"text": "x" * 30})).json()
        async with asyncio.timeout(WITHIN_S):
            while (await bob.get(f"/api/jobs/{job['id']}?wait=5")).json()["status"] != "completed":
                pass
        refunded = await shop.client.post(
            "/api/credits/refund", json={"job_id": job["id"], "reason": "sorry"}
        )
        assert refunded.json()["balance"] == 35
        problem(
            await shop.client.post("/api/credits/refund", json={"job_id": job["id"], "reason": "x"}),
            422,
            "invalid-input",
        )
        newest = (await bob.get("/api/credits/ledger?limit=1")).json()
        assert newest["entries"][0]["reason"] == "sorry"
        older = (await bob.get("/api/credits/ledger", params={"cursor": newest["next"]})).json()["entries"]
        assert {each["kind"] for each in older} == {None, "words"}
        problem(await bob.get("/api/credits/ledger?cursor=x"), 422, "invalid-input")
    acts = (await shop.client.get("/api/audit?act=credits")).json()["acts"]
    assert [act["act"] for act in acts] == ["credits.refund", "credits.grant"]


async def test_the_export_of_an_account_has_its_ledger(shop: Site) -> None:
    await standing(shop)
    packed = (await shop.client.get("/api/account/export")).content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        [entry] = json.loads(archive.read("credits.json"))
    assert (entry["entry"], entry["amount"]) == ("grant", 30)


async def test_who_is_no_operator_gives_nothing_and_sees_his_own_alone(shop: Site) -> None:
    job_id, strings = await shop.running()
    strings.finish()
    await shop.ended(job_id)
    await person(quick(shop))
    async with await program(shop) as ann:
        given = {"account": "ann@example.org", "amount": 5, "reason": "because"}
        problem(await ann.post("/api/credits/grant", json=given), 403, "forbidden")
        problem(
            await ann.post("/api/credits/refund", json={"job_id": job_id, "reason": "x"}), 403, "forbidden"
        )
        assert (await ann.get("/api/credits")).json()["balance"] == 30
        assert len((await ann.get("/api/credits/ledger")).json()["entries"]) == 1
        assert (await shop.client.post("/api/credits/grant", json=given)).json()["balance"] == 35
