"""Health, readiness, metrics: what machines around Headway ask. Public, and without anything about an owner.

Included by `api`.
"""

import asyncio

import orjson
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from headway import __version__
from headway.core.errors import HeadwayError
from headway.http.documented import ok, plain
from headway.http.metrics import live_workers
from headway.http.models import Health, Readiness
from headway.http.services import services

router = APIRouter(tags=["operations"])
_LOOK_WITHIN_S = 2.0


@router.get("/healthz", responses={200: ok(Health, "This process answers.")})
async def health() -> Response:
    """Liveness: nothing but this process is asked."""
    return Response(orjson.dumps({"status": "ok", "version": __version__}), media_type="application/json")


@router.get(
    "/readyz",
    responses={
        200: ok(Readiness, "Jobs are accepted and run."),
        503: ok(Readiness, "Not now; `checks` says why."),
    },
)
async def ready(request: Request) -> Response:
    """Readiness: the database answers, has this version's schema, and a worker lives."""
    serving = services(request)
    checks = {"database": False, "migrated": False, "worker": False}
    try:
        async with asyncio.timeout(_LOOK_WITHIN_S):
            have, want = await asyncio.to_thread(serving.store.schema)
            checks["database"], checks["migrated"] = True, have == want
            if checks["migrated"]:
                checks["worker"] = bool(await live_workers(serving.store, serving.headway.settings.lease_s))
    except (TimeoutError, HeadwayError, OSError):
        pass  # what could not be asked stays false
    except Exception as error:
        if not serving.store.driver.is_away(error):
            raise
    fine = all(checks.values())
    body = orjson.dumps({"status": "ready" if fine else "not ready", "checks": checks})
    headers = {} if fine else {"retry-after": "1"}
    return Response(body, 200 if fine else 503, headers, media_type="application/json")


@router.get("/metrics", responses={200: plain("Prometheus text.", "text/plain")})
async def metrics(request: Request) -> Response:
    """Requests of this process; jobs, tasks and workers of the installation."""
    serving = services(request)
    serving.meter.watchers.set(serving.hub.watchers)
    text = await serving.meter.render(serving.store, serving.headway.settings.lease_s)
    return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})
