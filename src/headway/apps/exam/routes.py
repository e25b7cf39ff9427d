"""The exam's routes: the names and values of the system that Headway replaces, over the same job; the exams
themselves, enrolments and their answers, and the import.

Included by `server` when the kind is registered. Invariant: the owner is part of every look into the store, and
no route gives a key away.
"""

import json
from typing import Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.responses import Response

from headway.apps.exam import bank, enrolling, importing, paper
from headway.apps.exam.enrolment_routes import as_json
from headway.apps.exam.enrolment_routes import router as of_enrolments
from headway.apps.exam.job import KIND
from headway.apps.exam.schema import ExamInput, ExamResult
from headway.core.states import Status
from headway.http import bodies
from headway.http.documented import ok, problems
from headway.http.jobs import found
from headway.http.models import SnapshotBody, StatusName
from headway.http.problems import NotFound
from headway.http.rendering import error_text, timestamp
from headway.http.services import account_of, lang_of, services
from headway.http.submission import answer as accepted
from headway.http.submission import retry_after
from headway.http.validation import validated
from headway.store.enrolments import Enrolments
from headway.support.i18n import N_, gettext

router = APIRouter(tags=["exam"])
router.routes.extend(of_enrolments.routes)

_PROCESS = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ExamInput.model_json_schema()}},
    }
}


class AcceptedBody(SnapshotBody):
    """The snapshot, and the job's id under its old name."""

    job_id: str
    exam_code: str


class ExamStatus(BaseModel):
    """Where an enrolment's job is; `result` once it is completed, its advice in the caller's language."""

    model_config = ConfigDict(extra="forbid")

    job_id: str
    exam_code: str
    status: StatusName
    progress: int
    current_step: str | None
    result: ExamResult | None
    error_message: str | None
    started_at: AwareDatetime | None
    completed_at: AwareDatetime | None


class ImportedJob(BaseModel):
    """The job of one imported enrolment; `created` is false where the same answers had a job already."""

    job_id: str
    exam_code: str
    student: str
    created: bool


class ImportedBody(BaseModel):
    """What came of an import."""

    accepted: int
    created: int
    jobs: list[ImportedJob]


# -- exams ---------------------------------------------------------------------------------------------------


@router.get("/api/exams", responses={200: ok(paper.ExamList, "The exams to be taken here."), **problems()})
async def exams(request: Request) -> Response:
    """List the exams that can be taken here."""
    lang = lang_of(request)
    return as_json({"exams": [paper.head(each, lang).model_dump() for each in bank.exams().values()]})


@router.get(
    "/api/exams/{code}",
    responses={200: ok(paper.Paper, "Its questions, without the key."), **problems(404)},
)
async def exam(request: Request, code: str) -> Response:
    """Read an exam's questions in the caller's language."""
    own = bank.exam(code)
    if own is None:
        raise NotFound(N_("There is no exam with the code {code}"), code=code)
    return as_json(paper.paper(own, lang_of(request)).model_dump())


@router.post(
    "/api/exams/{code}/enrolments",
    status_code=202,
    openapi_extra=importing.BODY,
    responses={202: ok(ImportedBody, "A job for each."), **problems(400, 402, 403, 413, 415, 422, 503)},
)
async def import_for(request: Request, code: str) -> Response:
    """Import enrolments, hundreds at once: each becomes a job. `code` is for those that name none themselves."""
    return await _import(request, code)


@router.post(
    "/api/enrolments",
    status_code=202,
    openapi_extra=importing.BODY,
    responses={202: ok(ImportedBody, "A job for each."), **problems(400, 402, 403, 413, 415, 422, 503)},
)
async def import_all(request: Request) -> Response:
    """Import enrolments of any exams, each with its code."""
    return await _import(request, None)


async def _import(request: Request, code: str | None) -> Response:
    serving, owner = services(request), account_of(request).id
    orders = await importing.read(request, code)
    limits = await serving.limits.submission(request, KIND, len(orders))
    started = await enrolling.keep_and_start(serving.headway, owner, orders)
    jobs = [
        {"job_id": s.job_id, "exam_code": s.exam_code, "student": s.student, "created": s.created}
        for s in started
    ]
    body = {"accepted": len(jobs), "created": sum(s.created for s in started), "jobs": jobs}
    return as_json(body, 202, limits)


# -- the legacy views ----------------------------------------------------------------------------------------


@router.post(
    "/api/exam-results/process",
    status_code=202,
    openapi_extra=_PROCESS,
    responses={
        202: ok(AcceptedBody, "Accepted, or known already."),
        **problems(400, 402, 403, 404, 409, 413, 415, 422, 503),
    },
)
async def process(request: Request) -> Response:
    """Score an enrolment and get its recommendations; the same answers again are the same job."""
    _, value = await bodies.read_json(request, importing.LIMIT_BYTES)
    serving, owner, lang = services(request), account_of(request).id, lang_of(request)
    if isinstance(value, dict) and not value.get("language"):
        value = {**value, "language": lang}
    order = validated(ExamInput, value, lang)
    kept = Enrolments(serving.store)
    if order.answers is None:
        order = await enrolling.stored(kept, owner, order.exam_code, order.student)
    else:
        await kept.save(owner, [enrolling.record(order)])
    key = enrolling.key_of(serving.headway, order)
    request.state.limits = await serving.limits.submission(request, KIND, key=key)
    started = (await enrolling.start(serving.headway, owner, [order]))[0]
    snapshot = found(await serving.store.snapshot(started.job_id, owner))
    return await accepted(request, snapshot, {"job_id": snapshot.id, "exam_code": order.exam_code})


@router.get(
    "/api/exam-results/status/{job_id}", responses={200: ok(ExamStatus, "Where it is."), **problems(404)}
)
async def status(request: Request, job_id: str) -> Response:
    """Read where an enrolment's job is, and its result once it is there."""
    serving, lang, owner = services(request), lang_of(request), account_of(request).id
    snapshot, result = await serving.store.result(job_id, owner) or (None, None)
    snapshot = found(snapshot)
    if snapshot.kind != KIND:
        raise NotFound()
    given = json.loads(await serving.store.input(job_id, owner) or "{}")
    error = error_text(snapshot.error, lang)
    message = None if error is None else error["message"]
    if snapshot.status == Status.CANCELLED and message is None:
        message = gettext(lang, N_("The processing was cancelled"))
    step = snapshot.step
    body = {
        "job_id": snapshot.id,
        "exam_code": given.get("exam_code", ""),
        "status": snapshot.status,
        "progress": int(snapshot.percent),
        "current_step": None if step is None else gettext(lang, step.id, **step.args),
        "result": None if result is None else _in_language(json.loads(result), lang),
        "error_message": message,
        "started_at": timestamp(snapshot.started_at),
        "completed_at": timestamp(snapshot.finished_at),
    }
    headers = {"content-language": lang}
    if not snapshot.finished:
        headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    return as_json(body, headers=headers)


def _in_language(result: dict[str, Any], lang: str) -> dict[str, Any]:
    """The result with the advice at its top in the reader's language."""
    return {**result, **result["advice"].get(lang, {})}
