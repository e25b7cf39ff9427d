"""The product's own routes: the names and values of the system that Headway replaces, over the same job.

Included by `server` when the kind is registered. Invariant: a thin view; the owner, a browser's session or an
account, is part of every look into the store, so that another's analysis is simply not there.
"""

import asyncio
import time
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from headway.core.states import Status
from headway.http import bodies, uploads
from headway.http.documented import ok, problems
from headway.http.jobs import found
from headway.http.models import SnapshotBody, StatusName
from headway.http.problems import NotFound, UnsupportedMediaType
from headway.http.rendering import error_text
from headway.http.results import result_of
from headway.http.services import account_of, lang_of, services
from headway.http.submission import Order, answer, idempotency_key, retry_after, submit
from headway.store import Snapshot
from headway.support.fragments import fragment
from headway.support.i18n import N_, gettext

from . import intake
from .job import KIND
from .result import Analysis
from .schema import ProductInput, digest_of

router = APIRouter(tags=["product"])

SAME_WITHIN_S: Final = 24 * 3600
"""So long the same product and reviews of one owner lead to the analysis that there is."""
_MOST_ROUNDS = 1_000
_OVER = frozenset({Status.FAILED, Status.CANCELLED})
_BODY = {
    "requestBody": {
        "required": True,
        "description": "Reviews as JSON (at most 20,000, 32 MiB), `{url}` of a page that this installation may "
        "fetch, or a form with a `file` (JSON, JSON lines or CSV) and the product's `title`.",
        "content": {
            "application/json": {"schema": ProductInput.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "title": {"type": "string"},
                        "file": {"type": "string", "format": "binary"},
                    },
                }
            },
        },
    }
}


class StartedBody(SnapshotBody):
    """The snapshot, and the job's id under its old name."""

    session_id: str


class FinishedStart(StartedBody):
    """The same with the result, where the request waited for it."""

    result: Analysis | None


class ProgressBody(BaseModel):
    """Where an analysis is; `result` and `redirect_url` once it is completed, `error` where it failed."""

    model_config = ConfigDict(extra="forbid")

    session_id: str
    status: StatusName
    progress: int
    current_step: str | None
    result: Analysis | None
    redirect_url: str | None
    error: str | None


@router.post(
    "/api/analysis/start",
    status_code=202,
    openapi_extra=_BODY,
    responses={
        200: ok(
            FinishedStart, "It ended while the client waited (`HEADWAY_ASYNC=false`, or `Prefer: wait=N`)."
        ),
        202: ok(
            StartedBody, "Accepted; the same product and reviews within 24 hours give the earlier analysis."
        ),
        **problems(400, 402, 403, 413, 415, 422, 503),
    },
)
async def start(request: Request) -> Response:
    """Analyse a product's reviews; `session_id` is the job's id."""
    order = await _order(request)
    snapshot = await submitted(request, order)
    return await answer(request, snapshot, {"session_id": snapshot.id})


@router.get(
    "/api/analysis/progress/{session_id}",
    responses={200: ok(ProgressBody, "Where it is."), **problems(404)},
)
async def progress(request: Request, session_id: str) -> Response:
    """Read an analysis; only the browser session, or the account, that started it may."""
    serving, lang = services(request), lang_of(request)
    read = await result_of(serving, session_id, account_of(request).id, lang=lang)
    snapshot, result = read or (None, None)
    snapshot = found(snapshot)
    if snapshot.kind != KIND:
        raise NotFound()
    error = error_text(snapshot.error, lang)
    message = None if error is None else error["message"]
    if snapshot.status == Status.CANCELLED and message is None:
        message = gettext(lang, N_("The analysis was cancelled"))
    done = snapshot.status == Status.COMPLETED
    step = snapshot.step
    body: dict[str, Any] = {
        "session_id": snapshot.id,
        "status": snapshot.status,
        "progress": int(snapshot.percent),
        "current_step": None if step is None else gettext(lang, step.id, **step.args),
        "result": fragment(result) if done else None,
        "redirect_url": f"/product?job={snapshot.id}" if done else None,
        "error": message,
    }
    headers = {"vary": "Accept-Language", "content-language": lang}
    if not snapshot.finished:
        headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    return Response(orjson.dumps(body), 200, headers, media_type="application/json")


async def _order(request: Request) -> ProductInput:
    """What the request asks for. Nothing of the body is held when this returns: 20,000 reviews are many bytes."""
    serving, owner = services(request), account_of(request).id
    media_type = bodies.media_type(request)
    if media_type == "multipart/form-data":
        form = await uploads.read_form(request, serving.store, owner, intake.MOST_BYTES)
        try:
            if form.file_ids:
                order, _ = await intake.from_upload(serving, owner, form.fields, form.file_ids)
                return order
            return await intake.from_value(serving, form.fields)
        finally:
            await uploads.drop(serving.store, form)
    if media_type in ("", "application/json") or media_type.endswith("+json"):
        body = await bodies.read(request, intake.MOST_BYTES)
        value = await asyncio.to_thread(bodies.parse_json, body or b"{}", lang_of(request))
        del body
        return await intake.from_value(serving, value)
    raise UnsupportedMediaType(
        N_("Send application/json or multipart/form-data, not {type}"), type=media_type
    )


async def submitted(request: Request, order: ProductInput) -> Snapshot:
    """The job of this order: the owner's earlier one of the last 24 hours, unless it came to nothing, or a new one.

    The key is the content's digest with a round: a round that is too old, has failed or was cancelled leads on to the next.
    """
    serving, owner = services(request), account_of(request).id
    digest = await asyncio.to_thread(digest_of, order)
    once = idempotency_key(request) is not None
    oldest_ms = (time.time() - SAME_WITHIN_S) * 1000
    for n in range(_MOST_ROUNDS):
        given, files = await intake.spooled(serving, owner, order)
        try:
            snapshot = await submit(
                request, Order(KIND, given, owner, files=files, key=f"analysis:{digest}:{n}")
            )
        except BaseException:
            for file_id in files:
                await serving.store.drop_file(file_id)
            raise
        if once or (snapshot.created_at >= oldest_ms and snapshot.status not in _OVER):
            break
    return snapshot
