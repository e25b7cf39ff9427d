"""`GET /api/ops/jobs/ID`: how anybody's job fares, for operators; never what is in it.

Included by `api`. State, times, attempts, calls and errors; neither title, input, result, log nor answers. Each look is kept in
the audit log. Why it is so: docs/decisions/0010.
"""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from headway.http.auditing import note
from headway.http.documented import ok, problems
from headway.http.jobs import found
from headway.http.models import Call, JobError, SnapshotBody, Strict
from headway.http.parts import call_json, present
from headway.http.rendering import as_dict, error_for_operators, owner_links, timestamp
from headway.http.services import lang_of, operator_of, services
from headway.http.timeline import Span, job_spans
from headway.store.rows import now_ms

router = APIRouter(prefix="/api/ops", tags=["operations"])


class OpsJob(Strict):
    """A job from outside: whose it is, where it waits, how far it is, what ran when, what was asked of whom."""

    owner: str = Field(description="The account, or the browser, that it belongs to.")
    queue: str
    job: SnapshotBody = Field(description="Its `links` lead to what only its owner may read.")
    error: JobError | None = Field(description="With what the owner is not shown: where it arose.")
    now: AwareDatetime
    spans: list[Span]
    calls: list[Call]
    in_doubt: int


@router.get(
    "/jobs/{job_id}", responses={200: ok(OpsJob, "The job, without its content."), **problems(403, 404)}
)
async def inspect(request: Request, job_id: Annotated[str, Path(description="Anybody's job.")]) -> Response:
    """State, timeline, errors and calls of a job, whoever owns it; the look is kept in the audit log."""
    operator_of(request)
    serving, lang = services(request), lang_of(request)
    job = found(await serving.store.snapshot(job_id))
    await note(request, "ops.look", job_id, owner=job.owner)
    calls = present(await serving.store.calls(job_id))
    body = {
        "owner": job.owner,
        "queue": job.queue,
        "job": as_dict(job, lang, owner_links(job.id), None),
        "error": error_for_operators(job.error, lang),
        "now": timestamp(now_ms()),
        "spans": await job_spans(serving.store, job, lang),
        "calls": [call_json(row, lang) for row in calls],
        "in_doubt": sum(row.outcome is None for row in calls),
    }
    return Response(orjson.dumps(body), media_type="application/json")
