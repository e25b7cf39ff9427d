"""Who did what: acts that somebody may have to answer for, kept apart from what they changed, and never changed themselves.

`record` is called inside the transaction of the act where there is one at hand, `AuditLog.note` right after it elsewhere; `http`
shows the rows to operators. Not to be confused with `audit`, which checks what must always hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from headway.core.ids import new_id
from headway.store.base import Base
from headway.store.driver import Row, Writer
from headway.store.jobs import id_floor
from headway.store.texts import storable
from headway.support.safe import plain


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `act` is a dotted word (`sign-in`, `job.cancel`, `credits.grant`), `subject` the id of what it was done to,
    `origin` the address it came from; times in milliseconds."""

    id: str
    at: int
    actor: str
    act: str
    subject: str
    origin: str
    detail: Mapping[str, Any]


def record(
    writer: Writer, id: str, actor: str, act: str, subject: str = "", *, origin: str = "", **detail: object
) -> None:
    """Keep an act under an id of its own, once, in the open transaction that it happens in. What is called a token, key or
    password is not kept."""
    writer.run(
        "add_act",
        id=id,
        actor=storable(actor),
        act=act,
        subject=storable(subject)[:300],
        origin=storable(origin)[:100],
        detail=orjson.dumps(plain(detail)).decode() if detail else None,
    )


class AuditLog(Base):
    """The acts of this installation."""

    async def note(
        self, actor: str, act: str, subject: str = "", *, origin: str = "", **detail: object
    ) -> None:
        """`record` in a transaction of its own, right after the act."""
        id = new_id()
        await self.act(lambda w: record(w, id, actor, act, subject, origin=origin, **detail))

    async def acts(
        self,
        *,
        actor: str | None = None,
        act: str | None = None,
        subject: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> tuple[list[AuditEntry], str | None]:
        """Acts, newest first, and the id to give as `before` for the next page. `act` names one act or its family: `job` is all
        of `job.…`."""
        found = await self.read_slowly(
            lambda r: r.rows("acts", actor=actor, act=act, subject=subject, before=before, n=limit + 1)
        )
        acts = [_entry(row) for row in found[:limit]]
        return acts, acts[-1].id if len(found) > limit else None

    async def forget_acts(self, days: int) -> int:
        """Drop what is older than `days`; returns how many there were."""
        return await self.act(lambda w: w.run("drop_acts", before=id_floor(w.now - days * 86_400_000)))


def _entry(row: Row) -> AuditEntry:
    id, at, actor, act, subject, origin, detail = row
    known = orjson.loads(detail) if isinstance(detail, str) else {}
    return AuditEntry(str(id), int(at or 0), str(actor), str(act), str(subject), str(origin), known)
