"""`/auth/google`: a browser goes to sign in elsewhere, and comes back.

Included by `api`; there when `HEADWAY_GOOGLE_CLIENT_ID` and its secret are set. Whoever is signed in already joins that identity to
their account; whoever is not is signed in, and perhaps registered, by it.
"""

from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from headway.accounts.errors import EmailTaken, InvitationNeeded, IssuerFailed, WrongPassword
from headway.accounts.google import FLOW_TTL_S, Google
from headway.accounts.people import BROWSER
from headway.accounts.sessions import local_path
from headway.core.errors import Forbidden, HeadwayError
from headway.http.auditing import note
from headway.http.auth import base_url, signed_in
from headway.http.documented import plain, problems
from headway.http.problems import LimitReached, NotFound
from headway.http.services import services

router = APIRouter(prefix="/auth/google", tags=["sign-in"])
_log = structlog.get_logger(__name__)
_COOKIE = "headway_flow"
_CODES: dict[type[HeadwayError], str] = {
    EmailTaken: "taken",
    Forbidden: "closed",
    InvitationNeeded: "invitation",
    IssuerFailed: "google",
    LimitReached: "limit",
    WrongPassword: "disabled",
}


def _google(request: Request) -> Google:
    google = services(request).google
    if google is None:
        raise NotFound()
    return google


def _cookie(request: Request, value: str, max_age: int) -> dict[str, str]:
    """Bound to this host where it can be; `Lax`, since the browser comes back from another site."""
    https = request.state.https
    secure = "; Secure" if https else ""
    name = f"__Host-{_COOKIE}" if https else _COOKIE
    return {"set-cookie": f"{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}"}


def _back(request: Request, error: HeadwayError, target: str) -> Response:
    """To the sign-in page, saying why."""
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "google")
    _log.warning("signing in with the issuer failed", why=code)
    where = f"/sign-in?{urlencode({'next': target, 'error': code})}"
    return RedirectResponse(where, 303, _cookie(request, "", 0))


def _callback(request: Request) -> str:
    return f"{base_url(request)}/auth/google/callback"


@router.get(
    "",
    status_code=303,
    response_class=Response,
    responses={303: plain("To Google, or back to the form."), **problems(404, 422)},
)
async def begin(
    request: Request,
    next: Annotated[str, Query(max_length=2000, description="A path of this site.")] = "/",
    invitation: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Begin to sign in with Google."""
    google, target, account = _google(request), local_path(next), request.state.account
    try:
        await services(request).limits.sign_in(request)
        joining = account.id if account is not None and account.role != BROWSER else ""
        url, cookie = await google.begin(_callback(request), target, joining, invitation)
    except HeadwayError as error:
        return _back(request, error, target)
    return RedirectResponse(url, 303, _cookie(request, cookie, FLOW_TTL_S))


@router.get(
    "/callback",
    status_code=303,
    response_class=Response,
    responses={303: plain("Signed in: on to `next`. Otherwise back to the form."), **problems(404, 422)},
)
async def finish(request: Request) -> Response:
    """Come back from Google."""
    google, serving = _google(request), services(request)
    name = f"__Host-{_COOKIE}" if request.state.https else _COOKIE
    target = "/"
    try:
        await serving.limits.sign_in(request)
        identity, flow = await google.finish(
            _callback(request), request.cookies.get(name, ""), request.query_params
        )
        target = local_path(flow.target)
        account = request.state.account
        if flow.account_id:
            if account is None or account.id != flow.account_id:
                raise IssuerFailed()
            await serving.members.join_identity(account, identity)
            await note(request, "account.identity", account.id, issuer=identity.issuer)
            return RedirectResponse(target, 303, _cookie(request, "", 0))
        account = await serving.members.by_identity(identity, flow.invitation)
    except HeadwayError as error:
        return _back(request, error, target)
    response = await signed_in(request, account, target)
    response.headers.append("set-cookie", _cookie(request, "", 0)["set-cookie"])
    return response
