"""`/api/jobs`: submit, read, list, cancel, retry, delete.

Included by `api`. The owner is part of every query, so that another's job is simply not there.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from headway.core.errors import FieldError, InvalidInput, JobNotFound, UnknownKind
from headway.core.states import Status
from headway.engine.pricing import monthly_grant
from headway.http import bodies, rendering, uploads
from headway.http.auditing import note
from headway.http.documented import ok, plain, problems
from headway.http.models import FinishedBody, JobList, RetryBody, SnapshotBody
from headway.http.network import until_gone
from headway.http.problems import UnsupportedMediaType
from headway.http.services import account_of, lang_of, services
from headway.http.streams import end_with
from headway.http.submission import MAX_WAIT_S, Order, answer, idempotency_key, retry_after, submit
from headway.http.validation import validated
from headway.store import Snapshot
from headway.store.jobs import is_id
from headway.support.i18n import N_

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

_INPUT_BODY = {
    "requestBody": {
        "description": "The kind's input as JSON; or a form with its fields and a `file` of at most 50 MiB.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key and body give the same job again, never a second one.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        {
            "name": "Prefer",
            "in": "header",
            "description": "`wait=N` (at most 60): 200 with the result if the job ends within N seconds.",
            "schema": {"type": "string"},
        },
    ],
}


def found(snapshot: Snapshot | None) -> Snapshot:
    """The snapshot, or JobNotFound."""
    if snapshot is None:
        raise JobNotFound()
    return snapshot


def snapshot_response(request: Request, snapshot: Snapshot, status: int = 200) -> Response:
    """The snapshot with its validator; 304 where the caller has these very bytes."""
    serving, lang = services(request), lang_of(request)
    body = serving.hub.frame(snapshot).body(lang)
    tag = rendering.etag(body)
    headers = {"etag": tag, "vary": "Accept-Language", "content-language": lang}
    if snapshot.finished_at is None:
        headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    if status == 200 and rendering.etag_matches(request.headers.get("if-none-match"), tag):
        return Response(None, 304, headers)
    return Response(body, status, headers, media_type="application/json")


@router.post(
    "/{kind}",
    status_code=202,
    openapi_extra=_INPUT_BODY,
    responses={
        200: ok(
            FinishedBody, "It ended while the client waited.", Preference_Applied="The wait that was granted"
        ),
        202: ok(SnapshotBody, "Accepted.", Location="The job", Retry_After="Seconds to the next look"),
        **problems(400, 402, 403, 404, 413, 415, 422, 503),
    },
)
async def submit_job(
    request: Request,
    kind: str,
    priority: Annotated[int | None, Query(ge=-1000, le=1000, description="Higher runs first.")] = None,
    scheduled_at: Annotated[AwareDatetime | None, Query(description="Not before this time.")] = None,
    budget: Annotated[
        int | None,
        Query(
            ge=1,
            le=1_000_000_000,
            description="Credits that the job may cost at most; without it, its quote.",
        ),
    ] = None,
) -> Response:
    """Accept a job: answers as soon as it is durable."""
    serving, owner = services(request), account_of(request).id
    found_kind = serving.headway.kinds.get(kind)
    if found_kind is None or found_kind.internal:
        raise UnknownKind(N_("There is no kind named {kind}"), kind=kind)
    media_type = bodies.media_type(request)
    if media_type == "multipart/form-data":
        form = await uploads.read_form(request, serving.store, owner)
        try:
            given: Mapping[str, object] = form.fields
            if intake := serving.intakes.get(kind):
                await uploads.take_kept(serving.store, owner, form, idempotency_key(request))
                given = await intake(serving, owner, given, form.file_ids)
            order = Order(
                kind,
                given,
                owner,
                priority,
                scheduled_at,
                tuple(form.file_ids),
                tuple(form.digests),
                reserve=budget,
            )
            snapshot = await submit(request, order)
        except BaseException:
            await uploads.drop(serving.store, form)
            raise
    elif media_type in ("", "application/json") or media_type.endswith("+json"):
        body, value = await bodies.read_json(request)
        if intake := serving.intakes.get(kind):
            await intake(serving, owner, value if isinstance(value, Mapping) else {}, ())
        snapshot = await submit(request, Order(kind, body, owner, priority, scheduled_at, reserve=budget))
    else:
        raise UnsupportedMediaType(
            N_("Send application/json or multipart/form-data, not {type}"), type=media_type
        )
    return await answer(request, snapshot)


@router.get(
    "",
    responses={200: ok(JobList, "The caller's jobs, newest first."), **problems(422)},
)
async def list_jobs(
    request: Request,
    kind: str | None = None,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words of the input, or of the id.")] = None,
    titles: Annotated[bool, Query(description="Say with `titles` what tells each job from others.")] = False,
) -> Response:
    """List the caller's jobs, or those of them that hold some words."""
    serving, lang = services(request), lang_of(request)
    if cursor is not None and not is_id(cursor):
        raise InvalidInput([FieldError("cursor", N_("Must be the `next` of an answer before"))])
    owner = account_of(request).id
    if q and q.strip():
        jobs, following = await serving.store.search_jobs(
            owner, q.strip(), kind=kind, status=status, limit=limit, before=cursor
        )
    else:
        jobs, following = await serving.store.list_jobs(
            owner, kind=kind, status=status, limit=limit, before=cursor
        )
    shown = [orjson.Fragment(serving.hub.frame(job).body(lang)) for job in jobs]
    headers = {"vary": "Accept-Language", "content-language": lang}
    page: dict[str, object] = {"jobs": shown, "next": following}
    if titles:
        page["titles"] = await serving.store.titles(owner, [job.id for job in jobs])
    body = orjson.dumps(page)
    return Response(body, 200, headers, media_type="application/json")


@router.get(
    "/{job_id}",
    responses={
        200: ok(SnapshotBody, "The snapshot.", ETag="Of the body", Vary="Accept-Language"),
        304: plain("The caller has it already."),
        **problems(404, 422),
    },
)
async def read_job(
    request: Request,
    job_id: str,
    wait: Annotated[
        int | None, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait for a change.")
    ] = None,
) -> Response:
    """Read a job; with `?wait=N`, once it changes.

    A long poll with `If-None-Match` waits only while the caller's copy is the newest; without it, from now
    on, and not at all once the job has ended.
    """
    serving = services(request)
    snapshot = found(await serving.store.snapshot(job_id, account_of(request).id))
    if wait:
        known = request.headers.get("if-none-match")
        tag = rendering.etag(serving.hub.frame(snapshot).body(lang_of(request)))
        newest = not snapshot.finished if known is None else rendering.etag_matches(known, tag)
        if newest:
            snapshot = await _changed(request, snapshot, wait)
    return snapshot_response(request, snapshot)


async def _changed(request: Request, snapshot: Snapshot, wait_s: int) -> Snapshot:
    """The next version of a job, or the same snapshot after `wait_s` seconds or when the client leaves."""
    gone = asyncio.ensure_future(until_gone(request.receive))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    serving, owner = services(request), account_of(request).id
    try:
        with (
            serving.hub.watch(snapshot.id) as watch,
            serving.vigil.hold(request.state.access, owner, snapshot.id) as ended,
        ):
            end_with(ended, gone)
            latest = watch.begin(snapshot).snapshot
            while latest.version == snapshot.version and (left := deadline - loop.time()) > 0:
                frame = await watch.next(left, gone)
                if frame is None:
                    break
                latest = frame.snapshot
        return latest
    finally:
        gone.cancel()


@router.post(
    "/{job_id}/cancel",
    responses={
        200: ok(SnapshotBody, "Cancelled: nothing of it runs."),
        202: ok(SnapshotBody, "Asked to stop; `cancelled` follows when the last part has stopped."),
        **problems(403, 404, 409),
    },
)
async def cancel_job(request: Request, job_id: str) -> Response:
    """Cancel a job. What is done is kept."""
    account = account_of(request)
    store = services(request).store
    await store.cancel(job_id, account.id, by=account.id)
    await note(request, "job.cancel", job_id)
    snapshot = found(await store.snapshot(job_id, account.id))
    return snapshot_response(request, snapshot, 200 if snapshot.status == Status.CANCELLED else 202)


@router.post(
    "/{job_id}/retry",
    status_code=202,
    openapi_extra={
        "requestBody": {
            "content": {"application/json": {"schema": RetryBody.model_json_schema()}},
            "required": False,
        }
    },
    responses={202: ok(SnapshotBody, "Accepted again."), **problems(400, 402, 403, 404, 409, 413, 415, 422)},
)
async def retry_job(request: Request, job_id: str) -> Response:
    """Run a failed or cancelled job again: what is done is not done or paid again, unless from scratch."""
    _, value = await bodies.read_json(request)
    how = validated(RetryBody, value, lang_of(request))
    serving, owner = services(request), account_of(request).id
    store = serving.store
    grant = monthly_grant(serving.headway.prices, owner)
    await store.retry(job_id, owner, chunks=how.chunks, scratch=how.scratch, monthly_grant=grant)
    await note(request, "job.retry", job_id, scratch=how.scratch)
    response = snapshot_response(request, found(await store.snapshot(job_id, owner)), 202)
    response.headers["location"] = f"/api/jobs/{job_id}"
    return response


@router.delete("/{job_id}", status_code=204, responses={204: plain("It is gone."), **problems(403, 404, 409)})
async def delete_job(request: Request, job_id: str) -> Response:
    """Delete an ended job with its files, steps and results."""
    await services(request).store.delete(job_id, account_of(request).id)
    await note(request, "job.delete", job_id)
    return Response(None, 204)
