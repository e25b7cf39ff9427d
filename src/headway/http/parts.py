"""`/api/jobs/ID/…`: the parts of a job that are read on their own.

Included by `api`. Times are RFC 3339; what is not the caller's is 404.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from headway.core.errors import JobNotFound
from headway.http.documented import ok, plain, problems
from headway.http.jobs import found
from headway.http.models import Attempts, Calls, Chunks, Log, Steps
from headway.http.problems import NotAcceptable
from headway.http.rendering import error_for_operators, error_text, timestamp
from headway.http.results import result_of, result_response
from headway.http.services import CONTENT, account_of, lang_of, services
from headway.store.rows import CallRow
from headway.support.fragments import fragment
from headway.support.i18n import N_

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["parts of a job"])
T = TypeVar("T")
_MOST = 2**63 - 1  # what both databases take for a number


def present(rows: list[T] | None) -> list[T]:
    """The rows, or JobNotFound where there is no such job."""
    if rows is None:
        raise JobNotFound()
    return rows


def json_response(value: Mapping[str, object]) -> Response:
    """A JSON body."""
    return Response(orjson.dumps(value), media_type="application/json")


@router.get(
    "/result",
    responses={
        200: {"description": "The result.", "content": {"application/json": {}}},
        **problems(404, 409),
    },
)
async def result(request: Request, job_id: str) -> Response:
    """The job's result in the reader's language; 409 while it is unfinished."""
    lang = lang_of(request)
    return result_response(
        await result_of(services(request), job_id, account_of(request).id, lang=lang), lang
    )


@router.get(
    "/input",
    responses={200: {"description": "The input.", "content": {"application/json": {}}}, **problems(404)},
)
async def given(request: Request, job_id: str) -> Response:
    """What the job was given, as it was accepted."""
    text = await services(request).store.input(job_id, account_of(request).id)
    if text is None:
        raise JobNotFound()
    return Response(text, media_type="application/json")


@router.get("/chunks", responses={200: ok(Chunks, "Each chunk's state."), **problems(404, 422)})
async def chunks(
    request: Request,
    job_id: str,
    results: Annotated[bool, Query(description="`false`: states only, which is much lighter.")] = True,
) -> Response:
    """The chunks of a fan-out: what is done can be read before the end."""
    lang, store, owner = lang_of(request), services(request).store, account_of(request).id
    rows = present(await (store.chunks(job_id, owner) if results else store.chunk_states(job_id, owner)))
    return json_response(
        {
            "chunks": [
                {
                    "n": row.part,
                    "status": row.state,
                    "attempt": row.attempt,
                    "error": error_text(row.error, lang),
                    "result": fragment(row.result),
                }
                for row in rows
            ]
        }
    )


@router.get("/calls", responses={200: ok(Calls, "Each request to a provider."), **problems(404)})
async def calls(request: Request, job_id: str) -> Response:
    """What providers were asked: model, tokens, cost, time, outcome, and what is in doubt."""
    rows = present(await services(request).store.calls(job_id, account_of(request).id))
    lang = lang_of(request)
    return json_response(
        {
            "calls": [call_json(row, lang) for row in rows],
            "in_doubt": sum(row.outcome is None for row in rows),
        }
    )


def call_json(row: CallRow, lang: str) -> dict[str, object]:
    """A call without its answer."""
    return {
        "step": row.step,
        "key": row.key,
        "n": row.n,
        "round": row.round,
        "provider": row.provider,
        "model": row.model,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost": row.cost_micros,
        "started_at": timestamp(row.started_at),
        "duration_seconds": None if row.settled_at is None else (row.settled_at - row.started_at) / 1000,
        "outcome": row.outcome,
        "in_doubt": row.outcome is None,
        "shares": row.shares,
        "error": error_text(_as_error(row.error), lang),
    }


def _as_error(stored: str | None) -> dict[str, Any] | None:
    """A call's error as the store keeps it: JSON of an object, or plain words."""
    if stored is None:
        return None
    try:
        value = orjson.loads(stored)
    except orjson.JSONDecodeError:
        value = None
    return value if isinstance(value, dict) else {"type": "error", "message": stored}


@router.get(
    "/attempts", responses={200: ok(Attempts, "What ran when, where, and how it ended."), **problems(404)}
)
async def attempts(request: Request, job_id: str) -> Response:
    """Every claim of the job and of its chunks."""
    account = account_of(request)
    rows = present(await services(request).store.attempts(job_id, account.id))
    lang = lang_of(request)
    told = error_for_operators if account.role == "operator" else error_text
    return json_response(
        {
            "attempts": [
                {
                    "part": row.part,
                    "attempt": row.attempt,
                    "worker": row.worker,
                    "started_at": timestamp(row.started_at),
                    "ended_at": timestamp(row.ended_at),
                    "outcome": row.outcome,
                    "error": told(row.error, lang),
                }
                for row in rows
            ]
        }
    )


@router.get("/steps", responses={200: ok(Steps, "The finished steps."), **problems(404)})
async def steps(request: Request, job_id: str) -> Response:
    """The steps that are recorded and will not run again."""
    rows = present(await services(request).store.steps(job_id, account_of(request).id))
    return json_response(
        {
            "steps": [
                {
                    "name": row.name,
                    "key": row.key,
                    "started_at": timestamp(row.started_at),
                    "ended_at": timestamp(row.ended_at),
                }
                for row in rows
            ]
        }
    )


@router.get("/log", responses={200: ok(Log, "The lines after the cursor."), **problems(404, 422)})
async def log(
    request: Request,
    job_id: str,
    after: Annotated[int, Query(ge=0, le=_MOST, description="`next` of the answer before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """The lines that the handler wrote."""
    lines = present(
        await services(request).store.log(job_id, account_of(request).id, after=after, limit=limit)
    )
    return json_response(
        {
            "lines": [{"n": line.n, "at": timestamp(line.at), "text": line.text} for line in lines],
            "next": lines[-1].n if lines else after,
        }
    )


@router.get(
    "/export",
    responses={200: plain("The file.", "application/octet-stream"), **problems(404, 406, 409, 422)},
)
async def export(
    request: Request, job_id: str, format: Annotated[str, Query(description="One of the kind's formats.")]
) -> Response:
    """The result as a file: essay `md pdf`."""
    serving, owner, lang = services(request), account_of(request).id, lang_of(request)
    snapshot = found(await serving.store.snapshot(job_id, owner))
    formats = serving.exports.get(snapshot.kind, {})
    export = formats.get(format)
    if export is None:
        offered = " ".join(sorted(formats)) or "-"
        raise NotAcceptable(
            N_("No format {format} here; on offer: {offered}"), format=format, offered=offered
        )
    outcome = result_response(await result_of(serving, job_id, owner, lang=lang), lang)
    given = orjson.loads(await serving.store.input(job_id, owner) or "null")
    if export.whole and isinstance(given, dict) and (files := await serving.store.files(job_id, owner)):
        blocks = [block async for block in serving.store.read_file(job_id, files[0].name, owner)]
        given[CONTENT] = b"".join(blocks)
    body = await asyncio.to_thread(export.render, given, orjson.loads(outcome.body), lang)
    name = f"{snapshot.kind}-{job_id}.{export.extension}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-language": lang}
    return Response(body, 200, headers, media_type=export.media_type)
