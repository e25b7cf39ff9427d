"""Webhooks as rows: where an account wants to hear of its jobs' ends, and each event until it is delivered.

Called by `headway.notify` and `http`. Invariant: while there are hooks, a trigger on `jobs` writes for each end, in its
transaction, which of the owner's hooks are to hear of it; `tell` makes that into a delivery and the job that sends it, in one
transaction. So no end is missed, none is told twice, and where nobody has a hook there is no trigger, and an end costs nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from headway.core.errors import Conflict, JobNotFound, public
from headway.core.ids import new_id
from headway.store.base import Base
from headway.store.driver import Row, Writer
from headway.store.intents import NewJob
from headway.store.jobs import id_floor, is_id
from headway.store.submission import dump, insert_jobs
from headway.support.i18n import N_

KIND = "headway.hook"
OWNER = "headway"
TRIES = 10
MOST = 20
"""Hooks of one account."""
_AT_ONCE = 500
_REPLAYS = 1000
_NEVER = 1 << 53


@dataclass(frozen=True, slots=True)
class Hook:
    """Where `owner` wants to hear of the ends of its jobs of `kinds` (None: all). Times in milliseconds."""

    id: str
    owner: str
    url: str
    kinds: list[str] | None
    secret: str
    old_secret: str | None
    old_until: int | None
    created_at: int
    disabled_at: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one hook. `state`: pending, delivered, failed (given up), dropped (its hook is disabled). `answer` is the last
    try's HTTP status, `error` why there was none."""

    id: str
    job_id: str | None
    event: str
    created_at: int
    state: str
    tries: int
    tried_at: int | None
    answer: int | None
    error: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one try needs: the body, where to, signed by whom."""

    id: str
    state: str
    body: str
    created_at: int
    hook_id: str
    url: str
    secret: str
    old_secret: str | None
    old_until: int | None
    disabled_at: int | None


def tell(writer: Writer) -> int:
    """Make ends that are still to be told into deliveries, and jobs that send them; returns how many."""
    rows = sorted(writer.rows("take_ends", n=_AT_ONCE), key=lambda row: int(row[7] or 0))
    _add(writer, [(str(row[0]), str(row[1]), str(row[2]), _event(row), _job_body(row)) for row in rows])
    return len(rows)


def _job_body(row: Row) -> str:
    """The event of a job's end, as Standard Webhooks wants it: type, timestamp, data."""
    _, _, id, kind, status, created_at, started_at, finished_at, error = row
    job = id if isinstance(id, str) else ""
    told = public(json.loads(error)) if isinstance(error, str) else None
    data = {
        "id": id,
        "kind": kind,
        "status": status,
        "created_at": _iso(created_at),
        "started_at": _iso(started_at),
        "finished_at": _iso(finished_at),
        "error": told and {"type": told.get("type"), "message": told.get("message")},
        "links": {"self": f"/api/jobs/{job}", "result": f"/api/jobs/{job}/result"},
    }
    return orjson.dumps({"type": _event(row), "timestamp": _iso(finished_at), "data": data}).decode()


def _event(row: Row) -> str:
    return "job." + (row[4] if isinstance(row[4], str) else "ended")


def _add(writer: Writer, events: Sequence[tuple[str, str, str | None, str, str]]) -> list[str]:
    """Deliveries of (hook, owner, job, event, body), each with its job; gives their ids."""
    if not events:
        return []
    rows = [(new_id(), *event) for event in events]
    writer.run("add_deliveries", rows=dump(rows))
    _send(writer, [row[0] for row in rows])
    return [row[0] for row in rows]


def _send(writer: Writer, ids: Sequence[str]) -> None:
    insert_jobs(
        writer,
        [
            NewJob(new_id(), OWNER, KIND, orjson.dumps({"delivery": id}).decode(), max_attempts=TRIES)
            for id in ids
        ],
    )


class Hooks(Base):
    """An account's hooks; the owner stands in every WHERE, and another's is JobNotFound's sibling: simply not there."""

    async def add_hook(self, owner: str, url: str, kinds: Sequence[str] | None, secret: str) -> Hook:
        """A new hook. Raises Conflict when the account has as many as it may."""
        id = new_id()

        def add(writer: Writer) -> int:
            listed = None if kinds is None else json.dumps(sorted(set(kinds)))
            made = writer.run("add_hook", id=id, owner=owner, url=url, kinds=listed, secret=secret, most=MOST)
            if not made and not writer.rows("hook", id=id, owner=owner):
                raise Conflict(N_("An account has at most {most} hooks"), most=MOST)
            _listen(writer)
            return writer.now

        now = await self.act(add)
        return Hook(
            id, owner, url, None if kinds is None else sorted(set(kinds)), secret, None, None, now, None, None
        )

    async def hooks_of(self, owner: str) -> list[Hook]:
        """The account's hooks, oldest first."""
        return [_hook(row) for row in await self.read(lambda r: r.rows("hooks_of", owner=owner))]

    async def hook(self, id: str, owner: str) -> Hook:
        """One hook. Raises JobNotFound."""
        found = await self.read(lambda r: r.rows("hook", id=id, owner=owner)) if is_id(id) else []
        if not found:
            raise JobNotFound(N_("There is no such hook"))
        return _hook(found[0])

    async def drop_hook(self, id: str, owner: str) -> None:
        """Forget a hook and its deliveries; what is on its way comes to nothing. Raises JobNotFound."""
        await self.hook(id, owner)
        await self.act(lambda w: w.run("drop_hook", id=id, owner=owner))

    async def rotate_hook(self, id: str, owner: str, secret: str, old_until: int) -> None:
        """A new secret; the old one signs too, until `old_until` (ms)."""
        await self.hook(id, owner)
        await self.act(lambda w: w.run("rotate_hook", id=id, owner=owner, secret=secret, old_until=old_until))

    async def enable_hook(self, id: str, owner: str) -> None:
        """Deliver to a hook again that was disabled. Raises JobNotFound."""
        await self.hook(id, owner)

        def enable(writer: Writer) -> None:
            writer.run("enable_hook", id=id, owner=owner)
            _listen(writer)

        await self.act(enable)

    async def test_hook(self, id: str, owner: str) -> str:
        """Send an event that says nothing but that it is a test; returns the delivery's id. Raises JobNotFound."""
        await self.hook(id, owner)

        def send(writer: Writer) -> str:
            body = {"type": "hook.test", "timestamp": _iso(writer.now), "data": {"hook": id}}
            [made] = _add(writer, [(id, owner, None, "hook.test", orjson.dumps(body).decode())])
            return made

        return await self.act(send, "work")

    async def replayable(
        self, id: str, owner: str, *, ids: Sequence[str] = (), since: int | None = None
    ) -> list[str]:
        """Past deliveries that can be sent again, newest first and not more than a thousand: those named, and what came to
        nothing since a moment (ms). Raises JobNotFound."""
        await self.hook(id, owner)
        wanted = json.dumps([each for each in ids if is_id(each)])
        found = await self.read_slowly(
            lambda r: r.rows(
                "replayable",
                hook_id=id,
                owner=owner,
                ids=wanted,
                since=_NEVER if since is None else since,
                n=_REPLAYS,
            )
        )
        return [str(row[0]) for row in found]

    async def replay(self, id: str, owner: str, ids: Sequence[str]) -> list[str]:
        """Send past deliveries again, under their own ids; returns which. What is still on its way is left alone. Raises
        JobNotFound."""
        await self.hook(id, owner)
        sent: dict[str, None] = {}  # also by a try before, if its reply was lost

        def again(writer: Writer) -> list[str]:
            wanted = json.dumps([each for each in ids if is_id(each)])
            found = writer.rows("replay_deliveries", hook_id=id, owner=owner, ids=wanted)
            _send(writer, [str(row[0]) for row in found])
            sent.update((str(row[0]), None) for row in found)
            return list(sent)

        return await self.act(again, "work")

    async def deliveries(
        self, id: str, owner: str, *, before: str | None = None, limit: int = 50
    ) -> tuple[list[Delivery], str | None]:
        """A hook's deliveries, newest first, and the id for the next page. Raises JobNotFound."""
        await self.hook(id, owner)
        found = await self.read_slowly(
            lambda r: r.rows("deliveries_of", hook_id=id, owner=owner, before=before, n=limit + 1)
        )
        page = [Delivery(*row) for row in found[:limit]]  # type: ignore[arg-type]  # columns in order
        return page, page[-1].id if len(found) > limit else None

    async def tell_ends(self) -> int:
        """Tell hooks of the ends of jobs that they have not heard of; returns how many. Asks only, where there are none."""
        told = 0
        while await self.read(lambda r: r.rows("any_end")):
            told += await self.act(tell, "work")
        return told

    async def parcel(self, delivery_id: str) -> Parcel | None:
        """What a try needs; None when the hook is gone."""
        found = await self.read(lambda r: r.rows("delivery", id=delivery_id)) if is_id(delivery_id) else []
        return Parcel(*found[0]) if found else None  # type: ignore[arg-type]  # columns in order

    async def tried(
        self,
        delivery_id: str,
        state: str,
        *,
        answer: int | None = None,
        error: str | None = None,
        disable: tuple[str, str] | None = None,
    ) -> None:
        """Note what a try came to; `disable` is a hook to disable with it, and why."""

        def note(writer: Writer) -> None:
            writer.run("tried_delivery", id=delivery_id, state=state, answer=answer, error=error)
            if disable is not None:
                writer.run("disable_hook", id=disable[0], reason=disable[1])

        await self.act(note)

    async def forget_deliveries(self, days: int) -> int:
        """Drop deliveries older than `days` that are not on their way; returns how many. Where no hook is left that hears,
        the end of a job costs nothing again."""

        def forget(writer: Writer) -> int:
            if writer.rows("listening") and not writer.rows("any_hook"):
                writer.run("stop_listening")
            return writer.run("drop_deliveries", before=id_floor(writer.now - days * 86_400_000))

        return await self.act(forget)


def _listen(writer: Writer) -> None:
    """From the commit of this transaction on, ends are told to hooks."""
    if not writer.rows("listening"):
        writer.run("listen")


def _hook(row: Row) -> Hook:
    values: list[Any] = list(row)
    values[3] = json.loads(values[3]) if values[3] else None
    return Hook(*values)


def _iso(ms: object) -> str | None:
    if not isinstance(ms, int):
        return None
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
