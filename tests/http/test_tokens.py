"""Tokens of programs over HTTP: access tokens that cannot be forged, refresh tokens that are good once."""

import asyncio
import time

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr, ValidationError
from tests.http.people import bearer, granted, person, quick
from tests.http.site import Site
from tests.http.test_sign_in import COOKIE
from tests.http.test_submission import problem

from headway.accounts.access_tokens import AccessTokens
from headway.accounts.keys import derived
from headway.support.settings import Settings

pytestmark = pytest.mark.anyio


def forged(site: Site, name: str, token: str) -> str:
    """A token that is wrong in one way."""
    key = OctKey.import_key(derived(site.web.services.key, "access-token"))
    claims = jwt.decode(token, key, algorithms=["HS256"]).claims
    head, body, signature = token.split(".")
    other = OctKey.import_key(b"x" * 32)

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
            return signed({"alg": "RS256"}, RSAKey.generate_key(2048, private=True))
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
