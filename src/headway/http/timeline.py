"""`/api/jobs/ID/timeline`: what ran when, as spans on one time axis.

Included by `api`. Put together of the attempts, steps, chunks and calls that are kept; a span that goes on has no
end. At most 2,000 spans of each sort.
"""

from collections.abc import Iterator

import orjson
from fastapi import APIRouter, Request
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from headway.http.documented import ok, problems
from headway.http.jobs import found
from headway.http.models import Strict
from headway.http.parts import present
from headway.http.rendering import error_text, timestamp
from headway.http.services import account_of, lang_of, services
from headway.store import Snapshot, Store
from headway.store.rows import Attempt, CallRow, StepRow, now_ms
from headway.store.timeline import ChunkTimes

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["parts of a job"])
_MOST = 2_000


class Span(Strict):
    """One bar of the timeline."""

    what: str = Field(description="wait, attempt, step, chunk or call")
    name: str = Field(description="The step's name, the model of a call; empty for waits and attempts.")
    n: int | None = Field(description="The attempt's number, the chunk's, or the call's.")
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None = Field(description="Null while it goes on.")
    outcome: str | None
    worker: str | None
    error: str | None


class TimelineBody(Strict):
    """All spans, the server's time, so that what goes on can be drawn to its end, and what tells the job from
    others of its kind."""

    now: AwareDatetime
    title: str | None
    spans: list[Span]


Row = dict[str, object]


def _span(what: str, name: str, n: int | None, begun: int, ended: int | None, **more: str | None) -> Row:
    return {
        "what": what,
        "name": name,
        "n": n,
        "from": timestamp(begun),
        "to": timestamp(ended),
        "outcome": more.get("outcome"),
        "worker": more.get("worker"),
        "error": more.get("error"),
    }


@router.get("/timeline", responses={200: ok(TimelineBody, "What ran when."), **problems(404)})
async def timeline(request: Request, job_id: str) -> Response:
    """Waiting, attempts, steps, chunks and calls of a job, in that order."""
    store, owner, lang = services(request).store, account_of(request).id, lang_of(request)
    job = found(await store.snapshot(job_id, owner))
    spans = await job_spans(store, job, lang)
    title = (await store.titles(owner, [job_id])).get(job_id)
    body = {"now": timestamp(now_ms()), "title": title, "spans": spans}
    return Response(orjson.dumps(body), media_type="application/json")


async def job_spans(store: Store, job: Snapshot, lang: str) -> list[Row]:
    """The spans of a job that the caller may see. Raises JobNotFound when it has gone meanwhile."""
    attempts = present(await store.attempts(job.id, job.owner))
    steps = present(await store.steps(job.id, job.owner))[:_MOST]
    calls = present(await store.calls(job.id, job.owner))[:_MOST]
    chunks = present(await store.chunk_times(job.id, job.owner, most=_MOST))
    return [
        *_waits(job, attempts),
        *_attempts(attempts[:_MOST], lang),
        *(_span("step", s.name, None, s.started_at, s.ended_at, outcome="succeeded") for s in steps),
        *_chunks(chunks, attempts, steps, calls),
        *_calls(calls, job),
    ]


def _waits(job: Snapshot, attempts: list[Attempt]) -> Iterator[Row]:
    """A job that was retried waits from the end of what ran before: what ends later belongs to this round."""
    ends = (row.ended_at for row in attempts if row.ended_at is not None)
    since = max([job.created_at, *(end for end in ends if job.started_at is None or end < job.started_at)])
    could_begin = max(since, job.scheduled_at or 0)
    if job.started_at is None and job.finished_at is None:
        yield _span("wait", "", None, since, None)
    elif job.started_at is not None and job.started_at > could_begin:
        yield _span("wait", "", None, could_begin, job.started_at)


def _attempts(attempts: list[Attempt], lang: str) -> Iterator[Row]:
    for row in attempts:
        if row.part == 0 and row.started_at is not None:
            error = error_text(row.error, lang)
            said = str(error["message"]) if error else None
            yield _span(
                "attempt", "", row.attempt, row.started_at, row.ended_at,
                outcome=row.outcome, worker=row.worker, error=said,
            )  # fmt: skip


def _chunks(
    chunks: list[ChunkTimes], attempts: list[Attempt], steps: list[StepRow], calls: list[CallRow]
) -> Iterator[Row]:
    """A chunk began with its first sign of life: a claim that is kept, a step inside it, a call of it."""
    begun: dict[int, int] = {}
    workers: dict[int, str | None] = {}

    def sign(part: int, at: int) -> None:
        begun[part] = min(at, begun.get(part, at))

    for row in attempts:
        if row.part and row.started_at is not None:
            sign(row.part, row.started_at)
            workers[row.part] = row.worker
    for step in steps:
        head, slash, _ = step.key.partition("/")
        if slash and head.isdigit():
            sign(int(head), step.started_at)
    parts = {(chunk.name, chunk.key): chunk.part for chunk in chunks}
    for call in calls:
        if (part := parts.get((call.step, call.key))) is not None:
            sign(part, call.started_at)
    for chunk in chunks:
        start = begun.get(chunk.part, chunk.ended_at)
        if start is not None:
            yield _span(
                "chunk", chunk.name, chunk.part, start, chunk.ended_at,
                outcome=chunk.outcome, worker=workers.get(chunk.part),
            )  # fmt: skip


def _calls(calls: list[CallRow], job: Snapshot) -> Iterator[Row]:
    for call in calls:
        # A call in doubt has no end of its own: once the job has one, it is drawn as a moment.
        ended = call.settled_at or (call.started_at if job.finished_at is not None else None)
        outcome = call.outcome or "in doubt"
        yield _span("call", call.model, call.n, call.started_at, ended, outcome=outcome)
