"""A snapshot as JSON: the fields of the contract, every one always present, in the watcher's language.

Called by every route that shows a job, and by `live`. Invariant: one `Frame` is encoded at most once for each
language and address, and all who watch get the same bytes.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson

from headway.core.errors import public
from headway.store import Snapshot
from headway.support.i18n import gettext

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_LAST_MS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


def timestamp(ms: int | None) -> str | None:
    """RFC 3339 in UTC with `Z` and milliseconds; None stays None. What no calendar has is shown as its first or last moment: one
    such row must not break a list."""
    if ms is None:
        return None
    moment = _EPOCH + timedelta(milliseconds=min(max(ms, _FIRST_MS), _LAST_MS))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def owner_links(job_id: str) -> dict[str, str | None]:
    """Where the owner of a job finds its parts."""
    base = f"/api/jobs/{job_id}"
    return {
        "self": base,
        "events": f"{base}/events",
        "result": f"{base}/result",
        "cancel": f"{base}/cancel",
        "retry": f"{base}/retry",
    }


def watch_links(token: str) -> dict[str, str | None]:
    """What a watch link opens: reading, nothing else."""
    base = f"/api/watch/{token}"
    return {
        "self": base,
        "events": f"{base}/events",
        "result": f"{base}/result",
        "cancel": None,
        "retry": None,
    }


def error_text(error: Mapping[str, object] | None, lang: str) -> dict[str, object] | None:
    """A job's error as its owner sees it: its type, and its message in `lang`; of what nobody foresaw, a number only.

    What is stored also has the message's id and values, to render it with, and where in the handler it arose.
    """
    if error is None:
        return None
    error = public(error)
    params, msgid, message = error.get("params"), error.get("id"), str(error.get("message", ""))
    if isinstance(msgid, str) and isinstance(params, Mapping):
        message = gettext(lang, msgid, **{str(name): value for name, value in params.items()})
    return {"type": str(error.get("type", "error")), "message": message}


def error_for_operators(error: Mapping[str, object] | None, lang: str) -> dict[str, object] | None:
    """The same with what its owner is not shown: an unforeseen exception's own words, and where it arose."""
    shown = error_text(error, lang)
    if error is None or shown is None or "incident" not in error:
        return shown
    inside = {name: error.get(name) for name in ("type", "message", "where", "incident")}
    return {**shown, "internal": inside}


def as_dict(
    snapshot: Snapshot, lang: str, links: Mapping[str, str | None], eta_s: int | None
) -> dict[str, object]:
    """The snapshot with exactly the contract's fields, in the contract's order."""
    s = snapshot
    seconds = None
    if s.started_at is not None and s.finished_at is not None:
        seconds = round((s.finished_at - s.started_at) / 1000, 3)
    return {
        "id": s.id,
        "kind": s.kind,
        "status": s.status,
        "percent": int(s.percent),
        "step": None if s.step is None else gettext(lang, s.step.id, **s.step.args),
        "total_chunks": s.total_chunks,
        "processed_chunks": s.processed_chunks,
        "failed_chunks": s.failed_chunks,
        "eta_seconds": eta_s,
        "queue_position": s.queue_position,
        "cancel_requested": s.cancel_requested,
        "attempt": s.attempt,
        "max_attempts": s.max_attempts,
        "version": s.version,
        "error": error_text(s.error, lang),
        "created_at": timestamp(s.created_at),
        "scheduled_at": timestamp(s.scheduled_at),
        "started_at": timestamp(s.started_at),
        "finished_at": timestamp(s.finished_at),
        "processing_seconds": seconds,
        "cancelled_by": s.cancelled_by,
        "credits": None
        if s.reserved is None and s.credits is None
        else {"reserved": s.reserved, "settled": s.credits},
        "links": dict(links),
    }


def etag(body: bytes) -> str:
    """A strong validator of these very bytes (RFC 9110, 8.8.1)."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def etag_matches(header: str | None, tag: str) -> bool:
    """Whether an `If-None-Match` header names `tag`; the comparison is weak, as RFC 9110, 13.1.2 wants it."""
    if not header:
        return False
    if header.strip() == "*":
        return True
    return any(item.strip().removeprefix("W/") == tag for item in header.split(","))


class Frame:
    """One snapshot as it was at one look, encoded on demand."""

    __slots__ = ("_bodies", "eta_s", "snapshot")

    def __init__(self, snapshot: Snapshot, eta_s: int | None) -> None:
        self.snapshot = snapshot
        self.eta_s = eta_s
        self._bodies: dict[tuple[str, str | None], bytes] = {}

    def body(self, lang: str, watch_token: str | None = None) -> bytes:
        """The JSON for a reader of `lang`: the owner, or the holder of a watch link."""
        key = (lang, watch_token)
        body = self._bodies.get(key)
        if body is None:
            links = owner_links(self.snapshot.id) if watch_token is None else watch_links(watch_token)
            body = self._bodies[key] = orjson.dumps(as_dict(self.snapshot, lang, links, self.eta_s))
        return body

    def event(self, lang: str, watch_token: str | None = None) -> bytes:
        """The same as one server-sent event whose id is the version."""
        key = (f"event:{lang}", watch_token)
        event = self._bodies.get(key)
        if event is None:
            body = self.body(lang, watch_token)
            event = self._bodies[key] = b"id: %d\ndata: %b\n\n" % (self.snapshot.version, body)
        return event
