"""Limits that all processes count together: a row per limit and whom it counts, and what an owner has waiting and stored.

Called by `http.limits`. Invariant: of several limits that one request must keep, either all are charged or none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from headway.core.gcra import Taken, take
from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.submission import dump

_SWEEP_MS = 60_000


@dataclass(frozen=True, slots=True)
class Charge:
    """`cost` of what the bucket `name` gives: `amount` per `window_s` seconds."""

    name: str
    amount: int
    window_s: int
    cost: int = 1


class Limits(Base):
    """Counting what others ask for."""

    _swept = 0

    async def charge(self, charges: Sequence[Charge]) -> list[Taken]:
        """Take from all these buckets, or from none when one has not enough; in the order given."""
        return await self.act(lambda w: self._charge(w, charges))

    def _charge(self, writer: Writer, charges: Sequence[Charge]) -> list[Taken]:
        if writer.now - self._swept > _SWEEP_MS:
            self._swept = writer.now
            writer.run("drop_buckets")
        names = json.dumps(sorted({charge.name for charge in charges}))
        known = {str(name): float(at or 0) for name, at in writer.rows("lock_buckets", names=names)}
        taken = [
            take(known[each.name], writer.now, each.amount, each.window_s * 1000, each.cost)
            for each in charges
        ]
        if not any(each.wait_ms for each in taken):
            rows = ({"name": c.name, "at": t.at} for c, t in zip(charges, taken, strict=True))
            writer.run("save_buckets", rows=dump(rows))
        return taken

    async def unfinished(self, owner: str) -> int:
        """How many jobs of this owner are queued or running. Reads every task: ask seldom."""
        return int((await self.read_slowly(lambda r: r.rows("unfinished_of", owner=owner)))[0][0] or 0)

    async def stored_bytes(self, owner: str) -> int:
        """How much this owner's files take."""
        return int((await self.read(lambda r: r.rows("stored_of", owner=owner)))[0][0] or 0)

    async def job_of_key(self, owner: str, key: str) -> str | None:
        """The job that this owner's idempotency key names already."""
        found = await self.read(lambda r: r.rows("job_by_key", owner=owner, key=key))
        return str(found[0][0]) if found else None
