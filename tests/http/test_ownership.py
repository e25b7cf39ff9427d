"""What a browser owns without signing in: its session, its jobs, and how they become an account's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter, Request
from tests.http.site import Site, running_site
from tests.http.test_sign_in import COOKIE, HTML
from tests.http.test_submission import problem

from headway.accounts.keys import hash_token
from headway.http.services import account_of
from headway.http.submission import Order, answer, submit

pytestmark = pytest.mark.anyio


def analysis() -> APIRouter:
    """A stand-in for the product's own routes: whoever asks owns the job."""
    router = APIRouter()

    @router.get("/product")
    async def page(request: Request) -> dict[str, str]:
        return {"owner": account_of(request).id, "csrf": request.state.csrf_token}

    @router.post("/api/analysis/start")
    async def start(request: Request) -> object:
        order = Order("puppet", {"name": "a"}, account_of(request).id)
        return await answer(request, await submit(request, order))

    @router.get("/api/analysis/progress/{id}")
    async def progress(request: Request, id: str) -> object:
        from headway.http.jobs import read_job

        return await read_job(request, id)

    return router


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(database_url, tmp_path, True) as running:
        running.web.api.router.routes[:0] = analysis().routes
        yield running


async def opened(browser: httpx2.AsyncClient) -> dict[str, str]:
    """The headers with which the browser may post, once it has looked at the page."""
    return {"X-CSRF-Token": (await browser.get("/product")).json()["csrf"]}


async def test_a_browser_owns_what_it_starts_without_signing_in(site: Site) -> None:
    async with site.visitor() as browser, site.visitor() as other:
        proof = await opened(browser)
        assert (await browser.post("/api/analysis/start")).status_code == 403
        started = await browser.post("/api/analysis/start", headers=proof)
        job = f"/api/jobs/{started.json()['id']}"
        await opened(other)
        for path in ("", "/chunks", "/calls", "/attempts", "/log", "/input", "/steps"):
            assert (await browser.get(job + path)).status_code == 200, path
            problem(await other.get(job + path), 404, "job-not-found")
            problem(await site.client.get(job + path), 404, "job-not-found")
        assert (await browser.get(f"/jobs/{started.json()['id']}", headers=HTML)).status_code == 200
        site.puppet("a").finish()
        assert (await browser.get(f"{job}?wait=5")).json()["status"] == "completed"


async def test_who_only_looks_costs_no_row(site: Site) -> None:
    """Or whoever asks for the page without cookies would fill the database."""
    store = site.headway.store
    async with site.visitor() as browser, site.visitor() as another:
        proof = await opened(browser)
        assert await opened(browser) == proof  # another tab has the same session
        visit = browser.cookies[COOKIE]
        assert await store.access_by_session(hash_token(visit)) is None
        made_up = {"Cookie": f"{COOKIE}={visit[:-1]}{'0' if visit[-1] != '0' else '1'}"}
        assert (await another.get("/product", headers=made_up)).json()["csrf"] != proof["X-CSRF-Token"]
        refused = await browser.post("/api/analysis/start", headers={**proof, "Idempotency-Key": ""})
        assert refused.status_code == 422
        assert await store.access_by_session(hash_token(visit)) is None
        assert (await browser.post("/api/analysis/start", headers=proof)).status_code == 202
        assert await store.access_by_session(hash_token(visit)) is not None
        assert browser.cookies[COOKIE] == visit


async def test_posting_opens_a_session_too(site: Site) -> None:
    async with site.visitor() as browser:
        started = await browser.post("/api/analysis/start")
        assert started.status_code == 202
        assert "HttpOnly" in started.headers["set-cookie"]
        assert (await browser.get(f"/api/analysis/progress/{started.json()['id']}")).status_code == 200
        browser.cookies.clear()
        problem(await browser.get(f"/api/analysis/progress/{started.json()['id']}"), 404, "job-not-found")


async def test_a_browser_without_an_account_may_do_nothing_else(site: Site) -> None:
    async with site.visitor() as browser:
        proof = await opened(browser)
        for path in ("/api/jobs", "/api/credits", "/api/nothing"):
            problem(await browser.get(path), 401, "unauthorized")
        problem(
            await browser.post("/api/jobs/puppet", json={"name": "a"}, headers=proof), 401, "unauthorized"
        )
        assert (await browser.get("/jobs", headers=HTML)).headers["location"] == "/sign-in?next=%2Fjobs"
        assert "/sign-out" not in (await browser.get("/", headers=HTML)).text


async def test_another_site_cannot_start_an_analysis_in_a_browser(site: Site) -> None:
    async with site.visitor(headers={"Sec-Fetch-Site": "cross-site"}) as browser:
        problem(await browser.post("/api/analysis/start"), 403, "forbidden")


async def test_signing_in_takes_the_analyses_along(site: Site) -> None:
    async with site.visitor() as browser:
        proof = await opened(browser)
        job_id = (await browser.post("/api/analysis/start", headers=proof)).json()["id"]
        before = browser.cookies[COOKIE]
        signed = await browser.post("/sign-in", data={"token": site.token}, headers=proof)
        assert signed.headers["location"] == "/"
        assert browser.cookies[COOKIE] != before
        assert (await browser.get(f"/api/jobs/{job_id}")).status_code == 200
        assert [job["id"] for job in (await browser.get("/api/jobs")).json()["jobs"]] == [job_id]
        gone = await browser.get(f"/api/jobs/{job_id}", headers={"Cookie": f"{COOKIE}={before}"})
        problem(gone, 404, "job-not-found")
        site.puppet("a").finish()
        await site.ended(job_id)


async def test_the_printed_link_takes_them_along_too(site: Site) -> None:
    async with site.visitor() as browser:
        job_id = (await browser.post("/api/analysis/start")).json()["id"]
        await browser.get(f"/?token={site.token}")
        assert (await browser.get(f"/api/jobs/{job_id}")).status_code == 200
