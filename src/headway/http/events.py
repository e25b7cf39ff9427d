"""`/api/jobs/ID/events` and `/ws`: a job as it moves.

Included by `api`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, WebSocket
from starlette.responses import Response

from headway.http.documented import Responses, plain, problems
from headway.http.jobs import found
from headway.http.problems import NotAcceptable
from headway.http.services import account_of, lang_of, services
from headway.http.streams import EventStream, run_websocket
from headway.support.i18n import N_

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["watching"])

After = Annotated[int | None, Query(ge=0, description="The version that was seen last.")]
_RESUME = {
    "parameters": [
        {
            "name": "Last-Event-ID",
            "in": "header",
            "description": "What a reconnecting EventSource sends; `?after=` is the same.",
            "schema": {"type": "string"},
        }
    ]
}
DOCUMENTED: Responses = {
    200: plain(
        "Each event's `id` is the snapshot's `version`, its `data` the snapshot.", "text/event-stream"
    ),
    204: plain("The job has ended and the caller has seen it."),
}


def seen(request: Request, after: int | None) -> int | None:
    """The version that the caller has: `?after=`, else `Last-Event-ID`; no number counts as none."""
    if after is not None:
        return after
    last = request.headers.get("last-event-id", "")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 19 else None


def accepts_events(request: Request) -> None:
    """Raises NotAcceptable for an `Accept` that names other types only."""
    accept = request.headers.get("accept", "*/*")
    wanted = [item.partition(";")[0].strip() for item in accept.split(",")]
    if not {"*/*", "text/*", "text/event-stream"} & set(wanted):
        raise NotAcceptable(N_("This address sends text/event-stream"))


@router.get("/events", openapi_extra=_RESUME, responses={**DOCUMENTED, **problems(404, 406, 422)})
async def events(request: Request, job_id: str, after: After = None) -> Response:
    """Server-sent events: the job now, then each change, until it has ended. A comment every 15 s keeps it
    open."""
    serving = services(request)
    snapshot = found(await serving.store.snapshot(job_id, account_of(request).id))
    accepts_events(request)
    version = seen(request, after)
    if snapshot.finished and version == snapshot.version:
        return Response(None, 204)
    hold = serving.vigil.hold(request.state.access, account_of(request).id, job_id)
    return EventStream(serving.hub, snapshot, lang_of(request), version, hold=hold)


@router.websocket("/ws")
async def websocket(websocket: WebSocket, job_id: str, after: After = None) -> None:
    """The same snapshots as text messages."""
    serving = services(websocket)
    snapshot = found(await serving.store.snapshot(job_id, account_of(websocket).id))
    hold = serving.vigil.hold(websocket.state.access, account_of(websocket).id, job_id)
    await run_websocket(websocket, serving.hub, snapshot, lang_of(websocket), after, hold)
