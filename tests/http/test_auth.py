"""Accounts over HTTP: registering, signing in by password, access and refresh tokens, forgotten passwords."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pwdlib import PasswordHash
from pydantic import SecretStr, ValidationError
from tests.http.conftest import WITHIN_S, Site, Start
from tests.http.people import PASSWORD, bearer, granted, mailed, outbox_of, person, program, quick
from tests.http.sse import snapshots
from tests.http.test_sign_in import COOKIE
from tests.http.test_submission import problem
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from headway.accounts.access_tokens import TTL_S, AccessTokens
from headway.accounts.errors import WrongPassword
from headway.accounts.keys import derived
from headway.accounts.passwords import Passwords, check_new
from headway.accounts.people import People
from headway.core.errors import InvalidInput
from headway.store import Store
from headway.store.accounts import Access
from headway.support.settings import Settings

pytestmark = pytest.mark.anyio

ANN = {"email": "ann@example.org", "password": PASSWORD}


@pytest.fixture
async def open_site(start: Start) -> Site:
    return quick(await start(registration="open"))


@pytest.fixture
async def visitor(open_site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_site.visitor() as visitor:
        yield visitor


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


# -- access tokens --------------------------------------------------------------------------------------------


def forged(site: Site, name: str, token: str) -> str:
    """A token that is wrong in one way."""
    key = OctKey.import_key(derived(site.web.services.key, "access-token"))
    claims = jwt.decode(token, key, algorithms=["HS256"]).claims
    head, body, signature = token.split(".")
    other = OctKey.import_key(b"x" * 32)
    rsa = RSAKey.generate_key(2048, private=True)

    def signed(header: dict[str, object], by: object = key, **changes: object) -> str:
        whole = {"alg": "HS256", "typ": "at+jwt", **header}
        return jwt.encode(whole, {**claims, **changes}, by, algorithms=["HS256", "HS512", "RS256", "none"])  # type: ignore[arg-type]  # any key

    match name:
        case "none":
            return signed({"alg": "none"}).rstrip(".") + "."
        case "none, signature kept":
            return f"{signed({'alg': 'none'}).split('.')[0]}.{body}.{signature}"
        case "another algorithm":
            return signed({"alg": "HS512"})
        case "the public key's":
            return signed({"alg": "RS256"}, rsa)
        case "another key":
            return signed({}, other)
        case "jku":
            return signed({"jku": "https://evil.example/keys"}, other)
        case "jku, our own key":
            return signed({"jku": "https://evil.example/keys"})
        case "jwk":
            return signed({"jwk": {"kty": "oct", "k": "eHh4"}}, other)
        case "another audience":
            return signed({}, aud="another")
        case "no audience":
            return signed({}, aud=None)
        case "another issuer":
            return signed({}, iss="another")
        case "expired":
            return signed({}, exp=int(time.time()) - 1)
        case "no expiry":
            return signed({}, exp=None)
        case "another account":
            return signed({}, sub="local")
        case "another session":
            return signed({}, sid="another")
        case "another type":
            return signed({"typ": "JWT"})
        case "tampered":
            return f"{head}.{body[:-2]}{'A' if body[-2] != 'A' else 'B'}{body[-1]}.{signature}"
        case "cut":
            return f"{head}.{body}."
        case _:
            return f"{head}.{body}.{signature}.x"


FORGERIES = [
    "none", "none, signature kept", "another algorithm", "the public key's", "another key", "jku", "jku, our own key", "jwk",
    "another audience", "no audience", "another issuer", "expired", "no expiry", "another account", "another session",
    "another type", "tampered", "cut", "long",
]  # fmt: skip


@pytest.fixture
async def token(open_site: Site) -> str:
    await person(open_site)
    return str((await granted(open_site))["access_token"])


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_no_forged_access_token_is_taken(
    open_site: Site, visitor: httpx2.AsyncClient, token: str
) -> None:
    assert (await visitor.get("/api/account", headers=bearer(token))).status_code == 200
    for name in FORGERIES:
        wrong = forged(open_site, name, token)
        assert wrong != token
        answer = await visitor.get("/api/account", headers=bearer(wrong))
        assert (answer.status_code, name) == (401, name)


async def test_an_access_token_expires(open_site: Site, visitor: httpx2.AsyncClient, token: str) -> None:
    tokens = open_site.web.services.people.access_tokens
    claims = tokens.read(token, time.time())
    assert claims is not None
    assert tokens.read(token, claims.expires_at) is None
    assert tokens.read(token, claims.expires_at - 1) is not None
    assert AccessTokens(b"another key of 32 bytes, at least", "headway").read(token, time.time()) is None


async def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        AccessTokens(b"short", "headway")


async def test_an_access_token_is_no_cookie_and_its_session_id_neither(
    open_site: Site, visitor: httpx2.AsyncClient, token: str
) -> None:
    claims = open_site.web.services.people.access_tokens.read(token, time.time())
    assert claims is not None
    for value in (token, claims.session_id, f"program:{claims.session_id}"):
        answer = await visitor.get("/api/account", headers={"Cookie": f"{COOKIE}={value}"})
        problem(answer, 401, "unauthorized")
        problem(await visitor.get("/api/account", headers=bearer(claims.session_id)), 401, "unauthorized")


async def test_only_lasting_tokens_sign_a_browser_in_and_only_the_installations_by_a_link(
    open_site: Site, visitor: httpx2.AsyncClient, token: str
) -> None:
    """An access token must not become a session of a month; a link must not sign anyone in as its author."""
    made = await visitor.post("/api/account/tokens", json={"name": "x"}, headers=bearer(token))
    for secret in (token, made.json()["token"]):
        link = await visitor.get(f"/?token={secret}", headers={"Accept": "text/html"})
        assert link.headers["location"].startswith("/sign-in?")
        assert COOKIE not in visitor.cookies
    refused = await visitor.post("/sign-in", data={"token": token})
    assert refused.headers["location"] == "/sign-in?next=%2F&error=token"
    taken = await visitor.post("/sign-in", data={"token": made.json()["token"]})
    assert taken.headers["location"] == "/"
    assert COOKIE in visitor.cookies


def test_a_short_secret_key_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="32 random bytes"):
        Settings(secret_key=SecretStr("short"))


# -- refresh tokens -------------------------------------------------------------------------------------------


async def test_a_refresh_token_is_good_once_and_a_second_time_ends_the_family(site: Site) -> None:
    quick(site)
    await person(site)
    first = await granted(site)
    async with site.visitor() as visitor:
        second = (
            await visitor.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
        ).json()
        assert second["refresh_token"] != first["refresh_token"]
        assert (await visitor.get("/api/jobs", headers=bearer(second["access_token"]))).status_code == 200
        replayed = await visitor.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
        problem(replayed, 401, "refresh-refused")
        for access in (first["access_token"], second["access_token"]):
            problem(await visitor.get("/api/jobs", headers=bearer(access)), 401, "unauthorized")
        after = await visitor.post("/api/auth/refresh", json={"refresh_token": second["refresh_token"]})
        problem(after, 401, "refresh-refused")
        assert (await granted(site))["access_token"]  # another session of the same account is not touched


async def test_of_two_that_refresh_at_once_one_wins_and_the_session_ends(site: Site) -> None:
    quick(site)
    await person(site)
    first = await granted(site)
    async with site.visitor() as visitor:
        answers = await asyncio.gather(
            *(
                visitor.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})
                for _ in range(5)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        problem(await visitor.get("/api/jobs", headers=bearer(won["access_token"])), 401, "unauthorized")


async def test_signing_out_ends_a_programs_session(open_site: Site, visitor: httpx2.AsyncClient) -> None:
    await person(open_site)
    tokens = await granted(open_site)
    mine = bearer(tokens["access_token"])
    assert (await visitor.post("/api/auth/sign-out", headers=mine)).status_code == 204
    problem(await visitor.get("/api/jobs", headers=mine), 401, "unauthorized")
    refused = await visitor.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    problem(refused, 401, "refresh-refused")


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


# -- what ends open streams -----------------------------------------------------------------------------------


async def ann_runs(site: Site) -> tuple[httpx2.AsyncClient, str]:
    """A program of Ann's, and a job of hers that runs."""
    await person(site)
    client = await program(site)
    job = (await client.post("/api/jobs/puppet", json={"name": "hers"})).json()
    async with asyncio.timeout(WITHIN_S):
        await site.puppet("hers").begun.wait()
    return client, job["id"]


ENDS = ["sign-out", "everywhere", "password", "disabled", "erased", "revoked", "another process"]


async def end(site: Site, client: httpx2.AsyncClient, how: str) -> None:
    """End Ann's session in one of the ways that there are."""
    account = (await client.get("/api/account")).json()
    match how:
        case "sign-out":
            assert (await client.post("/api/auth/sign-out")).status_code == 204
        case "everywhere":
            assert (await client.delete("/api/account/sessions")).status_code == 204
        case "password":
            async with await program(site) as other:
                change = {"current": PASSWORD, "password": "a new pass phrase"}
                assert (await other.post("/api/account/password", json=change)).status_code == 204
        case "disabled":
            path = f"/api/accounts/{account['id']}"
            assert (await site.client.patch(path, json={"disabled": True})).status_code == 200
        case "erased":
            farewell = await client.request("DELETE", "/api/account", json={"password": PASSWORD})
            assert farewell.status_code == 204
        case "revoked":
            [token] = (await client.get("/api/account/tokens")).json()["tokens"]
            assert (await client.delete(f"/api/account/tokens/{token['id']}")).status_code == 204
        case _:  # as another process would: only the database knows
            await site.headway.store.end_sessions(account["id"])


@pytest.mark.parametrize("how", ENDS)
async def test_what_ends_a_session_ends_its_streams(open_site: Site, how: str) -> None:
    open_site.web.services.vigil._recheck_s = 0.05
    client, job_id = await ann_runs(open_site)
    if how == "revoked":
        made = await client.post("/api/account/tokens", json={"name": "x"})
        client.headers["Authorization"] = f"Bearer {made.json()['token']}"
    address = f"ws{open_site.url.removeprefix('http')}/api/jobs/{job_id}/ws"
    headers = {"Authorization": client.headers["authorization"]}
    async with (
        aclosing(client),
        client.stream("GET", f"/api/jobs/{job_id}/events") as stream,
        connect(address, additional_headers=headers) as socket,
        asyncio.timeout(WITHIN_S),
    ):
        waiting = asyncio.create_task(client.get(f"/api/jobs/{job_id}?wait=60"))
        events = snapshots(stream)
        assert (await anext(events)).data["status"] in ("pending", "processing")
        await open_site.watched(3)
        await end(open_site, client, how)
        assert [event async for event in events if event.data["status"] == "completed"] == []
        with pytest.raises(ConnectionClosedError):
            assert [text async for text in socket if '"completed"' in str(text)] == []
        assert socket.close_code == 1008
        assert (await waiting).json()["status"] != "completed"
    open_site.puppet("hers").finish()


async def test_a_job_that_gets_another_owner_leaves_the_old_ones_streams(open_site: Site) -> None:
    open_site.web.services.vigil._recheck_s = 0.05
    client, job_id = await ann_runs(open_site)
    me = (await client.get("/api/account")).json()["id"]
    async with (
        aclosing(client),
        client.stream("GET", f"/api/jobs/{job_id}/events") as stream,
        asyncio.timeout(WITHIN_S),
    ):
        events = snapshots(stream)
        await anext(events)
        await open_site.headway.store.act(lambda w: w.run("move_owner", before=me, after="local"))
        assert [event async for event in events if event.data["status"] == "completed"] == []
    open_site.puppet("hers").finish()


class SlowStore:
    """A store whose look at a session answers after that session has ended."""

    def __init__(self, store: Store, ended: Callable[[str], None]) -> None:
        self._store = store
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def access_by_program(self, session_id: str) -> Access | None:
        found = await self._store.access_by_program(session_id)
        if found is not None and found.account is not None:
            await self._store.end_sessions(found.account.id)
            self._ended(found.account.id)
        return found


async def test_what_ends_while_it_is_looked_up_is_not_believed_after(open_site: Site, token: str) -> None:
    store = SlowStore(open_site.headway.store, lambda account: people.ended(account))
    people = People(store, open_site.web.services.key)  # type: ignore[arg-type]  # it has all of a store
    assert await people.by_token(token) is not None  # it lasted when it was asked for
    assert await people.by_token(token) is None


async def test_another_process_sees_an_end_within_a_second(open_site: Site, token: str) -> None:
    now = [time.time()]
    people = People(open_site.headway.store, open_site.web.services.key, clock=lambda: now[0])
    access = await people.by_token(token)
    assert access is not None
    assert access.account is not None
    await open_site.headway.store.end_sessions(access.account.id)
    assert await people.by_token(token) is not None  # believed for a second
    now[0] += 1
    assert await people.by_token(token) is None
