"""One's own account over HTTP and on its page: tokens, sessions, export, erasure; what operators do."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
import orjson
import pytest
from tests.http.people import PASSWORD, bearer, granted, person, program, quick
from tests.http.site import WITHIN_S, Site, Start
from tests.http.test_sign_in import COOKIE, HTML
from tests.http.test_submission import problem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ann_site(start: Start) -> Site:
    site = quick(await start(registration="open"))
    await person(site)
    return site


@pytest.fixture
async def ann(ann_site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with aclosing(await program(ann_site)) as client:
        yield client


@asynccontextmanager
async def browser_of(site: Site, email: str = "ann@example.org") -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that is signed in, and sends its forms as our pages do."""
    async with site.visitor(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}) as browser:
        answer = await browser.post("/sign-in", data={"email": email, "password": PASSWORD})
        assert answer.headers["location"] == "/", answer.headers
        found = re.search(
            r'name="csrf-token" content="(\w+)"', (await browser.get("/account", headers=HTML)).text
        )
        assert found
        browser.headers["X-CSRF-Token"] = found[1]
        yield browser


# -- tokens and sessions --------------------------------------------------------------------------------------


async def test_a_token_is_shown_once_used_and_revoked(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    made = await ann.post("/api/account/tokens", json={"name": " the nightly  job "})
    assert made.status_code == 201
    body = made.json()
    assert body["name"] == "the nightly job"
    assert body["token"].startswith(body["hint"])
    store = ann_site.headway.store
    async with ann_site.visitor(headers=bearer(body["token"])) as nightly:
        assert (await nightly.get("/api/account")).json()["email"] == "ann@example.org"
        await store.act(lambda w: None)  # what was noted of its use is committed before this
        [shown] = (await ann.get("/api/account/tokens")).json()["tokens"]
        assert "token" not in shown
        assert body["token"] not in str(shown)
        assert shown["last_used_at"] is not None
        assert (await ann.delete(f"/api/account/tokens/{body['id']}")).status_code == 204
        problem(await nightly.get("/api/account"), 401, "unauthorized")
    problem(await ann.delete(f"/api/account/tokens/{body['id']}"), 404, "not-found")


async def test_the_database_keeps_no_secret(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    tokens = await granted(ann_site)
    made = (await ann.post("/api/account/tokens", json={"name": "x"})).json()
    async with browser_of(ann_site) as browser:
        secrets = [tokens["refresh_token"], made["token"], browser.cookies[COOKIE], PASSWORD]
    await ann_site.headway.store.act(lambda w: None)
    url = ann_site.headway.settings.database_url.removeprefix("sqlite:///")
    kept = b"".join(await asyncio.gather(*(asyncio.to_thread(read, url + end) for end in ("", "-wal"))))
    for secret in secrets:
        assert secret.encode() not in kept


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


async def test_another_can_neither_see_nor_revoke_a_token_or_session(
    ann_site: Site, ann: httpx2.AsyncClient
) -> None:
    await person(ann_site, "bob@example.org")
    made = (await ann.post("/api/account/tokens", json={"name": "x"})).json()
    [session] = (await ann.get("/api/account/sessions")).json()["sessions"]
    async with aclosing(await program(ann_site, "bob@example.org")) as bob:
        assert (await bob.get("/api/account/tokens")).json() == {"tokens": []}
        problem(await bob.delete(f"/api/account/tokens/{made['id']}"), 404, "not-found")
        problem(await bob.delete(f"/api/account/sessions/{session['id']}"), 404, "not-found")
    problem(await ann_site.client.delete(f"/api/account/tokens/{made['id']}"), 404, "not-found")
    assert (await ann.get("/api/account")).status_code == 200


async def test_sessions_are_listed_and_can_be_ended_one_by_one(
    ann_site: Site, ann: httpx2.AsyncClient
) -> None:
    async with browser_of(ann_site) as browser:
        listed = (await ann.get("/api/account/sessions")).json()["sessions"]
        assert [(each["kind"], each["current"]) for each in sorted(listed, key=lambda s: s["kind"])] == [
            ("browser", False),
            ("program", True),
        ]
        other = next(each["id"] for each in listed if not each["current"])
        assert (await ann.delete(f"/api/account/sessions/{other}")).status_code == 204
        problem(await browser.get("/api/account"), 401, "unauthorized")
        assert len((await ann.get("/api/account/sessions")).json()["sessions"]) == 1


async def test_signing_out_everywhere_leaves_api_tokens(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    made = (await ann.post("/api/account/tokens", json={"name": "x"})).json()
    async with browser_of(ann_site) as browser, ann_site.visitor(headers=bearer(made["token"])) as nightly:
        assert (await browser.delete("/api/account/sessions")).status_code == 204
        problem(await ann.get("/api/account"), 401, "unauthorized")
        problem(await browser.get("/api/account"), 401, "unauthorized")
        assert (await nightly.get("/api/account")).status_code == 200


# -- export and erasure ---------------------------------------------------------------------------------------


async def test_an_export_holds_all_that_one_owns_and_nothing_of_another(
    ann_site: Site, ann: httpx2.AsyncClient
) -> None:
    file = {"file": ("../my report.txt", b"data" * 100_000)}
    job = (
        await ann.post("/api/jobs/weigh", data={"a": "b"}, files=file, headers={"Prefer": "wait=10"})
    ).json()
    theirs = await ann_site.completed("theirs")
    made = await ann.post("/api/hooks", json={"url": "https://hooks.example.org/x"})
    [sent] = (await ann.post(f"/api/hooks/{made.json()['id']}/test")).json()["deliveries"]
    assert (await ann.post(f"/api/jobs/{job['id']}/share")).status_code == 200
    answer = await ann.get("/api/account/export")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith("attachment")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = archive.namelist()
    assert not any(theirs in name for name in names)
    [name] = [name for name in names if "/files/" in name]
    assert name.startswith(f"jobs/{job['id']}/files/")
    assert ".." not in name.split("/")
    assert archive.read(name) == b"data" * 100_000
    whole = orjson.loads(archive.read(f"jobs/{job['id']}/job.json"))
    assert whole["result"]["bytes"] == 400_000
    assert whole["input"]["a"] == "b"
    assert orjson.loads(archive.read("account.json"))["email"] == "ann@example.org"
    assert "hash" not in archive.read("sessions.json").decode()
    assert {"tokens.json", "credits.json", "hooks.json"} <= set(names)
    [hook] = orjson.loads(archive.read("hooks.json"))
    assert (hook["url"], "secret" in hook) == ("https://hooks.example.org/x", False)
    assert [orjson.loads(line)["id"] for line in archive.read("deliveries.jsonl").splitlines()] == [sent]
    acts = [orjson.loads(line)["act"] for line in archive.read("audit.jsonl").splitlines()]
    assert {"sign-in", "hook.create", "job.share", "account.export"} == set(acts)
    assert len(whole["links"]) == 1
    assert (whole["edits"], orjson.loads(archive.read("identities.json"))) == ({}, [])


async def test_erasing_an_account_leaves_nothing_of_it(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    store = ann_site.headway.store
    file = {"file": ("a.txt", b"data")}
    done = (await ann.post("/api/jobs/weigh", files=file, headers={"Prefer": "wait=10"})).json()["id"]
    running = (await ann.post("/api/jobs/puppet", json={"name": "long"})).json()["id"]
    async with asyncio.timeout(WITHIN_S):
        await ann_site.puppet("long").begun.wait()
    me = (await ann.get("/api/account")).json()["id"]
    problem(await ann.request("DELETE", "/api/account", json={"password": "wrong"}), 401, "wrong-password")
    assert (await ann.request("DELETE", "/api/account", json={"password": PASSWORD})).status_code == 204
    problem(await ann.get("/api/account"), 401, "unauthorized")
    async with ann_site.visitor() as visitor:
        again = await visitor.post("/api/auth/token", json={"email": "ann@example.org", "password": PASSWORD})
        problem(again, 401, "wrong-password")
    assert await store.snapshot(done) is None
    async with asyncio.timeout(WITHIN_S):  # the running one goes when it has stopped
        while await store.snapshot(running) is not None:  # noqa: ASYNC110 - the job of the erasure has no event
            await asyncio.sleep(0.02)
    left = await store.person(me)
    assert left is not None
    assert (left.name, left.email, left.password) == ("", None, None)
    assert await store.audit() == []
    async with ann_site.visitor() as visitor:  # the address is free again
        made = await visitor.post(
            "/api/auth/register", json={"email": "ann@example.org", "password": PASSWORD}
        )
        assert made.status_code == 201


async def test_the_local_account_stays(lite: Site) -> None:
    problem(await lite.client.request("DELETE", "/api/account", json={}), 409, "account-fixed")
    change = {"current": "", "password": "a new pass phrase"}
    problem(await lite.client.post("/api/account/password", json=change), 409, "account-fixed")
    assert (await lite.client.get("/api/account")).json()["role"] == "operator"


# -- operators ------------------------------------------------------------------------------------------------


async def test_an_operator_lists_disables_and_enables(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    operator = ann_site.client
    made = (await ann.post("/api/account/tokens", json={"name": "x"})).json()
    people = (await operator.get("/api/accounts")).json()["accounts"]
    [id] = [each["id"] for each in people if each["email"] == "ann@example.org"]
    assert all("password" not in each for each in people)
    page = (await operator.get("/api/accounts?limit=1")).json()
    assert len(page["accounts"]) == 1
    assert (await operator.get(f"/api/accounts?limit=5&cursor={page['next']}")).json()["accounts"]
    async with ann_site.visitor(headers=bearer(made["token"])) as nightly:
        assert (await operator.patch(f"/api/accounts/{id}", json={"disabled": True})).json()[
            "disabled"
        ] is True
        problem(await ann.get("/api/account"), 401, "unauthorized")
        problem(await nightly.get("/api/account"), 401, "unauthorized")
        assert (await operator.patch(f"/api/accounts/{id}", json={"disabled": False})).json()[
            "disabled"
        ] is False
        assert (
            await nightly.get("/api/account")
        ).status_code == 200  # its token, but no session, is good again
        problem(await ann.get("/api/account"), 401, "unauthorized")


async def test_a_role_is_given_and_taken_at_once(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    id = (await ann.get("/api/account")).json()["id"]
    for path in ("/api/accounts", "/api/invitations", "/api/audit"):
        problem(await ann.get(path), 403, "forbidden")
    problem(await ann.patch("/api/accounts/local", json={"disabled": True}), 403, "forbidden")
    assert (await ann_site.client.patch(f"/api/accounts/{id}", json={"role": "operator"})).status_code == 200
    assert (await ann.get("/api/accounts")).status_code == 200
    for fixed in ("local", id):
        problem(await ann.patch(f"/api/accounts/{fixed}", json={"role": "user"}), 409, "account-fixed")
    assert (await ann_site.client.patch(f"/api/accounts/{id}", json={"role": "user"})).status_code == 200
    problem(await ann.get("/api/accounts"), 403, "forbidden")
    problem(await ann_site.client.patch("/api/accounts/nobody", json={"role": "user"}), 404, "not-found")


async def test_what_was_done_is_kept(ann_site: Site, ann: httpx2.AsyncClient) -> None:
    await ann.post("/api/account/tokens", json={"name": "x"})
    async with ann_site.visitor() as visitor:
        await visitor.post("/api/auth/token", json={"email": "ann@example.org", "password": "wrong wrong"})
    acts = (await ann_site.client.get("/api/audit")).json()["acts"]
    assert [each["act"] for each in acts][:3] == ["sign-in.refused", "token.make", "sign-in"]
    assert PASSWORD not in str(acts)


# -- the page -------------------------------------------------------------------------------------------------


async def test_the_page_does_without_a_script_what_the_api_does(ann_site: Site) -> None:
    async with browser_of(ann_site) as browser:
        del browser.headers["X-CSRF-Token"]
        page = (await browser.get("/account", headers=HTML)).text
        found = re.search(r'name="csrf_token" value="(\w+)"', page)
        assert found
        assert "Firefox, Linux" in page
        form = {"csrf_token": found[1]}
        assert (await browser.post("/account/name", data={"name": "Ann"})).status_code == 403
        renamed = await browser.post("/account/name", data={**form, "name": "Ann Example"})
        assert renamed.headers["location"] == "/account?done=name"
        made = await browser.post("/account/tokens", data={**form, "token_name": "nightly"})
        secret = re.search(r"hw_[\w-]{43}", made.text)
        assert secret
        assert made.headers["cache-control"] == "no-store"
        page = (await browser.get("/account", headers=HTML)).text
        assert "Ann Example" in page
        assert secret[0] not in page
        revoke = re.search(r'action="(/account/tokens/[\w-]+/revoke)"', page)
        assert revoke
        assert (await browser.post(revoke[1], data=form)).headers["location"] == "/account?done=revoked"
        assert (await browser.post(revoke[1], data=form)).status_code == 404
        wrong = await browser.post(
            "/account/password", data={**form, "current": "no", "password": "a new pass phrase"}
        )
        assert wrong.status_code == 422
        assert "not your present password" in wrong.text
        assert (await browser.post("/account/erase", data={**form, "farewell": PASSWORD})).status_code == 422
        gone = {**form, "farewell": PASSWORD, "sure": "yes"}
        assert (await browser.post("/account/erase", data=gone)).headers["location"] == "/sign-in?done=erased"
        assert (await browser.get("/account", headers=HTML)).headers["location"].startswith("/sign-in")


async def test_registering_and_a_forgotten_password_work_as_forms(ann_site: Site) -> None:
    async with ann_site.visitor() as browser:
        assert "form" in (await browser.get("/register", headers=HTML)).text
        wrong: dict[str, Any] = {"email": "bob@example.org", "password": "short", "next": "/jobs"}
        answer = await browser.post("/register", data=wrong)
        assert answer.status_code == 422
        assert 'value="bob@example.org"' in answer.text
        assert "short" not in answer.text
        made = await browser.post("/register", data={**wrong, "password": PASSWORD})
        assert (made.status_code, made.headers["location"]) == (303, "/jobs")
        assert (await browser.get("/api/account")).json()["email"] == "bob@example.org"
    async with ann_site.visitor() as browser:
        for email in ("ann@example.org", "nobody@example.org"):
            sent = await browser.post("/forgot", data={"email": email})
            assert sent.status_code == 200
            assert "on its way" in sent.text
        assert (
            await browser.post("/reset", data={"key": "x", "password": "a new pass phrase"})
        ).status_code == 410


async def test_a_session_id_is_changed_by_signing_in(ann_site: Site) -> None:
    """Whoever planted a cookie before has nothing of it afterwards."""
    async with browser_of(ann_site) as browser:
        planted = browser.cookies[COOKIE]
        form = {"email": "ann@example.org", "password": PASSWORD}
        await browser.post("/sign-in", data=form)
        assert browser.cookies[COOKIE] != planted
        problem(
            await browser.get("/api/account", headers={"Cookie": f"{COOKIE}={planted}"}), 401, "unauthorized"
        )
