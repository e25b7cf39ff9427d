"""Errors as `application/problem+json` (RFC 9457), in the reader's language.

Called by every route (by raising), by `gate` and `shell` (by sending), and by FastAPI through `install`.
Invariant: no response of status 400 and above leaves without this form, and none tells of internals.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from headway.core.errors import (
    FieldError,
    HeadwayError,
    InsufficientCredits,
    InvalidInput,
    Overloaded,
    Unauthorized,
)
from headway.http.complaints import complaints
from headway.support.i18n import N_, gettext

MEDIA_TYPE = "application/problem+json"
_TYPE_PREFIX = "urn:problem-type:headway:"
_log = structlog.get_logger(__name__)


class FieldComplaint(BaseModel):
    """One wrong field: its dotted path in the request, and what is wrong with it."""

    field: str = Field(examples=["essay"])
    message: str = Field(examples=["Must have at least 20 characters"])


class ProblemBody(BaseModel):
    """An error (RFC 9457). `type` is stable and meant for programs, `title` and `detail` for people."""

    type: str = Field(examples=[_TYPE_PREFIX + "conflict"])
    title: str
    status: int
    detail: str
    errors: list[FieldComplaint] | None = Field(None, description="For bad input: each wrong field.")
    needed: int | None = Field(None, description="For a 402: credits that the request takes.")
    balance: int | None = Field(None, description="For a 402: credits that are there.")
    missing: int | None = Field(None, description="For a 402: credits that are missing.")
    request_id: str | None = Field(None, description="For a 500: what to look for in the server's log.")


class MalformedBody(InvalidInput):
    """The body is not the JSON, form or multipart that it claims to be; the message says where it breaks."""

    status = 400
    type = "malformed-body"
    title = N_("The request cannot be read")


class NotFound(HeadwayError):
    """No such page, route, file or link."""

    status = 404
    type = "not-found"
    title = N_("There is nothing at this address")


class NotAcceptable(HeadwayError):
    """What `Accept` or `?format=` asks for is not on offer."""

    status = 406
    type = "not-acceptable"
    title = N_("This format is not on offer")


class LimitReached(HeadwayError):
    """More than this caller may have; `fields` are the answer's `Retry-After`, `RateLimit` and `RateLimit-Policy`."""

    status = 429
    type = "limit-reached"
    title = N_("Too many requests")

    def __init__(self, detail: str, fields: Mapping[str, str], /, **params: object) -> None:
        super().__init__(detail, **params)
        self.fields = fields


class UnsupportedMediaType(HeadwayError):
    """The body's `Content-Type` is not one that this route reads."""

    status = 415
    type = "unsupported-media-type"
    title = N_("This content type is not understood here")


class TooSlow(HeadwayError):
    """The work did not end within the time that a waiting request is given; it goes on as a job."""

    status = 504
    type = "too-slow"
    title = N_("The work takes longer than a request may wait")


class WorkFailed(HeadwayError):
    """A waiting form of a route met a job that failed; `detail` is the job's own error."""

    status = 502
    type = "work-failed"
    title = N_("The work failed")


def _render(error: HeadwayError, lang: str, extra: Mapping[str, object] | None = None) -> dict[str, object]:
    body: dict[str, object] = {
        "type": _TYPE_PREFIX + error.type,
        "title": gettext(lang, error.title),
        "status": error.status,
        "detail": gettext(lang, error.detail, **error.params),
    }
    if isinstance(error, InvalidInput):
        body["errors"] = [
            {"field": e.field, "message": gettext(lang, e.message, **e.params)} for e in error.errors
        ]
    if isinstance(error, InsufficientCredits):
        body.update(needed=error.needed, balance=error.balance, missing=error.missing)
    if extra:
        body.update(extra)
    return body


def response(
    error: HeadwayError, lang: str, *, headers: Mapping[str, str] | None = None, **extra: object
) -> Response:
    """The response that tells of `error`; `extra` members are added to the body."""
    sent = {"content-language": lang, "cache-control": "no-store", **(headers or {})}
    if isinstance(error, Overloaded):
        sent["retry-after"] = str(error.retry_after_s)
    if isinstance(error, LimitReached):
        sent.update(error.fields)
    if isinstance(error, Unauthorized):
        sent["www-authenticate"] = 'Bearer realm="headway"'
    body = orjson.dumps(_render(error, lang, extra))
    return Response(body, error.status, sent, media_type=MEDIA_TYPE)


async def refuse(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response before any route has seen the connection. A WebSocket's handshake is answered with it where the server
    can, else closed (which reads as 403)."""
    if scope["type"] != "websocket":
        await refusal(scope, receive, send)
        return
    await receive()  # websocket.connect
    if "websocket.http.response" in scope.get("extensions", {}):
        await send(
            {
                "type": "websocket.http.response.start",
                "status": refusal.status_code,
                "headers": refusal.raw_headers,
            }
        )
        await send({"type": "websocket.http.response.body", "body": bytes(refusal.body)})
    else:
        await send({"type": "websocket.close", "code": 1008})


def language_of(scope: Scope) -> str:
    """The language that `gate` chose for this request, English before it has."""
    state = scope.get("state")
    return str(state["lang"]) if state and "lang" in state else "en"


_PHRASES: Mapping[int, str] = {
    400: N_("The request cannot be read"),
    404: N_("There is nothing at this address"),
    405: N_("This address does not take that method"),
    413: N_("The request is too large"),
    416: N_("That range does not exist"),
}


def of_status(status: int, detail: str = "") -> HeadwayError:
    """The error for a bare HTTP status that a library raised."""
    phrase = HTTPStatus(status).phrase
    error = HeadwayError(detail if detail and detail != phrase else _PHRASES.get(status, phrase))
    error.status, error.title = status, _PHRASES.get(status, phrase)
    error.type = phrase.lower().replace(" ", "-")
    return error


ErrorPage = Callable[[Request, int], Response]


def _page_wanted(request: Request) -> bool:
    """Whether a person is looking: a page view that asks for HTML, at an address that is not for programs."""
    return (
        request.method in ("GET", "HEAD")
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith("/api/")
    )


def _answer(request: Request, error: HeadwayError, headers: Mapping[str, str] | None = None) -> Response:
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is not None and _page_wanted(request):
        return page(request, error.status)
    return response(error, language_of(request.scope), headers=headers)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """In the place of the router's own answer, which closes a WebSocket without a word."""
    raise NotFound()


async def _on_headway_error(request: Request | WebSocket, error: Exception) -> Response | None:
    assert isinstance(error, HeadwayError)
    if isinstance(request, WebSocket):  # before its handshake: refused as a request would be
        await request.send_denial_response(response(error, language_of(request.scope)))
        return None
    if error.status >= 500 and not isinstance(error, Overloaded):
        _log.error("request failed", path=request.url.path, error=str(error), exc_info=error)
    return _answer(request, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = error.headers
    if error.status_code == 405 and (methods := _methods(request)):
        headers = {**(headers or {}), "Allow": ", ".join(methods)}
    return _answer(request, of_status(error.status_code, error.detail), headers)


def _methods(request: Request) -> list[str]:
    """Every method that some route takes at this address; the router names those of its first route only. None below a mount,
    which names its own."""
    routes = [route for route in request.app.router.routes if not isinstance(route, Mount)]
    found = [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]
    return ["GET", "HEAD", *found[1:]] if found[:1] == ["GET"] else found


async def _on_unexpected(request: Request, error: Exception) -> Response:
    """The answer only: the error goes on to `shell`, which logs it."""
    page: ErrorPage | None = getattr(request.app.state, "error_page", None)
    if page is not None and _page_wanted(request):
        return page(request, 500)
    return response(HeadwayError(), language_of(request.scope), request_id=request.state.request_id)


async def _on_validation_error(request: Request | WebSocket, error: Exception) -> Response | None:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)
    found = complaints(error.errors(), language_of(request.scope))
    kind = MalformedBody if any(e["type"] == "json_invalid" for e in error.errors()) else InvalidInput
    return await _on_headway_error(request, kind([FieldError(field, message) for field, message in found]))


def install(app: FastAPI) -> None:
    """Make `app` answer every error in this form."""
    app.add_exception_handler(HeadwayError, _on_headway_error)  # type: ignore[arg-type]  # None for a WebSocket
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)  # type: ignore[arg-type]  # the same
    app.add_exception_handler(WebSocketRequestValidationError, _on_validation_error)  # type: ignore[arg-type]  # the same
    app.add_exception_handler(Exception, _on_unexpected)
    app.router.default = _nothing_here
