"""The essay's own routes: the names and values of the system that Headway replaces, over the same job.

Included by `server` when the kind is registered. Invariant: a thin view; nothing here knows how an essay is
examined.
"""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.responses import Response

from headway.apps.essay.schema import EssayInput, Evaluation
from headway.core.errors import Conflict
from headway.core.states import TERMINAL, Status
from headway.http import bodies
from headway.http.documented import ok, problems
from headway.http.jobs import found
from headway.http.models import SnapshotBody
from headway.http.problems import NotFound, TooSlow, WorkFailed
from headway.http.rendering import error_text, timestamp
from headway.http.results import result_of
from headway.http.services import account_of, lang_of, services
from headway.http.submission import Order, answer, retry_after, submit, until_ended
from headway.support.fragments import fragment
from headway.support.i18n import N_, gettext

router = APIRouter(tags=["essay"])

KIND = "essay"
LOCAL_OWNER = "local"
EVALUATE_WITHIN_S = 120.0
_LEGACY = {
    Status.PENDING: "pending",
    Status.PROCESSING: "processing",
    Status.COMPLETED: "done",
    Status.FAILED: "failed",
    Status.CANCELLED: "failed",
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": EssayInput.model_json_schema()}},
    }
}


class SubmissionBody(SnapshotBody):
    """The snapshot, and the job's id under its old name."""

    submission_id: str


class EssayStatus(BaseModel):
    """Where a submission is; `analysis_result` once it is done, `error_message` where it failed."""

    model_config = ConfigDict(extra="forbid")

    submission_id: str
    status: Literal["pending", "processing", "done", "failed"]
    progress: int
    current_step: str | None
    analysis_result: Evaluation | None
    error_message: str | None
    created_at: AwareDatetime
    processed_at: AwareDatetime | None


@router.post(
    "/api/submission-save",
    status_code=202,
    openapi_extra=_BODY,
    responses={202: ok(SubmissionBody, "Accepted."), **problems(400, 403, 413, 415, 422, 503)},
)
async def save(request: Request) -> Response:
    """Accept an essay; `submission_id` is the job's id."""
    body, _ = await bodies.read_json(request)
    snapshot = await submit(request, Order(KIND, body, account_of(request).id))
    return await answer(request, snapshot, {"submission_id": snapshot.id})


@router.get("/api/essay-status", responses={200: ok(EssayStatus, "Where it is."), **problems(404, 422)})
async def status(request: Request, id: Annotated[str, Query(description="The submission's id.")]) -> Response:
    """Read a submission."""
    serving, lang = services(request), lang_of(request)
    snapshot, result = await result_of(serving, id, account_of(request).id, lang=lang) or (None, None)
    snapshot = found(snapshot)
    if snapshot.kind != KIND:
        raise NotFound()
    error = error_text(snapshot.error, lang)
    message = None if error is None else error["message"]
    if snapshot.status == Status.CANCELLED and message is None:
        message = gettext(lang, N_("The analysis was cancelled"))
    step = snapshot.step
    body: dict[str, Any] = {
        "submission_id": snapshot.id,
        "status": _LEGACY[snapshot.status],
        "progress": snapshot.percent,
        "current_step": None if step is None else gettext(lang, step.id, **step.args),
        "analysis_result": fragment(result),
        "error_message": message,
        "created_at": timestamp(snapshot.created_at),
        "processed_at": timestamp(snapshot.finished_at),
    }
    headers = {"vary": "Accept-Language", "content-language": lang}
    if not snapshot.finished:
        headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    return Response(orjson.dumps(body), 200, headers, media_type="application/json")


@router.post(
    "/evaluate",
    openapi_extra=_BODY,
    responses={
        200: ok(Evaluation, "The evaluation."),
        **problems(400, 403, 409, 413, 415, 422, 502, 503, 504),
    },
)
async def evaluate(request: Request) -> Response:
    """The AI service itself: an essay in, its evaluation out. Needs no sign-in from this machine.

    It is a job like any other: should this request end early, the job goes on and stands in the list.
    """
    account = request.state.account
    body, _ = await bodies.read_json(request)
    owner = account.id if account is not None else LOCAL_OWNER
    snapshot = await until_ended(request, await submit(request, Order(KIND, body, owner)), EVALUATE_WITHIN_S)
    if snapshot.status not in TERMINAL:
        raise TooSlow(N_("The evaluation goes on as job {id}"), id=snapshot.id)
    if snapshot.status == Status.CANCELLED:
        raise Conflict(N_("The analysis was cancelled"))
    lang = lang_of(request)
    _, result = await result_of(services(request), snapshot.id, owner, lang=lang) or (None, None)
    if result is None or snapshot.status == Status.FAILED:
        error = error_text(snapshot.error, lang) or {}
        raise WorkFailed(str(error.get("message", "")).replace("{", "{{").replace("}", "}}"))
    headers = {"location": f"/api/jobs/{snapshot.id}", "vary": "Accept-Language", "content-language": lang}
    return Response(result, media_type="application/json", headers=headers)
