"""`/api/account`: one's own account, its tokens and sessions, all that it owns, and its end.

Included by `api`. Every statement names the account; another's token or session is 404.
"""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from headway.accounts.export import pack
from headway.accounts.sessions import clear_cookie
from headway.http.account_models import (
    AccountBody,
    Farewell,
    NewTokenBody,
    PasswordChange,
    Profile,
    SessionsBody,
    TokenOrder,
    TokensBody,
)
from headway.http.auditing import note
from headway.http.auth import account_json, asked, body_of
from headway.http.documented import ok, plain, problems
from headway.http.parts import json_response
from headway.http.problems import NotFound
from headway.http.rendering import timestamp
from headway.http.services import account_of, services
from headway.http.spooled import SpooledFile
from headway.store.accounts import ApiToken
from headway.store.sessions import SessionRow

router = APIRouter(prefix="/api/account", tags=["account"])


def token_json(token: ApiToken) -> dict[str, object]:
    """An API token, as an answer."""
    return {
        "id": token.id,
        "name": token.name,
        "hint": token.hint,
        "created_at": timestamp(token.created_at),
        "last_used_at": timestamp(token.used_at),
    }


def session_json(session: SessionRow, current: str) -> dict[str, object]:
    """A session, as an answer; `current` is the key of the one that asks."""
    return {
        "id": session.id,
        "kind": "program" if session.program else "browser",
        "agent": session.agent,
        "current": session.hash == current,
        "created_at": timestamp(session.created_at),
        "last_seen_at": timestamp(session.seen_at),
        "expires_at": timestamp(session.expires_at),
    }


@router.get("", responses={200: ok(AccountBody, "Who asks."), **problems()})
async def read(request: Request) -> Response:
    """One's own account."""
    return json_response(await account_json(services(request), account_of(request)))


@router.patch(
    "",
    openapi_extra=body_of(Profile),
    responses={200: ok(AccountBody, "As it is now."), **problems(400, 403, 413, 415, 422)},
)
async def rename(request: Request) -> Response:
    """Change one's name."""
    serving, account = services(request), account_of(request)
    order = await asked(request, Profile)
    await serving.members.rename(account, order.name)
    return json_response(await account_json(serving, account))


@router.post(
    "/password",
    status_code=204,
    openapi_extra=body_of(PasswordChange),
    responses={
        204: plain("It is set; every other session has ended."),
        **problems(400, 403, 409, 413, 415, 422),
    },
)
async def change_password(request: Request) -> Response:
    """Change one's password."""
    serving, account = services(request), account_of(request)
    order = await asked(request, PasswordChange)
    await serving.limits.sign_in(request, account.id)
    await serving.members.change_password(request.state.access, order.current, order.password)
    await note(request, "account.password", account.id)
    return Response(None, 204)


@router.get("/tokens", responses={200: ok(TokensBody, "One's API tokens."), **problems()})
async def tokens(request: Request) -> Response:
    """List one's API tokens."""
    found = await services(request).store.tokens(account_of(request).id)
    return json_response({"tokens": [token_json(token) for token in found]})


@router.post(
    "/tokens",
    status_code=201,
    openapi_extra=body_of(TokenOrder),
    responses={201: ok(NewTokenBody, "The token, this once."), **problems(400, 403, 409, 413, 415, 422)},
)
async def make_token(request: Request) -> Response:
    """Make an API token. It is shown now and never again."""
    order = await asked(request, TokenOrder)
    token, secret = await services(request).members.make_token(account_of(request), order.name)
    await note(request, "token.make", token.id or "", name=token.name)
    body = orjson.dumps({**token_json(token), "token": secret})
    return Response(body, 201, {"cache-control": "no-store"}, media_type="application/json")


@router.delete(
    "/tokens/{token_id}",
    status_code=204,
    responses={204: plain("It is worth nothing now."), **problems(403, 404)},
)
async def drop_token(request: Request, token_id: str) -> Response:
    """Revoke an API token."""
    if not await services(request).members.drop_token(account_of(request), token_id):
        raise NotFound()
    await note(request, "token.revoke", token_id)
    return Response(None, 204)


@router.get("/sessions", responses={200: ok(SessionsBody, "Where one is signed in."), **problems()})
async def list_sessions(request: Request) -> Response:
    """List one's sessions."""
    found = await services(request).store.sessions(account_of(request).id)
    current = request.state.access.key
    return json_response({"sessions": [session_json(session, current) for session in found]})


@router.delete(
    "/sessions",
    status_code=204,
    responses={204: plain("Signed out everywhere, here too. API tokens stay."), **problems(403)},
)
async def sign_out_everywhere(request: Request) -> Response:
    """End every session, the one that asks too."""
    await services(request).members.sign_out_everywhere(account_of(request))
    await note(request, "sign-out", how="everywhere")
    return Response(None, 204, {"set-cookie": clear_cookie(request.state.https)})


@router.delete(
    "/sessions/{session_id}", status_code=204, responses={204: plain("It has ended."), **problems(403, 404)}
)
async def end_session(request: Request, session_id: str) -> Response:
    """End one session."""
    if not await services(request).members.end_session(account_of(request), session_id):
        raise NotFound()
    await note(request, "sign-out", session_id)
    return Response(None, 204)


@router.get(
    "/export",
    responses={200: plain("A ZIP of JSON documents and of one's files.", "application/zip"), **problems()},
)
async def export(request: Request) -> Response:
    """Everything that one owns, and what was written down of it."""
    serving, account = services(request), account_of(request)
    await serving.limits.spend(request, "exports")
    await note(request, "account.export", account.id)
    packed = await pack(serving.store, account, await account_json(serving, account))
    return SpooledFile(packed, "headway-export.zip", "application/zip")


@router.delete(
    "",
    status_code=204,
    openapi_extra={**body_of(Farewell)},
    responses={
        204: plain("It is gone: account, jobs, files, tokens, sessions."),
        **problems(400, 403, 409, 413, 415, 422),
    },
)
async def erase(request: Request) -> Response:
    """Erase one's account and all that it owns. What still runs is stopped and deleted as it ends."""
    account_of(request)
    order = await asked(request, Farewell)
    await services(request).members.erase(request.state.access, order.password)
    await note(request, "account.erase")
    return Response(None, 204, {"set-cookie": clear_cookie(request.state.https)})
