"""The page of credits: what a person sees of a ledger, and what operators do there."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.http.people import person, program, quick
from tests.http.site import Site, running_site
from tests.http.test_credits import PRICES, register
from tests.http.test_sign_in import csrf_of

pytestmark = pytest.mark.anyio
HTML = {"Accept": "text/html"}


@pytest.fixture
async def shop(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    async with running_site(sqlite_url, tmp_path, True, register=register, prices=prices) as site:
        yield site
        assert await site.headway.store.audit() == []


@pytest.fixture
async def browser(shop: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with shop.visitor(headers={**HTML, "Sec-Fetch-Site": "same-origin"}) as browser:
        await browser.get(f"/?token={shop.token}")
        yield browser


async def test_the_page_tells_of_balance_prices_and_every_entry(
    shop: Site, browser: httpx2.AsyncClient
) -> None:
    job_id, strings = await shop.running()
    strings.finish()
    await shop.ended(job_id)
    page = (await browser.get("/credits")).text
    for said in ('data-number="29"', "Monthly grant", "Used", "Reserved", f'href="/jobs/{job_id}"', "fine"):
        assert said in page
    arabic = (await browser.get("/credits?lang=ar")).text
    assert 'dir="rtl"' in arabic
    assert "المنحة الشهرية" in arabic


async def test_a_long_ledger_has_pages(shop: Site, browser: httpx2.AsyncClient) -> None:
    for n in range(30):
        await shop.headway.store.grant("local", 1, reason=f"number {n}", by="local")
    first = (await browser.get("/credits")).text
    assert ("number 29" in first, "number 3<" in first) == (True, False)
    older = first.split('href="/credits?cursor=')[1].split("#")[0]
    second = (await browser.get(f"/credits?cursor={older}")).text
    assert ("number 3<" in second, "number 29" in second, "Newest" in second) == (True, False, True)
    assert (await browser.get("/credits?cursor=x")).status_code == 422


async def test_an_operator_grants_and_refunds_by_form(shop: Site, browser: httpx2.AsyncClient) -> None:
    job_id, strings = await shop.running()
    strings.finish()
    await shop.ended(job_id)
    token = {"csrf_token": await csrf_of(browser, shop)}
    granted = await browser.post(
        "/credits/grant", data={**token, "account": "local", "amount": "7", "reason": "why not"}
    )
    assert (granted.status_code, granted.headers["location"]) == (303, "/credits?done=granted")
    refunded = await browser.post(
        "/credits/refund", data={**token, "job_id": job_id, "amount": "", "reason": "sorry"}
    )
    assert (refunded.status_code, refunded.headers["location"]) == (303, "/credits?done=refunded")
    page = (await browser.get("/credits?done=refunded")).text
    assert all(said in page for said in ("why not", "Refunded", "sorry", "given back"))
    wrong = await browser.post(
        "/credits/grant", data={**token, "account": "eve", "amount": "0", "reason": "x"}
    )
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    again = await browser.post("/credits/refund", data={**token, "job_id": job_id, "reason": "again"})
    assert again.status_code == 422
    assert "were not given back" in again.text


async def test_who_is_no_operator_sees_no_forms_and_gives_nothing(shop: Site) -> None:
    await person(quick(shop))
    async with await program(shop) as ann:
        page = await ann.get("/credits", headers=HTML)
        assert page.status_code == 200
        assert "/credits/grant" not in page.text
        refused = await ann.post(
            "/credits/grant", data={"account": "ann@example.org", "amount": "5", "reason": "x"}
        )
        assert refused.status_code == 403
