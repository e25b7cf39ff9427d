"""Watch links: `/api/jobs/ID/share` makes and revokes them, `/api/watch/TOKEN` is what they open.

Included by `api`. What a watch link opens can be read from any origin: it needs no cookie, and the token is
in the address. Invariant: a link that is revoked, expired, forged or of a deleted job is 404.
"""

import time

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from headway.accounts import watchlinks
from headway.http import rendering
from headway.http.auditing import note
from headway.http.auth import base_url
from headway.http.documented import ok, plain, problems
from headway.http.events import DOCUMENTED, After, accepts_events, seen
from headway.http.models import Share, SnapshotBody
from headway.http.problems import NotFound
from headway.http.results import result_of, result_response
from headway.http.services import Services, account_of, lang_of, services
from headway.http.streams import EventStream
from headway.http.submission import retry_after
from headway.store import Snapshot
from headway.support.i18n import N_

router = APIRouter(tags=["watch links"])

_ANY_ORIGIN = {"access-control-allow-origin": "*", "access-control-expose-headers": "ETag, Retry-After, Date"}
_PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, OPTIONS",
    "access-control-allow-headers": "Accept-Language, If-None-Match, Last-Event-ID",
    "access-control-max-age": "86400",
}


@router.post(
    "/api/jobs/{job_id}/share",
    responses={200: ok(Share, "A new watch link."), **problems(403, 404, 409)},
)
async def share_job(request: Request, job_id: str) -> Response:
    """Make a signed, read-only link that needs no sign-in; it works for 30 days or until it is revoked."""
    serving = services(request)
    expires_at = int(time.time() * 1000) + watchlinks.DEFAULT_TTL_S * 1000
    share = await serving.store.create_share(job_id, account_of(request).id, expires_at)
    await note(request, "job.share", job_id)
    token, base = watchlinks.make_token(serving.key, share.id), base_url(request)
    return Response(
        orjson.dumps(
            {
                "url": f"{base}/watch/{token}",
                "events": f"{base}/api/watch/{token}/events",
                "expires_at": rendering.timestamp(share.expires_at),
            }
        ),
        media_type="application/json",
    )


@router.delete(
    "/api/jobs/{job_id}/share",
    status_code=204,
    responses={204: plain("No watch link of the job works any more."), **problems(403, 404)},
)
async def revoke(request: Request, job_id: str) -> Response:
    """Revoke every watch link of a job; who is watching through one is cut off within 15 s."""
    serving, owner = services(request), account_of(request).id
    if await serving.store.snapshot(job_id, owner) is None:
        raise NotFound()
    await serving.store.revoke_shares(job_id, owner)
    await note(request, "job.unshare", job_id)
    return Response(None, 204)


async def _shared(serving: Services, token: str) -> Snapshot:
    """The job that a token shows. Raises NotFound."""
    snapshot = None
    share_id = watchlinks.read_token(serving.key, token)
    share = await serving.store.share(share_id) if share_id is not None else None
    if share is not None and share.revoked_at is None and share.expires_at > time.time() * 1000:
        snapshot = await serving.store.snapshot(share.job_id)
    if snapshot is None:
        raise NotFound(N_("This link shows nothing (any more): ask for a new one"))
    return snapshot


@router.get(
    "/api/watch/{token}",
    responses={
        200: ok(SnapshotBody, "The snapshot.", ETag="Of the body"),
        304: plain("Unchanged."),
        **problems(404),
    },
)
async def watch(request: Request, token: str) -> Response:
    """Read the job of a watch link; its `links` stay within the link."""
    serving, lang = services(request), lang_of(request)
    snapshot = await _shared(serving, token)
    body = serving.hub.frame(snapshot).body(lang, token)
    tag = rendering.etag(body)
    headers = {**_ANY_ORIGIN, "etag": tag, "vary": "Accept-Language", "content-language": lang}
    if not snapshot.finished:
        headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    if rendering.etag_matches(request.headers.get("if-none-match"), tag):
        return Response(None, 304, headers)
    return Response(body, 200, headers, media_type="application/json")


@router.get("/api/watch/{token}/events", responses={**DOCUMENTED, **problems(404, 406, 422)})
async def watch_events(request: Request, token: str, after: After = None) -> Response:
    """The event stream of a watch link."""
    serving = services(request)
    snapshot = await _shared(serving, token)
    accepts_events(request)
    version = seen(request, after)
    if snapshot.finished and version == snapshot.version:
        return Response(None, 204, _ANY_ORIGIN)

    async def allowed() -> bool:
        try:
            await _shared(serving, token)
        except NotFound:
            return False
        return True

    stream = EventStream(serving.hub, snapshot, lang_of(request), version, watch_token=token, allowed=allowed)
    stream.headers.update(_ANY_ORIGIN)
    return stream


@router.get(
    "/api/watch/{token}/result",
    responses={
        200: {"description": "The result.", "content": {"application/json": {}}},
        **problems(404, 409),
    },
)
async def watch_result(request: Request, token: str) -> Response:
    """The result of a watch link's job."""
    serving, lang = services(request), lang_of(request)
    snapshot = await _shared(serving, token)
    response = result_response(await result_of(serving, snapshot.id, lang=lang), lang)
    response.headers.update(_ANY_ORIGIN)
    return response


@router.options("/api/watch/{token}", include_in_schema=False)
@router.options("/api/watch/{token}/events", include_in_schema=False)
@router.options("/api/watch/{token}/result", include_in_schema=False)
async def preflight(token: str) -> Response:
    """What a page of another origin may send."""
    return Response(None, 204, _PREFLIGHT)
