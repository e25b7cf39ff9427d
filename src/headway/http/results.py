"""A job's result as somebody reads it: with what its owner changed in it, and in the reader's language.

Called by every route that shows a result. A result is stored once, without a language where its kind has a `render`.
"""

import asyncio

from starlette.responses import Response

from headway.core.errors import Conflict, JobNotFound
from headway.core.states import TERMINAL, Status
from headway.http.problems import NotFound
from headway.http.services import Services
from headway.store import Snapshot
from headway.support.i18n import N_


async def result_of(
    serving: Services, job_id: str, owner: str | None = None, *, lang: str
) -> tuple[Snapshot, str | None] | None:
    """The snapshot and the result as JSON text; None where there is no such job."""
    snapshot, text = await serving.store.result(job_id, owner) or (None, None)
    if snapshot is None:
        return None
    if text is None:
        return snapshot, None
    if amend := serving.amends.get(snapshot.kind):
        text = await amend(serving.store, job_id, text)
    if render := serving.renders.get(snapshot.kind):
        text = await asyncio.to_thread(render, text, lang)
    return snapshot, text


def result_response(found: tuple[Snapshot, str | None] | None, lang: str) -> Response:
    """200 with the result. Raises JobNotFound, Conflict while unfinished, NotFound where there is none."""
    if found is None:
        raise JobNotFound()
    snapshot, text = found
    if snapshot.status not in TERMINAL:
        raise Conflict(N_("The job has not ended: there is no result yet"))
    if text is None or snapshot.status != Status.COMPLETED:
        raise NotFound(N_("The job ended without a result"))
    headers = {"vary": "Accept-Language", "content-language": lang}
    return Response(text, media_type="application/json", headers=headers)
