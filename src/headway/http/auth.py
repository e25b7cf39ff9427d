"""Signing in and out: forms for browsers, `/api/auth/…` for programs.

Included by `api`. The pages belong to `web`; what their forms post to sign in comes here. Every attempt is counted before a
password is hashed.
"""

from dataclasses import asdict
from urllib.parse import urlencode

import orjson
import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from headway.accounts import sessions
from headway.accounts.errors import WrongPassword
from headway.accounts.members import Grant
from headway.http import bodies, forms
from headway.http.account_models import (
    AccountBody,
    Credentials,
    Forgot,
    Refresh,
    Registration,
    Reset,
    TokensGranted,
)
from headway.http.auditing import NOBODY, note
from headway.http.documented import ok, plain, problems
from headway.http.network import own_address
from headway.http.problems import LimitReached
from headway.http.rendering import timestamp
from headway.http.services import Services, account_of, lang_of, services
from headway.http.validation import M, validated
from headway.store import Account
from headway.store.accounts import Person

router = APIRouter(tags=["sign-in"])
_log = structlog.get_logger(__name__)


def base_url(request: Request) -> str:
    """How this installation's addresses begin, as people outside reach it."""
    public = services(request).headway.settings.public_url
    return (public or str(request.base_url)).rstrip("/")


def mailed_url(request: Request) -> str:
    """The same for a mail that a stranger asks for: a `Host` of theirs must not get a link that opens another's account."""
    return services(request).headway.settings.public_url.rstrip("/") or own_address(request.scope)


def agent_of(request: Request) -> str:
    """What the client calls itself."""
    return request.headers.get("user-agent", "")


async def asked(request: Request, model: type[M]) -> M:
    """The JSON body as `model`. Raises what reading and checking it raise."""
    _, value = await bodies.read_json(request)
    return validated(model, value, lang_of(request))


def body_of(*models: type) -> dict[str, object]:
    """What OpenAPI says of a JSON body."""
    schema = models[0].model_json_schema()  # type: ignore[attr-defined]  # a model, always
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _form_of(*names: str) -> dict[str, object]:
    properties = {name: {"type": "string"} for name in names}
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


async def signed_in(request: Request, account: Account, target: str) -> Response:
    """Begin this browser's session, with a new id, and lead on to `target`."""
    session_id = await services(request).people.open_session(
        account, request.state.session_id, agent_of(request)
    )
    await note(request, "sign-in", account.id, actor=account.id)
    return RedirectResponse(target, 303, {"set-cookie": sessions.set_cookie(session_id, request.state.https)})


def known_of(person: Person) -> dict[str, object]:
    """What is known of an account, to its owner and to operators."""
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "email_verified": person.verified_at is not None,
        "role": person.role,
        "created_at": timestamp(person.created_at),
    }


async def account_json(serving: Services, account: Account) -> dict[str, object]:
    """One's own account, as an answer. Raises Unauthorized when it has gone."""
    person = await serving.store.person(account.id)
    if person is None:
        raise WrongPassword()
    return {
        **known_of(person),
        "password": person.password is not None,
        "google": bool(await serving.store.identities(person.id)),
    }


@router.post(
    "/sign-in",
    status_code=303,
    response_class=Response,
    openapi_extra=_form_of("token", "email", "password", "next"),
    responses={
        303: plain("Signed in: on to `next`. Otherwise back to the form."),
        **problems(403, 413, 415, 422),
    },
)
async def sign_in(request: Request) -> Response:
    """Sign a browser in by e-mail address and password, or by a token such as that of `HEADWAY_DATA_DIR/token`."""
    form = await forms.fields(request)
    target = sessions.local_path(form.get("next"))
    serving = services(request)
    email, token = form.get("email", "").strip(), form.get("token", "").strip()
    account, error = None, "password" if email else "token"
    try:
        await serving.limits.sign_in(request, email or None)
        if email:
            account = await serving.members.by_password(email, form.get("password", ""))
        elif (access := await serving.people.by_token(token)) is not None and access.way == "token":
            account = access.account  # an access token ends in minutes: it must not buy a month
    except WrongPassword:
        pass  # said below, in the words of the form
    except LimitReached:
        error = "limit"
    if account is None:
        _log.warning("sign-in refused", client=request.client.host if request.client else None, why=error)
        await note(request, "sign-in.refused", email, actor=NOBODY)
        return RedirectResponse(f"/sign-in?{urlencode({'next': target, 'error': error})}", 303)
    return await signed_in(request, account, target)


@router.post(
    "/sign-out",
    status_code=303,
    response_class=Response,
    responses={303: plain("Signed out: on to the first page."), **problems(403)},
)
async def sign_out(request: Request) -> Response:
    """End this browser's session."""
    if request.state.session_id and request.state.access is not None:
        await services(request).people.close(request.state.access)
        await note(request, "sign-out")
    return RedirectResponse("/", 303, {"set-cookie": sessions.clear_cookie(request.state.https)})


@router.post(
    "/api/auth/register",
    status_code=201,
    openapi_extra=body_of(Registration),
    responses={201: ok(AccountBody, "The account."), **problems(400, 403, 409, 413, 415, 422)},
)
async def register(request: Request) -> Response:
    """Open an account, where `HEADWAY_REGISTRATION` allows it."""
    serving = services(request)
    serving.members.may_register()
    order = await asked(request, Registration)
    await serving.limits.sign_in(request)
    account = await serving.members.register(order.email, order.password, order.name, order.invitation)
    await note(request, "account.register", account.id, actor=account.id)
    return Response(orjson.dumps(await account_json(serving, account)), 201, media_type="application/json")


def _granted(grant: Grant) -> Response:
    """RFC 6749, section 5.1: never kept by anyone."""
    return Response(
        orjson.dumps(asdict(grant)), 200, {"cache-control": "no-store"}, media_type="application/json"
    )


@router.post(
    "/api/auth/token",
    openapi_extra=body_of(Credentials),
    responses={200: ok(TokensGranted, "Signed in."), **problems(400, 403, 413, 415, 422)},
)
async def token(request: Request) -> Response:
    """Sign a program in by e-mail address and password."""
    serving = services(request)
    order = await asked(request, Credentials)
    await serving.limits.sign_in(request, order.email)
    try:
        account = await serving.members.by_password(order.email, order.password)
    except WrongPassword:
        await note(request, "sign-in.refused", order.email, actor=NOBODY)
        raise
    await note(request, "sign-in", account.id, actor=account.id)
    return _granted(await serving.members.open_program(account, agent_of(request)))


@router.post(
    "/api/auth/refresh",
    openapi_extra=body_of(Refresh),
    responses={200: ok(TokensGranted, "The next pair."), **problems(400, 403, 413, 415, 422)},
)
async def refresh(request: Request) -> Response:
    """Exchange a refresh token for the next pair. One that comes a second time ends the session."""
    return _granted(await services(request).members.refresh((await asked(request, Refresh)).refresh_token))


@router.post(
    "/api/auth/sign-out",
    status_code=204,
    responses={204: plain("The session has ended, with its tokens."), **problems(403)},
)
async def end_program(request: Request) -> Response:
    """End the session that asks. An API token stays good until it is revoked."""
    account_of(request)
    await services(request).people.close(request.state.access)
    await note(request, "sign-out")
    return Response(None, 204)


@router.post(
    "/api/auth/forgot",
    status_code=202,
    response_class=Response,
    openapi_extra=body_of(Forgot),
    responses={
        202: plain("If there is such an account, a link is on its way."),
        **problems(400, 403, 413, 415, 422),
    },
)
async def forgot(request: Request) -> Response:
    """Have a link sent to set the password anew. The answer says nothing of who has an account."""
    serving = services(request)
    order = await asked(request, Forgot)
    await serving.limits.sign_in(request, order.email)
    await serving.members.forgot(order.email, f"{mailed_url(request)}/reset", lang_of(request))
    return Response(None, 202)


@router.post(
    "/api/auth/reset",
    status_code=204,
    openapi_extra=body_of(Reset),
    responses={
        204: plain("The password is set; every session has ended."),
        **problems(400, 403, 410, 413, 415, 422),
    },
)
async def reset(request: Request) -> Response:
    """Set a password with the link of an e-mail."""
    serving = services(request)
    order = await asked(request, Reset)
    await serving.limits.sign_in(request)
    account = await serving.members.reset(order.key, order.password)
    await note(request, "account.password", account.id, actor=account.id, how="reset")
    return Response(None, 204)
