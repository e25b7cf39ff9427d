"""An OpenID Connect issuer of our own, over real HTTP: it signs in whoever comes, as `user` says, and checks what it is sent.

`lie` changes the claims of the next ID token, `sign_with` the key that signs it.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from headway.server.listener import bind, browser_url

CLIENT_ID, CLIENT_SECRET = "headway-client", "a secret of the client"


class Issuer:
    """Signs in; one object per test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
        self.sign_with: Any = None
        self.algorithm = "RS256"
        self.user: dict[str, Any] = {
            "sub": "1001",
            "email": "Ann@example.org",
            "email_verified": True,
            "name": "Ann",
        }
        self.lie: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.refuse = False

    async def discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )

    async def keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"]
        if self.refuse:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self.codes.pop(form["code"], None)
        right = (
            asked is not None
            and form["client_secret"] == CLIENT_SECRET
            and form["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        )
        if not right or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.user,
            **self.lie,
        }
        header = {"alg": self.algorithm, "kid": "one"}
        id_token = jwt.encode(header, claims, self.sign_with or self.key, algorithms=[self.algorithm])
        return JSONResponse(
            {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        )


@asynccontextmanager
async def running_issuer() -> AsyncIterator[Issuer]:
    listener = bind("127.0.0.1", 0)
    issuer = Issuer(browser_url(listener))
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.discovery),
            Route("/keys", issuer.keys),
            Route("/authorize", issuer.authorize),
            Route("/token", issuer.token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    server.capture_signals = _none  # type: ignore[method-assign]  # leaves the signals of the test run alone
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not serving.done(), serving
        await asyncio.sleep(0.005)
    try:
        yield issuer
    finally:
        server.should_exit = True
        await serving
        listener.close()


def _none() -> Any:
    from contextlib import nullcontext

    return nullcontext()
