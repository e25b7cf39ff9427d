"""Accounts over HTTP: registering, signing in by password, forgotten passwords."""

import asyncio
import re

import httpx2
import pytest
from pwdlib import PasswordHash
from tests.http.people import PASSWORD, bearer, granted, mailed, outbox_of, person, quick
from tests.http.site import Site, Start
from tests.http.test_submission import problem

from headway.accounts.access_tokens import TTL_S
from headway.accounts.errors import WrongPassword
from headway.accounts.passwords import Passwords, check_new
from headway.core.errors import InvalidInput

pytestmark = pytest.mark.anyio

ANN = {"email": "ann@example.org", "password": PASSWORD}


async def test_who_registers_can_sign_in(open_site: Site, visitor: httpx2.AsyncClient) -> None:
    made = await visitor.post("/api/auth/register", json={**ANN, "email": " Ann@Example.org "})
    assert made.status_code == 201
    body = made.json()
    assert (body["email"], body["role"], body["password"], body["name"]) == (
        "ann@example.org",
        "user",
        True,
        "ann",
    )
    tokens = await granted(open_site)
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == TTL_S
    account = await visitor.get("/api/account", headers=bearer(tokens["access_token"]))
    assert account.json() == body
    problem(await visitor.post("/api/auth/register", json=ANN), 409, "email-taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ann"),
        ("email", "a b@example.org"),
        ("email", "a@b\r\nBcc: c@d.example"),
        ("email", "a\u200b@example.org"),  # no mail could be sent there, and it looks like another's
        ("password", "short"),
        ("password", "aaaaaaaaaa"),
        ("password", "Password123"),
        ("password", "ann@example.org"),
        ("name", "x" * 81),
        ("role", "operator"),
    ],
)
async def test_what_cannot_be_registered(visitor: httpx2.AsyncClient, field: str, value: str) -> None:
    answer = await visitor.post("/api/auth/register", json={**ANN, field: value})
    body = problem(answer, 422, "invalid-input")
    assert [each["field"] for each in body["errors"]] == [field]


async def test_registration_is_closed_unless_it_is_opened(start: Start) -> None:
    closed = await start()
    async with closed.visitor() as visitor:
        problem(await visitor.post("/api/auth/register", json=ANN), 403, "forbidden")


async def test_an_invitation_is_good_once_for_its_address(start: Start) -> None:
    site = quick(await start(registration="invite"))
    async with site.visitor() as visitor:
        problem(await visitor.post("/api/auth/register", json=ANN), 403, "invitation-needed")
        made = await site.client.post(
            "/api/invitations", json={"email": "ann@example.org", "role": "operator"}
        )
        assert made.status_code == 201
        secret = made.json()["url"].partition("?invitation=")[2]
        assert secret in mailed(site)
        other = {"email": "bob@example.org", "password": PASSWORD, "invitation": secret}
        problem(await visitor.post("/api/auth/register", json=other), 403, "invitation-needed")
        took = await visitor.post("/api/auth/register", json={**ANN, "invitation": secret})
        assert (took.status_code, took.json()["role"], took.json()["email_verified"]) == (
            201,
            "operator",
            True,
        )
        again = {"email": "eve@example.org", "password": PASSWORD, "invitation": secret}
        problem(await visitor.post("/api/auth/register", json=again), 403, "invitation-needed")
        withdrawn = (await site.client.post("/api/invitations", json={})).json()
        assert (await site.client.delete(f"/api/invitations/{withdrawn['id']}")).status_code == 204
        late = {**again, "invitation": withdrawn["url"].partition("=")[2]}
        problem(await visitor.post("/api/auth/register", json=late), 403, "invitation-needed")
        shown = (await site.client.get("/api/invitations")).json()["invitations"]
        assert [bool(each["used_at"]) for each in shown] == [True]


async def test_a_wrong_password_and_a_wrong_address_read_alike(
    open_site: Site, visitor: httpx2.AsyncClient
) -> None:
    await person(open_site)
    wrong = await visitor.post("/api/auth/token", json={**ANN, "password": "something else"})
    unknown = await visitor.post("/api/auth/token", json={**ANN, "email": "nobody@example.org"})
    problem(wrong, 401, "wrong-password")
    assert wrong.content == unknown.content


async def test_an_unknown_address_costs_the_same_work_as_a_wrong_password(open_site: Site) -> None:
    """One check of the same parameters in each case, and as many looks into the database: time cannot tell them apart."""
    await person(open_site)
    done: list[str] = []

    class Counting(PasswordHash):
        def verify_and_update(self, password: str | bytes, hash: str | bytes) -> tuple[bool, str | None]:
            done.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify_and_update(password, hash)

    members = open_site.web.services.members
    members.passwords = Passwords(Counting(members.passwords.hasher.hashers))
    work = []
    for email in ("ann@example.org", "nobody@example.org"):
        with pytest.raises(WrongPassword):
            await members.by_password(email, "something else")
        work.append(done.copy())
        done.clear()
    assert work[0] == work[1]
    assert len(work[0]) == 1


async def test_hashing_leaves_the_loop_free(lite: Site) -> None:
    await person(lite)
    async with lite.visitor() as visitor:
        signing = [asyncio.create_task(visitor.post("/api/auth/token", json=ANN)) for _ in range(4)]
        await asyncio.sleep(0)
        answered = 0
        while not all(task.done() for task in signing):
            assert (await visitor.get("/healthz")).status_code == 200
            answered += 1
        assert answered >= 4
        assert {task.result().status_code for task in signing} == {200}


# -- passwords ------------------------------------------------------------------------------------------------


async def test_a_forgotten_password_is_set_by_a_link_once(
    open_site: Site, visitor: httpx2.AsyncClient
) -> None:
    await person(open_site)
    tokens = await granted(open_site)
    known = await visitor.post("/api/auth/forgot", json={"email": "ann@example.org"})
    unknown = await visitor.post("/api/auth/forgot", json={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 202
    assert known.content == unknown.content
    outbox = outbox_of(open_site)
    assert (len(outbox.mails), outbox.to_nobody) == (1, 1)  # the same work for both
    found = re.search(r"/reset\?key=(\S+)", mailed(open_site))
    assert found
    new = {"key": found[1], "password": "a new pass phrase"}
    problem(await visitor.post("/api/auth/reset", json={**new, "password": "short"}), 422, "invalid-input")
    assert (await visitor.post("/api/auth/reset", json=new)).status_code == 204
    problem(await visitor.post("/api/auth/reset", json=new), 410, "link-over")
    problem(await visitor.get("/api/jobs", headers=bearer(tokens["access_token"])), 401, "unauthorized")
    problem(await visitor.post("/api/auth/token", json=ANN), 401, "wrong-password")
    assert (await granted(open_site, password="a new pass phrase"))["access_token"]


@pytest.mark.parametrize("public_url", ["", "https://headway.example.org/"])
async def test_a_made_up_host_gets_no_link(start: Start, public_url: str) -> None:
    """Who asks for another's link must not say where it leads."""
    site = quick(await start(public_url=public_url))
    await person(site)
    begins = public_url or f"{site.url}/"
    async with site.visitor(headers={"Host": "evil.example"}) as visitor:
        for way in ("/api/auth/forgot", "/forgot"):
            given = {"json" if "api" in way else "data": {"email": "ann@example.org"}}
            assert (await visitor.post(way, **given)).is_success
            assert f"\n{begins}reset?key=" in mailed(site)


async def test_a_new_link_makes_the_old_one_void(open_site: Site, visitor: httpx2.AsyncClient) -> None:
    await person(open_site)
    keys = []
    for _ in range(2):
        await visitor.post("/api/auth/forgot", json={"email": "ann@example.org"})
        found = re.search(r"key=(\S+)", mailed(open_site))
        assert found
        keys.append(found[1])
    first = await visitor.post("/api/auth/reset", json={"key": keys[0], "password": "a new pass phrase"})
    problem(first, 410, "link-over")


async def test_changing_a_password_ends_every_other_session(
    open_site: Site, visitor: httpx2.AsyncClient
) -> None:
    await person(open_site)
    here, there = (
        bearer((await granted(open_site))["access_token"]),
        bearer((await granted(open_site))["access_token"]),
    )
    change = {"current": "not this", "password": "a new pass phrase"}
    problem(await visitor.post("/api/account/password", json=change, headers=here), 401, "wrong-password")
    change["current"] = PASSWORD
    assert (await visitor.post("/api/account/password", json=change, headers=here)).status_code == 204
    assert (await visitor.get("/api/jobs", headers=here)).status_code == 200
    problem(await visitor.get("/api/jobs", headers=there), 401, "unauthorized")


def test_a_password_is_judged_by_its_length_and_by_whether_it_is_any_secret() -> None:
    for fine in ("eight ch", "пароль из слов", "كلمة سر طويلة", "x" * 200 + "yz"):
        check_new(fine, "ann@example.org")
    for wrong in ("seven c", "x" * 257, "iloveyou", "ann@example.org", "abababab"):
        with pytest.raises(InvalidInput):
            check_new(wrong, "ann@example.org")
