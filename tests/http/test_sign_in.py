"""Who may: the local token, the sign-in link, sessions, forgery, what is public, and what is local."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from tests.http.site import Site, Start
from tests.http.test_submission import problem
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from headway.accounts.keys import local_token
from headway.accounts.sessions import comes_from_elsewhere, local_path

pytestmark = pytest.mark.anyio

HTML = {"Accept": "text/html,application/xhtml+xml"}
COOKIE = "headway_session"


async def csrf_of(browser: httpx2.AsyncClient, site: Site) -> str:
    """The token that our pages carry."""
    session = browser.cookies[COOKIE]
    from headway.accounts.sessions import csrf_token

    token = csrf_token(site.web.services.key, session)
    assert token in (await browser.get("/jobs", headers=HTML)).text
    return token


@asynccontextmanager
async def signed_in(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with site.visitor() as browser:
        await browser.get(f"/?token={site.token}")
        yield browser


async def test_the_token_is_kept_for_its_owner_only(lite: Site, tmp_path: Path) -> None:
    file = lite.headway.settings.data_dir / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((file.parent / "secret_key").stat().st_mode) == 0o600
    assert local_token(file.parent) == lite.token
    for name in ("headway.db", "headway.db-wal"):
        assert lite.token.encode() not in (tmp_path / name).read_bytes()


async def test_processes_that_start_at_once_agree_on_one_token(tmp_path: Path) -> None:
    tokens = await asyncio.gather(*(asyncio.to_thread(local_token, tmp_path / "new") for _ in range(20)))
    assert len(set(tokens)) == 1
    assert os.listdir(tmp_path / "new") == ["token"]


async def test_without_a_token_a_program_is_told_to_sign_in(site: Site) -> None:
    async with site.visitor() as visitor:
        for path in ("/api/jobs", "/api/credits", "/api/jobs/x", "/api/jobs/x/events", "/api/nothing"):
            answer = await visitor.get(path)
            problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        problem(await visitor.post("/api/jobs/puppet", json={"name": "a"}), 401, "unauthorized")


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic eDp5", "Bearer", "Bearer é"])
async def test_a_wrong_token_is_refused_even_where_none_is_needed(lite: Site, header: str) -> None:
    async with lite.visitor(headers={"Authorization": header.encode()}) as visitor:
        problem(await visitor.get("/api/jobs"), 401, "unauthorized")


async def test_a_person_is_led_to_sign_in_and_back(lite: Site) -> None:
    async with lite.visitor() as browser:
        answer = await browser.get("/jobs?status=failed", headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fjobs%3Fstatus%3Dfailed"
        page = await browser.get(answer.headers["location"], headers=HTML)
        assert page.status_code == 200
        signed = await browser.post("/sign-in", data={"token": lite.token, "next": "/jobs?status=failed"})
        assert (signed.status_code, signed.headers["location"]) == (303, "/jobs?status=failed")
        assert (await browser.get("/jobs", headers=HTML)).status_code == 200


async def test_the_printed_link_signs_in_and_drops_the_token(site: Site) -> None:
    async with site.visitor() as browser:
        answer = await browser.get(f"/essays?a=1&token={site.token}&b=2", headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, "/essays?a=1&b=2")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie
        assert (await browser.get("/api/jobs")).status_code == 200
    async with site.visitor() as browser:
        wrong = await browser.get("/?token=wrong", headers=HTML)
        assert wrong.headers["location"] == "/sign-in?next=%2F&error=token"
        assert "set-cookie" not in wrong.headers


async def test_a_link_does_not_lead_to_another_host(site: Site) -> None:
    async with site.visitor() as browser:
        signed_in = await browser.get(f"{site.url}//evil.example/?token={site.token}", headers=HTML)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")


async def test_behind_https_the_cookie_is_bound_to_the_host(start: Start) -> None:
    site = await start(public_url="https://work.example")
    async with site.visitor() as browser:
        cookie = (await browser.get(f"/?token={site.token}")).headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert cookie.endswith("; Secure")


async def test_a_wrong_token_in_the_form_leads_back_to_it(lite: Site) -> None:
    async with lite.visitor() as browser:
        answer = await browser.post("/sign-in", data={"token": "wrong", "next": "https://evil.example/"})
        assert answer.headers["location"] == "/sign-in?next=%2F&error=token"


async def test_signing_out_ends_the_session_for_good(site: Site) -> None:
    async with signed_in(site) as browser:
        session = browser.cookies[COOKIE]
        answer = await browser.post("/sign-out", headers={"X-CSRF-Token": await csrf_of(browser, site)})
        assert answer.status_code == 303
        assert COOKIE not in browser.cookies
        problem(
            await browser.get("/api/jobs", headers={"Cookie": f"{COOKIE}={session}"}), 401, "unauthorized"
        )


async def test_a_session_must_prove_that_our_page_asks(site: Site) -> None:
    async with signed_in(site) as browser:
        token = await csrf_of(browser, site)
        body = {"name": "a"}
        problem(await browser.post("/api/jobs/puppet", json=body), 403, "forbidden")
        for wrong in ("", "x", token[:-1]):
            answer = await browser.post("/api/jobs/puppet", json=body, headers={"X-CSRF-Token": wrong})
            problem(answer, 403, "forbidden")
        right = await browser.post("/api/jobs/puppet", json=body, headers={"X-CSRF-Token": token})
        assert right.status_code == 202


async def test_a_plain_form_proves_it_by_a_field(lite: Site) -> None:
    async with signed_in(lite) as browser:
        token = await csrf_of(browser, lite)
        assert (await browser.post("/sign-out", data={"csrf_token": "x"})).status_code == 403
        form = {"csrf_token": token, "task_type": "task_2"}
        file = {"file": ("a", b"data" * 100_000)}
        first = await browser.post("/api/jobs/weigh", data=form, files=file, headers={"Prefer": "wait=10"})
        assert first.status_code == 200
        assert first.json()["result"]["bytes"] == 400_000
        assert first.json()["result"]["fields"] == {"task_type": "task_2"}
        late = {"task_type": "task_2", "csrf_token": token}
        assert (await browser.post("/api/jobs/weigh", data=late, files=file)).status_code == 403
        assert (
            await browser.post("/sign-out", data={"x": "1" * 1000, "csrf_token": token})
        ).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_is_refused_even_with_the_token(lite: Site, headers: dict[str, str]) -> None:
    async with signed_in(lite) as browser:
        token = await csrf_of(browser, lite)
        answer = await browser.post(
            "/api/jobs/puppet", json={"name": "a"}, headers={**headers, "X-CSRF-Token": token}
        )
        problem(answer, 403, "forbidden")
        sign_in = await browser.post("/sign-in", data={"token": lite.token}, headers=headers)
        problem(sign_in, 403, "forbidden")
        bearer = {**headers, "Authorization": f"Bearer {lite.token}"}
        assert (await browser.post("/api/jobs/puppet", json={"name": "a"}, headers=bearer)).status_code == 202


async def test_a_websocket_of_another_origin_gets_no_session(lite: Site) -> None:
    job_id, _ = await lite.running()
    async with signed_in(lite) as browser:
        cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
    address = f"{lite.url.replace('http', 'ws', 1)}/api/jobs/{job_id}/ws"
    async with connect(address, additional_headers={"Cookie": cookie}, origin=lite.url) as socket:
        assert await socket.recv()
    with pytest.raises(InvalidStatus) as refused:
        async with connect(address, additional_headers={"Cookie": cookie}, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_what_is_public_needs_nothing(lite: Site) -> None:
    async with lite.visitor() as visitor:
        for path in ("/", "/sign-in", "/healthz", "/readyz", "/metrics", "/api/docs", "/api/openapi.json"):
            assert (await visitor.get(path, headers=HTML)).status_code == 200, path
        assert (await visitor.get("/static/headway.js")).status_code == 200
        assert (await visitor.get("/watch/x", headers=HTML)).status_code == 404


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/jobs?x=1#y", "/jobs?x=1#y"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("%2F%2Fevil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\tevil", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
async def test_a_sign_in_leads_only_within_this_site(target: str | None, safe: str) -> None:
    assert local_path(target) == safe


async def test_fetch_metadata_decide_before_the_origin() -> None:
    own = frozenset({"http://here"})
    assert comes_from_elsewhere("cross-site", "http://here", own)
    assert not comes_from_elsewhere("same-origin", "http://other", own)
    assert not comes_from_elsewhere("none", None, own)
    assert comes_from_elsewhere(None, "http://other", own)
    assert not comes_from_elsewhere(None, "HTTP://HERE", own)
    assert not comes_from_elsewhere(None, None, own)
