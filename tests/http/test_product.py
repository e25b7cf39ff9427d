"""The product's own routes: a browser owns what it started, and the same reviews are analysed once a day."""

import asyncio
import csv
import io
from typing import Any

import httpx2
import pytest
from tests.apps.product import corpus
from tests.conftest import Clock
from tests.http.site import WITHIN_S, Application, Site, Start
from tests.http.test_essay import text_of
from tests.http.test_submission import fields, problem

from headway.apps.product import routes
from headway.apps.product.job import register
from headway.apps.product.result import Analysis
from headway.apps.product.routes import FinishedStart, ProgressBody, StartedBody

pytestmark = pytest.mark.anyio

PRODUCT = corpus.product(8, 4)
START = "/api/analysis/start"


@pytest.fixture
def application() -> Application:
    return register


@pytest.fixture
async def shop(start: Start) -> Site:
    return await start(product_sources="shop.example")


async def proof(browser: httpx2.AsyncClient) -> dict[str, str]:
    """The headers with which a browser may post, once it has looked at the page."""
    page = (await browser.get("/product", headers={"Accept": "text/html"})).text
    return {"X-CSRF-Token": page.partition('name="csrf-token" content="')[2].partition('"')[0]}


async def ended(client: httpx2.AsyncClient, session_id: str) -> ProgressBody:
    async with asyncio.timeout(WITHIN_S):
        while True:
            await client.get(f"/api/jobs/{session_id}?wait=5")
            body = ProgressBody.model_validate(
                (await client.get(f"/api/analysis/progress/{session_id}")).json()
            )
            if body.status in ("completed", "failed", "cancelled"):
                return body


async def test_a_browser_starts_follows_and_reads_its_analysis(shop: Site) -> None:
    async with shop.visitor() as browser:
        headers = await proof(browser)
        answer = await browser.post(START, json=PRODUCT, headers=headers)
        assert answer.status_code == 202
        started = StartedBody.model_validate(answer.json())
        assert started.session_id == started.id
        body = await ended(browser, started.session_id)
        assert (body.status, body.progress, body.error) == ("completed", 100, None)
        assert body.redirect_url == f"/product?job={started.session_id}"
        assert body.result is not None
        assert body.result.counts.received == 12
        assert (await browser.get(body.redirect_url, headers={"Accept": "text/html"})).status_code == 200


async def test_another_browser_finds_nothing_of_it(shop: Site) -> None:
    async with shop.visitor() as browser, shop.visitor() as other:
        session = (await browser.post(START, json=PRODUCT, headers=await proof(browser))).json()["session_id"]
        await proof(other)
        for client in (other, shop.client):
            for path in (
                f"/api/analysis/progress/{session}",
                f"/api/jobs/{session}",
                f"/api/jobs/{session}/result",
            ):
                problem(await client.get(path), 404, "job-not-found")
        assert (await browser.get(f"/api/analysis/progress/{session}")).status_code == 200


async def test_a_post_without_proof_is_refused(shop: Site) -> None:
    async with shop.visitor() as browser:
        headers = await proof(browser)
        problem(await browser.post(START, json=PRODUCT), 403, "forbidden")
        problem(await browser.post(START, json=PRODUCT, headers={"X-CSRF-Token": "wrong"}), 403, "forbidden")
        problem(await browser.post("/product", data={"reviews": "Fine."}), 403, "forbidden")
        files = {"file": ("a.csv", b"content\nFine\n")}
        problem(await browser.post(START, files=files), 403, "forbidden")
        assert (await browser.post(START, json=PRODUCT, headers=headers)).status_code == 202


async def test_the_same_reviews_within_a_day_are_the_same_analysis(
    shop: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(value: object) -> str:
        return str((await shop.client.post(START, json=value)).json()["session_id"])

    first = await start(PRODUCT)
    turned = {"reviews": PRODUCT["reviews"][::-1], "product": PRODUCT["product"]}
    assert await start(turned) == first
    await ended(shop.client, first)
    assert await start(PRODUCT) == first
    other = {**PRODUCT, "reviews": PRODUCT["reviews"][1:]}
    assert await start(other) != first
    async with shop.visitor() as browser:
        of_another = (await browser.post(START, json=PRODUCT, headers=await proof(browser))).json()[
            "session_id"
        ]
        assert of_another != first
    monkeypatch.setattr(routes, "SAME_WITHIN_S", -1)  # a day has passed
    later = await start(PRODUCT)
    assert later != first


async def test_an_analysis_that_was_cancelled_is_made_anew(start: Start) -> None:
    idle = await start(worker=False)
    first = (await idle.client.post(START, json=PRODUCT)).json()["session_id"]
    await idle.client.post(f"/api/jobs/{first}/cancel")
    again = (await idle.client.post(START, json=PRODUCT)).json()["session_id"]
    assert again != first
    assert (await idle.client.post(START, json=PRODUCT)).json()["session_id"] == again
    cancelled = ProgressBody.model_validate((await idle.client.get(f"/api/analysis/progress/{first}")).json())
    assert (cancelled.status, cancelled.result) == ("cancelled", None)
    assert cancelled.error


async def test_without_async_the_answer_is_the_result(start: Start) -> None:
    site = await start(async_=False)
    answer = await site.client.post(START, json=PRODUCT)
    assert answer.status_code == 200
    finished = FinishedStart.model_validate(answer.json())
    assert finished.result is not None
    assert finished.result.counts.analysed == 12


def table(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "author", "content", "rating", "verified"])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize("path", [START, "/api/jobs/product"])
async def test_a_table_is_uploaded(shop: Site, path: str) -> None:
    files = {"title": (None, "Amber Kettle"), "file": ("reviews.csv", table(PRODUCT["reviews"]), "text/csv")}
    job = (await shop.client.post(path, files=files)).json()["id"]
    found = Analysis.model_validate((await ended(shop.client, job)).result.model_dump())  # type: ignore[union-attr]  # it has ended
    as_json = (await shop.client.post(START, json=PRODUCT)).json()["id"]
    assert found == (await ended(shop.client, as_json)).result


@pytest.mark.parametrize(
    ("send", "field", "status"),
    [
        ({"json": {}}, "", 422),
        ({"json": {"reviews": [{"content": "a", "rating": 11}]}}, "reviews.0.rating", 422),
        ({"json": {"reviews": [{"content": "a"}] * 20_001}}, "reviews", 422),
        ({"json": {"url": "https://evil.test/"}}, "url", 422),
        ({"json": {"url": "http://169.254.169.254/latest"}}, "url", 422),
        ({"content": b'{"reviews": [', "headers": {"Content-Type": "application/json"}}, "", 400),
        ({"files": {"file": ("a.csv", b"colour\nred\n")}}, "file", 422),
        ({"files": {"file": ("a.csv", b"")}}, "file", 422),
    ],
)
async def test_what_cannot_be_analysed_is_refused_by_its_field(
    shop: Site, send: dict[str, Any], field: str, status: int
) -> None:
    answer = await shop.client.post(START, **send)
    assert fields(problem(answer, status, "malformed-body" if status == 400 else "invalid-input")) == [field]


async def test_another_sort_of_body_is_not_taken(shop: Site) -> None:
    answer = await shop.client.post(START, content=b"<x/>", headers={"Content-Type": "text/xml"})
    problem(answer, 415, "unsupported-media-type")


async def test_what_is_no_analysis_is_not_found(shop: Site) -> None:
    problem(await shop.client.get("/api/analysis/progress/x"), 404, "job-not-found")
    other = await shop.submit()
    problem(await shop.client.get(f"/api/analysis/progress/{other['id']}"), 404, "not-found")


@pytest.mark.parametrize("many", [False, True])
async def test_files_have_every_review_and_the_report(shop: Site, many: bool) -> None:
    product = corpus.product(200, 60) if many else PRODUCT
    product = {
        **product,
        "reviews": [*product["reviews"], {"id": "x", "author": "=1+1", "content": "تمام ☕", "rating": 4}],
    }
    job = (await shop.client.post(START, json=product)).json()["id"]
    found = (await ended(shop.client, job)).result
    assert found is not None
    answer = await shop.client.get(f"/api/jobs/{job}/export?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["Review"]: row["Text"] for row in rows} == {
        row["id"]: row["content"] for row in product["reviews"]
    }
    assert sum(row["Verdict"] == "fake" for row in rows) == found.counts.fake
    assert next(row["Author"] for row in rows if row["Review"] == "x") == "'=1+1"


async def test_the_report_is_a_pdf_in_both_languages(shop: Site) -> None:
    job = (await shop.client.post(START, json=PRODUCT)).json()["id"]
    found = (await ended(shop.client, job)).result
    assert found is not None
    for lang, words in (("en", ["Review analysis: grade", "What stands out"]), ("ar", ["Amber Kettle"])):
        url = f"/api/jobs/{job}/export?format=pdf&lang={lang}"
        pdf = await shop.client.get(url, timeout=60)  # fonts are loaded the first time
        assert pdf.headers["content-type"] == "application/pdf"
        text = text_of(pdf.content)
        for word in (*words, found.genuine_examples[0].review_id, str(found.fake_percentage)):
            assert word in text


async def test_a_shared_link_shows_the_result_to_anyone(shop: Site) -> None:
    async with shop.visitor() as browser, shop.visitor() as anyone:
        headers = await proof(browser)
        session = (await browser.post(START, json=PRODUCT, headers=headers)).json()["session_id"]
        await ended(browser, session)
        link = (await browser.post(f"/api/jobs/{session}/share", headers=headers)).json()["url"]
        token = link.rpartition("/")[2]
        shared = await anyone.get(f"/api/watch/{token}/result")
        assert Analysis.model_validate(shared.json()).counts.received == 12
        assert (
            await anyone.get(f"/product?watch={token}", headers={"Accept": "text/html"})
        ).status_code == 200


async def test_a_form_without_scripts_leads_to_its_job(shop: Site) -> None:
    async with shop.visitor() as browser:
        token = (await proof(browser))["X-CSRF-Token"]
        form = {"csrf_token": token, "title": "Kettle", "reviews": "Took 4:10 for 1.7 l.\n\nCord of 70 cm."}
        posted = await browser.post("/product", data=form)
        assert posted.status_code == 303
        job = posted.headers["location"].rpartition("/")[2]
        assert (await ended(browser, job)).result.counts.analysed == 2  # type: ignore[union-attr]  # it has ended
        empty = await browser.post("/product", data={"csrf_token": token})
        assert empty.status_code == 422
        assert "Paste reviews, or choose a file" in empty.text


async def test_a_quote_says_what_it_would_take_and_starts_nothing(shop: Site) -> None:
    doubled = {**PRODUCT, "reviews": [*PRODUCT["reviews"], {**PRODUCT["reviews"][0], "id": "again"}]}
    said = (await shop.client.post("/api/quotes/product", json=doubled)).json()
    assert {
        name: said[name] for name in ("reviews", "distinct", "repeated", "chunks", "credits", "tokens")
    } == {
        "reviews": 13,
        "distinct": 12,
        "repeated": 1,
        "chunks": 1,
        "credits": 0,
        "tokens": 0,
    }
    files = {"file": ("reviews.csv", table(PRODUCT["reviews"]), "text/csv")}
    assert (await shop.client.post("/api/quotes/product", files=files)).json()["reviews"] == 12
    answer = await shop.client.post("/api/quotes/product", json={"url": "https://evil.test/"})
    assert fields(problem(answer, 422, "invalid-input")) == ["url"]
    assert (await shop.client.get("/api/jobs?kind=product")).json()["jobs"] == []
