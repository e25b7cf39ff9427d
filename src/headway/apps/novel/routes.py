"""The novel's own routes: the names and values of the system that Headway replaces, and what its page needs beside the
job: sentences as they arrive, and edits.

Included by `server` when the kind is registered. Invariant: a thin view of the job; the owner is part of every
look into the store.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from headway.apps.novel import editing
from headway.apps.novel.intake import intake
from headway.apps.novel.job import FILE, KIND
from headway.apps.novel.merging import merge
from headway.apps.novel.schema import Chunk, ChunkResult, FailedChunk, NovelSettings, Sentence, Tier
from headway.core.errors import Conflict, FieldError, InvalidInput, JobNotFound
from headway.core.states import TERMINAL, Status
from headway.http import bodies, uploads
from headway.http.documented import ok, problems
from headway.http.models import StatusName
from headway.http.problems import NotFound, TooSlow, UnsupportedMediaType, WorkFailed
from headway.http.rendering import error_text, timestamp
from headway.http.results import result_of
from headway.http.services import account_of, lang_of, services
from headway.http.submission import Order, answer, idempotency_key, retry_after, submit, until_ended
from headway.http.validation import validated
from headway.store import Snapshot
from headway.store.parts import Finished
from headway.support.i18n import N_, gettext

router = APIRouter(tags=["novel"])

_WAIT_S = 900.0
_CHUNKS_AT_ONCE = 200
_LEGACY_FILE = "pdf_file"
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        _LEGACY_FILE: {"type": "string", "format": "binary"},
                        uploads.KEPT: {
                            "type": "string",
                            "description": "In its place: a file that `/api/quotes/novel?keep=true` has kept.",
                        },
                        "job_id": {"type": "string", "description": "A hold from `/api/v1/credits/reserve`."},
                        **NovelSettings.model_json_schema()["properties"],
                    },
                }
            }
        },
    }
}


class ReserveBody(BaseModel):
    """How many tokens the book is thought to take."""

    model_config = ConfigDict(extra="forbid")

    estimated_tokens: Annotated[int, Field(ge=0, le=100_000_000)]
    gemini_model: Tier = "balanced"


class HoldBody(BaseModel):
    """Credits held for a job to come: hand `job_id` in with the PDF before `expires_at`."""

    model_config = ConfigDict(extra="forbid")

    job_id: str
    reserved: int
    balance: int
    expires_at: AwareDatetime


class AcceptedBody(BaseModel):
    """An accepted book; the rest of the snapshot comes with it."""

    job_id: str
    task_id: str
    status: StatusName
    message: str


class NovelStatus(BaseModel):
    """Where a book is. `sentences` once it has ended: all, or of the chunks that were finished."""

    model_config = ConfigDict(extra="forbid")

    id: str
    status: StatusName
    progress_percent: int
    current_step: str | None
    total_chunks: int | None
    processed_chunks: int | None
    failed_chunks: list[int]
    sentences: list[Sentence] | None
    coverage: float | None
    failures: list[FailedChunk]
    error_message: str | None
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    completed_at: AwareDatetime | None


class Arrived(BaseModel):
    """The sentences of finished chunks, in the book's order."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[Sentence]


class EditBody(BaseModel):
    """A sentence in a person's own words; null takes the edit back."""

    model_config = ConfigDict(extra="forbid")

    normalized: str | None


@router.post(
    "/api/v1/credits/reserve",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ReserveBody.model_json_schema()}},
        }
    },
    responses={200: ok(HoldBody, "Held for 15 minutes."), **problems(400, 402, 403, 413, 415, 422)},
)
async def reserve(request: Request) -> Response:
    """Hold the credits of a book before it is sent; offline nothing is charged, and the hold is one all the
    same."""
    _, value = await bodies.read_json(request)
    wanted = validated(ReserveBody, value, lang_of(request))
    credits, owner = services(request).credits, account_of(request).id
    amount = credits.credits_for(KIND, wanted.estimated_tokens, wanted.gemini_model)
    hold = await credits.hold(owner, KIND, amount)
    body = {
        "job_id": hold.job_id,
        "reserved": hold.reserved,
        "balance": hold.balance,
        "expires_at": timestamp(hold.expires_at),
    }
    return Response(orjson.dumps(body), media_type="application/json")


@router.post(
    "/api/v1/process-pdf-async",
    status_code=202,
    openapi_extra=_FORM,
    responses={
        202: ok(AcceptedBody, "Accepted."),
        **problems(400, 402, 403, 409, 413, 415, 422, 503),
    },
)
async def process_async(request: Request) -> Response:
    """Accept a PDF; `job_id` and `task_id` are the job's id."""
    snapshot = await _submitted(request)
    message = gettext(
        lang_of(request), N_("Accepted. You can close this page; the address keeps your place.")
    )
    extra = {"job_id": snapshot.id, "task_id": snapshot.id, "message": message}
    return await answer(request, snapshot, extra)


@router.post(
    "/api/v1/process-pdf",
    openapi_extra=_FORM,
    responses={
        200: ok(NovelStatus, "The book, shortened."),
        **problems(400, 402, 403, 409, 413, 415, 422, 502, 503, 504),
    },
)
async def process(request: Request) -> Response:
    """The waiting form: answers with the sentences. Should the request end early, the job goes on."""
    snapshot = await until_ended(request, await _submitted(request), _WAIT_S)
    if snapshot.status not in TERMINAL:
        raise TooSlow(N_("The work goes on as job {id}"), id=snapshot.id)
    if snapshot.status == Status.CANCELLED:
        raise Conflict(N_("The job was cancelled"))
    if snapshot.status == Status.FAILED:
        error = error_text(snapshot.error, lang_of(request)) or {}
        raise WorkFailed(str(error.get("message", "")).replace("{", "{{").replace("}", "}}"))
    response = await _status_response(request, snapshot)
    response.headers["location"] = f"/api/jobs/{snapshot.id}"
    return response


@router.get("/api/v1/jobs/{job_id}", responses={200: ok(NovelStatus, "Where it is."), **problems(404)})
async def status(request: Request, job_id: str) -> Response:
    """Read a book's job; its sentences come with its end."""
    return await _status_response(request, await _own(request, job_id))


@router.post(
    "/api/v1/jobs/{job_id}/cancel",
    responses={
        200: ok(NovelStatus, "Cancelled."),
        202: ok(NovelStatus, "Asked to stop."),
        **problems(403, 404, 409),
    },
)
async def cancel(request: Request, job_id: str) -> Response:
    """Cancel a book; what is finished is kept."""
    await _own(request, job_id)
    account = account_of(request)
    await services(request).store.cancel(job_id, account.id, by=account.id)
    snapshot = await _own(request, job_id)
    response = await _status_response(request, snapshot)
    response.status_code = 200 if snapshot.status == Status.CANCELLED else 202
    return response


@router.get(
    "/api/jobs/{job_id}/sentences",
    responses={200: ok(Arrived, "The sentences of these chunks."), **problems(404, 422)},
)
async def sentences(
    request: Request,
    job_id: str,
    chunks: Annotated[
        list[int] | None, Query(description="Which finished chunks, 200 at most; without it, all.")
    ] = None,
) -> Response:
    """What finished chunks became, while the rest is still at work, or after it failed or was cancelled."""
    if chunks is not None and len(chunks) > _CHUNKS_AT_ONCE:
        raise InvalidInput(
            [FieldError("chunks", N_("At most {limit} chunks at once"), {"limit": _CHUNKS_AT_ONCE})]
        )
    await _own(request, job_id)
    found = await services(request).store.finished_chunks(job_id, account_of(request).id, parts=chunks)
    return Response(_rows_json(found or []), media_type="application/json")


@router.patch(
    "/api/jobs/{job_id}/sentences/{n}",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": EditBody.model_json_schema()}},
        }
    },
    responses={
        200: ok(Sentence, "The sentence as it stands now."),
        **problems(400, 403, 404, 409, 413, 415, 422),
    },
)
async def edit(request: Request, job_id: str, n: int) -> Response:
    """Save an edit of sentence `n`, counted from 0 through the result's `sentences`; results and exports have it from
    then on."""
    _, value = await bodies.read_json(request)
    wanted = validated(EditBody, value, lang_of(request))
    text = None if wanted.normalized is None else editing.checked(wanted.normalized)
    row = await editing.save(services(request).store, job_id, account_of(request).id, n, text)
    if row is None:
        raise NotFound(N_("This book has no sentence {n}"), n=n)
    return Response(Sentence.model_validate(row).model_dump_json(), media_type="application/json")


async def _submitted(request: Request) -> Snapshot:
    """The job of a form with `pdf_file` or `file_id`. A hold is submitted once: its id is the key of its submission, where
    the request brings none. Raises InvalidInput, UnsupportedMediaType."""
    if bodies.media_type(request) != "multipart/form-data":
        raise UnsupportedMediaType(
            N_("Send multipart/form-data, not {type}"), type=bodies.media_type(request) or "-"
        )
    serving, owner = services(request), account_of(request).id
    form = await uploads.read_form(request, serving.store, owner, names={_LEGACY_FILE: FILE})
    try:
        key = idempotency_key(request) or form.fields.get("job_id")
        await uploads.take_kept(serving.store, owner, form, key)
        fields: dict[str, object] = dict(form.fields)
        hold = str(fields.pop("job_id", "")) or None
        given = await intake(serving, owner, fields, form.file_ids)
        files, digests = tuple(form.file_ids), tuple(form.digests)
        order = Order(KIND, given, owner, files=files, digests=digests, key=hold, job_id=hold)
        return await submit(request, order)
    except BaseException as error:
        await uploads.drop(serving.store, form)
        if isinstance(error, InvalidInput):
            raise InvalidInput([_as_sent(each) for each in error.errors]) from error
        raise


def _as_sent(error: FieldError) -> FieldError:
    """A complaint about the file, under the name that it has in the form."""
    if error.field != FILE:
        return error
    return FieldError(_LEGACY_FILE, error.message, {**error.params, "field": _LEGACY_FILE})


async def _own(request: Request, job_id: str) -> Snapshot:
    """The caller's novel. Raises JobNotFound."""
    snapshot = await services(request).store.snapshot(job_id, account_of(request).id)
    if snapshot is None or snapshot.kind != KIND:
        raise JobNotFound()
    return snapshot


async def _status_response(request: Request, snapshot: Snapshot) -> Response:
    serving, lang, owner = services(request), lang_of(request), account_of(request).id
    error = error_text(snapshot.error, lang)
    message = None if error is None else error["message"]
    rows: object = None
    coverage: object = None
    failures: Sequence[object] = []
    if snapshot.status == Status.COMPLETED:
        found = await result_of(serving, snapshot.id, owner, lang=lang)
        result: Mapping[str, Any] = orjson.loads(found[1] or "{}") if found else {}
        rows, coverage = result.get("sentences"), result.get("coverage")
        failures = result.get("failed_chunks", [])
    elif snapshot.finished:
        done = await serving.store.finished_chunks(snapshot.id, owner)
        rows = orjson.Fragment(_rows(done or []))
    step = snapshot.step
    body = {
        "id": snapshot.id,
        "status": snapshot.status,
        "progress_percent": int(snapshot.percent),
        "current_step": None if step is None else gettext(lang, step.id, **step.args),
        "total_chunks": snapshot.total_chunks,
        "processed_chunks": snapshot.processed_chunks,
        "failed_chunks": snapshot.failed_chunks,
        "sentences": rows,
        "coverage": coverage,
        "failures": failures,
        "error_message": message,
        "created_at": timestamp(snapshot.created_at),
        "started_at": timestamp(snapshot.started_at),
        "completed_at": timestamp(snapshot.finished_at),
    }
    headers = {"vary": "Accept-Language", "content-language": lang}
    if not snapshot.finished:
        headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    return Response(orjson.dumps(body), 200, headers, media_type="application/json")


def _rows(found: Sequence[Finished]) -> bytes:
    """The merged sentences of finished chunks, as a JSON array."""
    chunks = [Chunk.model_validate(orjson.loads(given)[0]) for _, given, _ in found]
    rows = merge(chunks, [ChunkResult.model_validate_json(value) for _, _, value in found])
    return orjson.dumps([row.model_dump(mode="json") for row in rows])


def _rows_json(found: Sequence[Finished]) -> bytes:
    return orjson.dumps({"sentences": orjson.Fragment(_rows(found))})
