"""Accepts jobs: the one way from a request to an answer of 202, or of 200 when someone waits.

Called by `POST /api/jobs/KIND` and by the applications' own routes, which differ only in the names of their
fields.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from headway.core.errors import FieldError, InvalidInput, JobNotFound
from headway.core.states import TERMINAL
from headway.engine import Kind
from headway.engine.transaction import fresh
from headway.http import rendering
from headway.http.network import until_gone
from headway.http.quotes import reserve_as_quoted
from headway.http.results import result_of
from headway.http.services import account_of, lang_of, services
from headway.store import Snapshot
from headway.support.fragments import fragment
from headway.support.i18n import LANGUAGES, N_

MAX_WAIT_S: Final = 60
MAX_KEY_CHARS: Final = 255
_LANGUAGE: Final = "language"
_UNBOUNDED_LOOK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the input as JSON text or value, and how it is to be queued.

    `files` are ids of uploads, `digests` what they hold: an idempotency key stands for them too. `key` is the
    route's own idempotency key, for requests that bring none. `job_id` is a hold's, `reserve` the credits that the job may
    cost: its budget; None asks the kind's quote. An `input` that is the kind's model already is not checked again.
    """

    kind: str
    input: bytes | Mapping[str, Any] | BaseModel
    owner: str
    priority: int | None = None
    scheduled_at: datetime | None = None
    files: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    key: str | None = None
    job_id: str | None = None
    reserve: int | None = None


def preferred_wait(header: str | None) -> int | None:
    """The N of `Prefer: wait=N` (RFC 7240, 4.3), at most 60, however long the number; None without one. A value that is no number
    is ignored."""
    for item in (header or "").replace(";", ",").split(","):
        name, _, value = item.strip().partition("=")
        value = value.strip().strip('"')
        if name.strip().lower() == "wait" and value.isascii() and value.isdigit():
            return min(int(value), MAX_WAIT_S) if len(value) < 10 else MAX_WAIT_S
    return None


def idempotency_key(request: Request) -> str | None:
    """The `Idempotency-Key`, without the quotes of a structured header. Raises InvalidInput."""
    raw = request.headers.get("idempotency-key")
    if raw is None:
        return None
    key = raw.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > MAX_KEY_CHARS or not key.isprintable():
        raise InvalidInput([FieldError("Idempotency-Key", N_("Must have 1 to 255 printable characters"))])
    return key


async def submit(request: Request, order: Order) -> Snapshot:
    """Puts the job in; returns once it is committed. Files that a repeated request brought are dropped."""
    serving, lang = services(request), lang_of(request)
    began = time.perf_counter()
    kind = serving.headway.kinds.get(order.kind)
    given = order.input if kind is None else _in_language(order.input, kind, lang)
    job = serving.headway.new_job(
        order.kind,
        given,
        owner=order.owner,
        priority=order.priority,
        scheduled_at=order.scheduled_at,
        idempotency_key=idempotency_key(request) or order.key,
        files=order.files,
        job_id=order.job_id,
        reserve=order.reserve,
    )
    if job.request_hash is not None and order.digests:
        whole = "\n".join((job.request_hash, *order.digests))
        job.request_hash = hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()
    request.state.limits = await serving.limits.submission(request, job.kind, key=job.idempotency_key)
    if order.reserve is None and order.job_id is None:
        await reserve_as_quoted(serving, job, given, order.files, lang)
    submitted = (await serving.store.submit([job]))[0]
    serving.meter.accepted(time.perf_counter() - began)
    if submitted.created and order.job_id is None:  # what a hold reserves is written in the hold
        return await serving.store.placed(fresh(job, submitted.at))
    for file_id in order.files:
        await serving.store.drop_file(file_id)
    snapshot = await serving.store.snapshot(submitted.id, order.owner)
    if snapshot is None:
        raise JobNotFound(N_("The job was deleted at once"))
    return snapshot


def _in_language(
    given: bytes | Mapping[str, Any] | BaseModel, kind: Kind, lang: str
) -> bytes | Mapping[str, Any] | BaseModel:
    """The input in the submitter's language, where its kind has a `language` and the request names none."""
    if lang == LANGUAGES[0] or _LANGUAGE not in kind.input.fields or isinstance(given, BaseModel):
        return given
    try:
        value = orjson.loads(given) if isinstance(given, bytes) else given
    except orjson.JSONDecodeError:
        return given  # whoever reads it next says where it breaks
    if not isinstance(value, Mapping) or value.get(_LANGUAGE):
        return given
    return {**value, _LANGUAGE: lang}


async def until_ended(request: Request, snapshot: Snapshot, timeout_s: float | None) -> Snapshot:
    """Waits for a terminal status, at most `timeout_s` (None: as long as the client stays); the newest
    snapshot."""
    hub = services(request).hub
    loop = asyncio.get_running_loop()
    deadline = None if timeout_s is None else loop.time() + timeout_s
    gone = asyncio.ensure_future(until_gone(request.receive))
    try:
        with hub.watch(snapshot.id) as watch:
            latest = watch.begin(snapshot).snapshot
            while latest.status not in TERMINAL and not gone.done() and not watch.over:
                left = _UNBOUNDED_LOOK_S if deadline is None else deadline - loop.time()
                if left <= 0:
                    break
                frame = await watch.next(left, gone)
                if frame is not None:
                    latest = frame.snapshot
        return latest
    finally:
        gone.cancel()


async def answer(request: Request, snapshot: Snapshot, extra: Mapping[str, object] | None = None) -> Response:
    """202 with the snapshot; 200 with its `result` too where the client prefers to wait and it ends in time.

    With HEADWAY_ASYNC=false every submission waits, except one that is scheduled for later. `extra` members
    go first.
    """
    serving = services(request)
    lang = lang_of(request)
    wait = preferred_wait(request.headers.get("prefer"))
    always = not serving.headway.settings.async_ and snapshot.scheduled_at is None
    if always or wait is not None:
        snapshot = await until_ended(request, snapshot, None if always else wait)
    headers = {
        "location": f"/api/jobs/{snapshot.id}",
        "vary": "Accept-Language",
        "content-language": lang,
        "cache-control": "no-store",
        **getattr(request.state, "limits", {}),
    }
    frame = serving.hub.frame(snapshot)
    if (always or wait is not None) and snapshot.status in TERMINAL:
        found = await result_of(serving, snapshot.id, account_of(request).id, lang=lang)
        text = found[1] if found else None
        body = rendering.as_dict(snapshot, lang, rendering.owner_links(snapshot.id), None)
        body["result"] = fragment(text)
        if wait is not None and not always:
            headers["preference-applied"] = f"wait={wait}"
        return Response(orjson.dumps({**(extra or {}), **body}), 200, headers, media_type="application/json")
    headers["retry-after"] = retry_after(serving.headway.settings.poll_ms)
    payload = frame.body(lang)
    if extra:
        payload = orjson.dumps({**extra, **orjson.loads(payload)})
    return Response(payload, 202, headers, media_type="application/json")


def retry_after(poll_ms: int) -> str:
    """The polling interval that clients are told: whole seconds, as `Retry-After` wants it; at least one."""
    return str(max(1, round(poll_ms / 1000)))
