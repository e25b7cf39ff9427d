"""Signing in with Google: OpenID Connect's code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700).

Called by `http.google`. What the flow must remember between its two requests stands in a signed cookie of the browser that began
it, so that nobody can end another's. Authlib builds the request and checks the claims, joserfc checks the signature.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from headway.accounts.errors import IssuerFailed
from headway.accounts.joining import Identity
from headway.accounts.keys import derived

FLOW_TTL_S = 600
_SIGNATURES = ["RS256", "ES256"]
_TIMEOUT_S = 10.0
_FRESH_S = 3600.0
_LEEWAY_S = 60
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in under way: where it leads, which account it joins ("" for none), which invitation it uses."""

    state: str
    nonce: str
    verifier: str
    target: str
    account_id: str = ""
    invitation: str = ""


class Google:
    """A client of one issuer. `issuer` is Google's address, or another's that speaks the same."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        key: bytes,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._key = OctKey.import_key(derived(key, "google-flow"))
        self._clock = clock
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def begin(
        self, redirect_uri: str, target: str, account_id: str = "", invitation: str = ""
    ) -> tuple[str, str]:
        """Where to send the browser, and the value of its flow cookie. Raises IssuerFailed."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        flow = Flow(state, nonce, verifier, target, account_id, invitation)
        async with self._client() as client:
            found = await self._discovered(client)
        url, _ = self._oauth(redirect_uri).create_authorization_url(
            found["authorization_endpoint"],
            state=flow.state,
            code_verifier=flow.verifier,
            nonce=flow.nonce,
            prompt="select_account",
        )
        return str(url), self._seal(flow)

    async def finish(
        self, redirect_uri: str, cookie: str, answer: Mapping[str, str]
    ) -> tuple[Identity, Flow]:
        """Who came back, and the flow that they ended. Raises IssuerFailed."""
        flow = self._unseal(cookie)
        if flow is None or not secrets.compare_digest(answer.get("state", "").encode(), flow.state.encode()):
            raise IssuerFailed()
        code = answer.get("code")
        if not code or answer.get("iss", self.issuer).rstrip("/") != self.issuer:  # RFC 9207
            raise IssuerFailed()
        async with self._client() as client:
            found = await self._discovered(client)
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "client_id": self._client_id,
                "client_secret": self._client_secret,
                "code_verifier": flow.verifier,
            }
            granted = await self._json(client, "POST", found["token_endpoint"], data=form)
            claims = await self._claims(client, found, granted, flow.nonce)
        email = claims.get("email")
        identity = Identity(
            issuer=self.issuer,
            subject=str(claims["sub"]),
            email=str(email).strip().lower() if email else None,
            verified=claims.get("email_verified") in (True, "true"),
            name=str(claims.get("name") or ""),
        )
        return identity, flow

    async def _claims(
        self, client: httpx2.AsyncClient, found: Mapping[str, Any], granted: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """The ID token's claims: signed by the issuer's key, for us, for this flow, now."""
        options = {
            "iss": {"essential": True, "values": [self.issuer, self.issuer.removeprefix("https://")]},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": granted.get("access_token")}
        for fresh in (False, True):  # an issuer changes its keys now and then
            try:
                keys = KeySet.import_key_set(await self._get(client, found["jwks_uri"], fresh))  # type: ignore[arg-type]  # it checks
                read = jwt.decode(str(granted.get("id_token", "")), keys, algorithms=_SIGNATURES)
                claims = CodeIDToken(read.claims, read.header, options, params)
                claims.validate(now=int(self._clock()), leeway=_LEEWAY_S)
            except (JoseError, ValueError, KeyError) as error:
                if fresh:
                    raise IssuerFailed() from error
            else:
                return dict(claims)
        raise AssertionError("unreachable")

    # -- HTTP ------------------------------------------------------------------------------------------------

    def _oauth(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            None,
            self._client_id,
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False)

    async def _discovered(self, client: httpx2.AsyncClient) -> dict[str, Any]:
        found = await self._get(client, f"{self.issuer}/.well-known/openid-configuration")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer", "").rstrip("/") != self.issuer or not all(found.get(name) for name in names):
            raise IssuerFailed()
        return found

    async def _get(self, client: httpx2.AsyncClient, url: str, fresh: bool = False) -> dict[str, Any]:
        """A document of the issuer's, kept for an hour."""
        at, kept = self._known.get(url, (float("-inf"), {}))
        if fresh or time.monotonic() - at > _FRESH_S:
            kept = await self._json(client, "GET", url)
            self._known[url] = (time.monotonic(), kept)
        return kept

    async def _json(
        self, client: httpx2.AsyncClient, method: str, url: str, data: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            answer = await client.request(method, url, data=data, headers={"accept": "application/json"})
            value = answer.json() if answer.status_code == 200 and len(answer.content) < _MOST_BYTES else None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise IssuerFailed() from error
        if not isinstance(value, dict):
            raise IssuerFailed()
        return value

    # -- the flow's cookie -----------------------------------------------------------------------------------

    def _seal(self, flow: Flow) -> str:
        claims = {name: getattr(flow, name) for name in Flow.__slots__}
        claims["exp"] = int(self._clock()) + FLOW_TTL_S
        return jwt.encode({"alg": "HS256"}, claims, self._key, algorithms=["HS256"])

    def _unseal(self, cookie: str) -> Flow | None:
        try:
            claims = jwt.decode(cookie, self._key, algorithms=["HS256"]).claims
            if int(claims["exp"]) <= self._clock():
                return None
            return Flow(**{name: str(claims[name]) for name in Flow.__slots__})
        except (JoseError, ValueError, KeyError):
            return None
