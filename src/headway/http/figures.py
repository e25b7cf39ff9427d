"""`/api/ops/…`: what operators see of the installation; `/api/figures`: what anybody may.

Included by `api`. Everything under `/api/ops` is for accounts with the role `operator`; others get 403. Figures
are looked up at most every five seconds, whoever asks.
"""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from headway.http.documented import ok, problems
from headway.http.figure_models import (
    OpsFailures,
    OpsOverview,
    OpsProviders,
    OpsQueues,
    OpsWorkers,
    PublicFigures,
)
from headway.http.metrics import live_workers
from headway.http.parts import json_response
from headway.http.rendering import error_for_operators, timestamp
from headway.http.services import Services, lang_of, operator_of, services
from headway.store.figures import WINDOWS_MS, Window
from headway.store.rows import now_ms

router = APIRouter(prefix="/api", tags=["operations"])
_POINTS = 60
_SERIES_S = 3600.0


async def _windows(serving: Services) -> dict[str, Window]:
    found = await serving.fresh.get("windows", serving.store.windows)
    assert isinstance(found, dict)
    return found


def _window(window: Window, utilisation: float | None) -> dict[str, object]:
    ended = window.completed + window.failed
    return {
        "seconds": window.ms // 1000,
        "accepted": window.accepted,
        "completed": window.completed,
        "failed": window.failed,
        "cancelled": window.cancelled,
        "per_second": round((ended + window.cancelled) / (window.ms / 1000), 6),
        "failure_share": round(window.failed / ended, 4) if ended else None,
        "wait_p50_seconds": window.wait_p50_s,
        "wait_p95_seconds": window.wait_p95_s,
        "work_p50_seconds": window.work_p50_s,
        "work_p95_seconds": window.work_p95_s,
        "utilisation": None if utilisation is None else round(utilisation, 4),
    }


@router.get("/figures", responses={200: ok(PublicFigures, "Figures that name nobody."), **problems()})
async def figures(request: Request) -> Response:
    """How quickly this installation accepts, begins and ends: medians of the last day. Public."""
    serving = services(request)
    day = (await _windows(serving))["24h"]
    return json_response(
        {
            "accepted_within_ms": serving.meter.accepted_within_ms(),
            "wait_seconds": day.wait_p50_s,
            "work_seconds": day.work_p50_s,
            "completed": day.completed,
            "offline": serving.headway.settings.ai == "offline",
        }
    )


@router.get(
    "/ops/overview",
    responses={200: ok(OpsOverview, "Throughput, failures, waiting, utilisation."), **problems(403)},
)
async def overview(request: Request) -> Response:
    """The last five minutes, hour and day, what is going on now, and the last hour as a series."""
    operator_of(request)
    serving = services(request)
    now = await serving.fresh.get("beat", serving.pulse.beat)
    windows = await _windows(serving)
    beats = serving.pulse.series(_SERIES_S, _POINTS)
    return json_response(
        {
            "windows": {
                name: _window(window, serving.pulse.utilisation(WINDOWS_MS[name] / 1000))
                for name, window in windows.items()
            },
            "now": {
                "ready": now.ready,
                "running": now.running,
                "slots": now.slots,
                "oldest_seconds": now.oldest_s if now.ready else None,
                "watchers": serving.hub.watchers,
            },
            "watched_since": _time(serving.pulse.since),
            "series": [
                {"at": _time(beat.at), "ready": beat.ready, "running": beat.running, "slots": beat.slots}
                for beat in beats
            ],
        }
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@router.get("/ops/queues", responses={200: ok(OpsQueues, "What stands in line."), **problems(403)})
async def queues(request: Request) -> Response:
    """Unfinished tasks by queue and kind."""
    operator_of(request)
    serving = services(request)
    found = await serving.fresh.get("queues", serving.store.queue_now)
    return json_response(
        {
            "queues": [
                {
                    "queue": row.queue,
                    "kind": row.kind,
                    "ready": row.ready,
                    "waiting": row.waiting,
                    "running": row.leased,
                    "oldest_seconds": row.oldest_s,
                }
                for row in found
            ]
        }
    )


@router.get("/ops/workers", responses={200: ok(OpsWorkers, "Every worker seen lately."), **problems(403)})
async def workers(request: Request) -> Response:
    """Worker processes as they last described themselves; `live`: seen within two leases, and not stopped."""
    operator_of(request)
    serving = services(request)
    lease_s = serving.headway.settings.lease_s
    live = {worker.id for worker in await live_workers(serving.store, lease_s)}
    return json_response(
        {
            "workers": [
                {
                    "id": row.id,
                    "host": row.host,
                    "pid": row.pid,
                    "version": row.version,
                    "queues": row.queues,
                    "state": row.state if row.id in live or row.state == "stopped" else "lost",
                    "live": row.id in live,
                    "running": row.running,
                    "concurrency": row.concurrency,
                    "memory_mb": row.memory_mb,
                    "started_at": timestamp(row.started_at),
                    "seen_at": timestamp(row.heartbeat_at),
                    "runs": row.runs,
                }
                for row in await serving.store.workers()
            ]
        }
    )


@router.get(
    "/ops/providers", responses={200: ok(OpsProviders, "Each model that was asked."), **problems(403)}
)
async def providers(request: Request) -> Response:
    """The lanes of models: open, paused by the provider, down (the breaker is open), or being probed."""
    operator_of(request)
    now = now_ms()
    return json_response(
        {
            "providers": [
                {
                    "provider": row.provider,
                    "model": row.model,
                    "state": row.state(now),
                    "reason": row.lane.reason or None,
                    "paused_seconds": max(0.0, (row.lane.paused_until - now) / 1000),
                    "failures": row.lane.failures,
                    "refusals": row.lane.refusals,
                }
                for row in await services(request).store.lanes()
            ]
        }
    )


@router.get("/ops/failures", responses={200: ok(OpsFailures, "What failed, by error."), **problems(403)})
async def failures(request: Request) -> Response:
    """The failures of the last day, the most frequent first."""
    operator_of(request)
    serving, lang = services(request), lang_of(request)
    found = await serving.fresh.get("failures", serving.store.failures)
    return json_response(
        {
            "failures": [
                {
                    "kind": row.kind,
                    "error": error_for_operators(row.error, lang),
                    "count": row.count,
                    "last_at": timestamp(row.last_at),
                    "last_id": row.last_id,
                }
                for row in found
            ]
        }
    )
