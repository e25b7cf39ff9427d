"""Signing in and out, and what this installation says to those who would register.

Included by `api`. The page of `/sign-in` belongs to `web`; what its form posts comes here.
"""

from urllib.parse import parse_qsl, urlencode

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from headway.accounts import sessions
from headway.core.errors import Forbidden
from headway.http import bodies
from headway.http.documented import plain, problems
from headway.http.problems import NotOffered, UnsupportedMediaType
from headway.http.services import services
from headway.support.i18n import N_

router = APIRouter(tags=["sign-in"])
_log = structlog.get_logger(__name__)


async def _form(request: Request) -> dict[str, str]:
    kind = bodies.media_type(request)
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType(N_("Send a form, not {type}"), type=kind)
    body = await bodies.read(request, 64 * 1024)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


@router.post(
    "/sign-in",
    status_code=303,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "required": ["token"],
                        "properties": {"token": {"type": "string"}, "next": {"type": "string"}},
                    }
                }
            }
        }
    },
    responses={303: plain("Signed in: on to `next`. Otherwise back to the form."), **problems(403, 413, 415)},
)
async def sign_in(request: Request) -> Response:
    """Sign a browser in with the token of `HEADWAY_DATA_DIR/token`."""
    form = await _form(request)
    target = sessions.local_path(form.get("next"))
    people = services(request).people
    account = await people.account_of_token(form.get("token", "").strip())
    if account is None:
        _log.warning("sign-in refused", client=request.client.host if request.client else None)
        return RedirectResponse(f"/sign-in?{urlencode({'next': target, 'error': 'token'})}", 303)
    session_id = await people.open_session(account, request.state.session_id)
    return RedirectResponse(target, 303, {"set-cookie": sessions.set_cookie(session_id, request.state.https)})


@router.post(
    "/sign-out", status_code=303, responses={303: plain("Signed out: on to the first page."), **problems(403)}
)
async def sign_out(request: Request) -> Response:
    """End this browser's session."""
    if request.state.session_id:
        await services(request).people.close_session(request.state.session_id)
    return RedirectResponse("/", 303, {"set-cookie": sessions.clear_cookie(request.state.https)})


@router.post("/api/auth/register", status_code=403, responses=problems(403, 501))
async def register(request: Request) -> Response:
    """Open an account, where `HEADWAY_REGISTRATION` allows it."""
    if services(request).headway.settings.registration == "closed":
        raise Forbidden(N_("Registration is closed here"))
    raise NotOffered(N_("This version has the local account only"))
