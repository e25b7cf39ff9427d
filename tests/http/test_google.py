"""Signing in with Google, against an issuer of our own over real HTTP: state, PKCE, nonce, signatures, and whose account it is."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import OctKey, RSAKey
from tests.http.issuer import CLIENT_ID, CLIENT_SECRET, Issuer, running_issuer
from tests.http.people import PASSWORD, granted, mailed, person, quick
from tests.http.site import Site, Start
from tests.http.test_sign_in import COOKIE

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running_issuer() as issuer:
        yield issuer


def settings_of(issuer: Issuer, registration: str = "open") -> dict[str, str]:
    return {
        "registration": registration,
        "google_issuer": issuer.url,
        "google_client_id": CLIENT_ID,
        "google_client_secret": CLIENT_SECRET,
    }


@pytest.fixture
async def site(start: Start, issuer: Issuer) -> Site:
    return quick(await start(**settings_of(issuer)))


async def come_back(browser: httpx2.AsyncClient, begun: httpx2.Response) -> httpx2.Response:
    """What the browser does after it was sent to the issuer: sign in there, and come back."""
    assert begun.status_code == 303, begun.text
    there = await browser.get(begun.headers["location"])
    assert there.status_code == 302, there.text
    return await browser.get(there.headers["location"])


async def sign_in(browser: httpx2.AsyncClient, query: str = "") -> httpx2.Response:
    return await come_back(browser, await browser.get(f"/auth/google{query}"))


def refused(answer: httpx2.Response, why: str) -> None:
    """Back at the form, saying why, and not signed in."""
    assert answer.status_code == 303, answer.text
    where = urlsplit(answer.headers["location"])
    assert (where.path, parse_qs(where.query)["error"]) == ("/sign-in", [why])
    assert f"{COOKIE}=" not in answer.headers.get("set-cookie", "")


async def me(browser: httpx2.AsyncClient) -> dict[str, object]:
    answer = await browser.get("/api/account")
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


async def test_who_comes_from_google_gets_an_account_and_finds_it_again(site: Site, issuer: Issuer) -> None:
    async with site.visitor() as browser, site.visitor() as elsewhere:
        answer = await sign_in(browser, "?next=/jobs%3Fstatus%3Dfailed")
        assert answer.headers["location"] == "/jobs?status=failed"
        account = await me(browser)
        assert (account["email"], account["name"], account["email_verified"]) == (
            "ann@example.org",
            "Ann",
            True,
        )
        assert (account["password"], account["google"], account["role"]) == (False, True, "user")
        await sign_in(elsewhere)
        assert (await me(elsewhere))["id"] == account["id"]
    [asked, _] = issuer.asked
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    assert asked["redirect_uri"] == f"{site.url}/auth/google/callback"


async def test_it_leads_only_within_this_site(site: Site) -> None:
    async with site.visitor() as browser:
        answer = await sign_in(browser, "?next=https://evil.example/")
        assert answer.headers["location"] == "/"


async def test_another_browser_cannot_end_the_flow(site: Site) -> None:
    async with site.visitor() as browser, site.visitor() as other:
        begun = await browser.get("/auth/google")
        there = await browser.get(begun.headers["location"])
        refused(await other.get(there.headers["location"]), "google")


async def test_a_wrong_state_is_refused(site: Site) -> None:
    async with site.visitor() as browser:
        begun = await browser.get("/auth/google")
        there = await browser.get(begun.headers["location"])
        forged = re.sub(r"state=[^&]+", "state=another", there.headers["location"])
        refused(await browser.get(forged), "google")


async def test_a_code_of_another_flow_is_refused(site: Site) -> None:
    """Injected into the victim's flow with the right state, it fails by its PKCE verifier."""
    async with site.visitor() as victim, site.visitor() as attacker:
        stolen = await attacker.get((await attacker.get("/auth/google")).headers["location"])
        code = parse_qs(urlsplit(stolen.headers["location"]).query)["code"][0]
        mine = await victim.get((await victim.get("/auth/google")).headers["location"])
        refused(await victim.get(re.sub(r"code=[^&]+", f"code={code}", mine.headers["location"])), "google")


async def test_a_code_is_good_once(site: Site) -> None:
    async with site.visitor() as browser:
        there = await browser.get((await browser.get("/auth/google")).headers["location"])
        flow = dict(browser.cookies)
        assert (await browser.get(there.headers["location"])).headers["location"] == "/"
        async with site.visitor(cookies=flow) as again:
            refused(await again.get(there.headers["location"]), "google")


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"]},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_and_now_is_refused(
    site: Site, issuer: Issuer, lie: dict[str, object]
) -> None:
    issuer.lie = lie
    async with site.visitor() as browser:
        refused(await sign_in(browser), "google")


async def test_a_token_of_another_key_or_algorithm_is_refused(site: Site, issuer: Issuer) -> None:
    issuer.sign_with = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    async with site.visitor() as browser:
        refused(await sign_in(browser), "google")
        issuer.algorithm = (
            "HS256"  # signed with what everyone knows of the key, as if it were a shared secret
        )
        issuer.sign_with = OctKey.import_key(str(issuer.key.as_dict(private=False)["n"]))
        refused(await sign_in(browser), "google")


async def test_an_issuer_may_change_its_keys(site: Site, issuer: Issuer) -> None:
    async with site.visitor() as browser:
        await sign_in(browser)
        issuer.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
        assert (await sign_in(browser)).headers["location"] == "/"


async def test_who_says_no_at_the_issuer_is_back_at_the_form(site: Site, issuer: Issuer) -> None:
    issuer.refuse = True
    async with site.visitor() as browser:
        refused(await sign_in(browser), "google")


async def test_an_account_whose_address_nobody_has_proved_is_not_given_away(
    site: Site, issuer: Issuer
) -> None:
    """Whoever registers another's address first must not share an account with its owner."""
    await person(site)
    async with site.visitor() as browser:
        refused(await sign_in(browser), "taken")
        await browser.post("/api/auth/forgot", json={"email": "ann@example.org"})
        found = re.search(r"key=(\S+)", mailed(site))
        assert found
        await browser.post("/api/auth/reset", json={"key": found[1], "password": PASSWORD})
        assert (await sign_in(browser)).headers["location"] == "/"  # the e-mail has proved it
        assert (await me(browser))["password"] is True


async def test_an_address_that_the_issuer_does_not_vouch_for_names_nobody(site: Site, issuer: Issuer) -> None:
    issuer.user["email_verified"] = False
    await person(site)
    async with site.visitor() as browser:
        await sign_in(browser)
        assert (await me(browser))["email"] is None


async def test_whoever_is_signed_in_joins_google_to_their_account(site: Site) -> None:
    ann = await person(site)
    async with site.visitor() as browser, site.visitor() as elsewhere:
        await browser.post("/sign-in", data={"email": "ann@example.org", "password": PASSWORD})
        assert (await sign_in(browser, "?next=/account")).headers["location"] == "/account"
        await sign_in(elsewhere)
        assert (await me(elsewhere))["id"] == ann.id
        await person(site, "bob@example.org")
        async with site.visitor() as bob:
            await bob.post("/sign-in", data={"email": "bob@example.org", "password": PASSWORD})
            refused(await sign_in(bob), "taken")


async def test_where_registration_is_closed_google_makes_no_account(start: Start, issuer: Issuer) -> None:
    site = quick(await start(**settings_of(issuer, "closed")))
    async with site.visitor() as browser:
        refused(await sign_in(browser), "closed")


async def test_an_invitation_lets_google_make_one(start: Start, issuer: Issuer) -> None:
    site = quick(await start(**settings_of(issuer, "invite")))
    async with site.visitor() as browser:
        refused(await sign_in(browser), "invitation")
        made = (await site.client.post("/api/invitations", json={"email": "ann@example.org"})).json()
        secret = made["url"].partition("=")[2]
        assert (await sign_in(browser, f"?invitation={secret}")).headers["location"] == "/"
        assert (await me(browser))["email"] == "ann@example.org"


async def test_a_disabled_account_does_not_come_in_by_google(site: Site) -> None:
    async with site.visitor() as browser:
        await sign_in(browser)
        id = (await me(browser))["id"]
        await site.client.patch(f"/api/accounts/{id}", json={"disabled": True})
        refused(await sign_in(browser), "disabled")


async def test_without_credentials_there_is_no_google(lite: Site) -> None:
    async with lite.visitor() as browser:
        assert (await browser.get("/auth/google")).status_code == 404


async def test_an_issuer_that_is_away_is_said(start: Start) -> None:
    async with running_issuer() as gone:
        settings = settings_of(gone)
    site = await start(**settings)
    async with site.visitor() as browser:
        refused(await browser.get("/auth/google"), "google")


async def test_a_password_can_be_added_to_an_account_of_google(site: Site) -> None:
    async with site.visitor() as browser:
        await sign_in(browser)
        page = (await browser.get("/account")).text
        token = re.search(r'name="csrf-token" content="(\w+)"', page)
        assert token
        proof = {"X-CSRF-Token": token[1]}
        made = await browser.post("/api/account/tokens", json={"name": "x"}, headers=proof)
        async with site.visitor(headers={"Authorization": f"Bearer {made.json()['token']}"}) as thief:
            stolen = await thief.post("/api/account/password", json={"password": "a thief's own"})
            assert stolen.status_code == 409
        change = await browser.post("/account/password", data={"csrf_token": token[1], "password": PASSWORD})
        assert change.headers["location"] == "/account?done=password"
        assert (await granted(site))["access_token"]
