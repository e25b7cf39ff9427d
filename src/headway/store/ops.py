"""What operators ask: counts, depth, workers, and the audit of what must always hold."""

import json
from typing import Any

from headway.store import rows
from headway.store.audit import audit
from headway.store.base import Base
from headway.store.driver import Reader, Row, Writer
from headway.store.jobs import id_floor

_HOUR_MS = 3_600_000


class Ops(Base):
    """Figures about the whole installation."""

    async def stats(self, owner: str | None = None) -> list[rows.KindStatus]:
        """Count and average seconds by kind and status."""
        found = await self.read_slowly(lambda r: r.rows("stats", owner=owner))
        return [rows.KindStatus(*row) for row in found]  # type: ignore[arg-type]  # columns in order

    async def depth(self) -> rows.Depth:
        """What is ready, waiting and leased, how long the oldest has been ready, failures of the last
        hour."""

        def look(reader: Reader) -> rows.Depth:
            now = rows.now_ms()
            ready, waiting, leased, oldest = reader.rows("depth")[0]
            failed = reader.rows(
                "failed_since", after=id_floor(now - 30 * 24 * _HOUR_MS), since=now - _HOUR_MS
            )[0][0]
            age = max(0.0, (now - float(oldest)) / 1000) if oldest is not None else None
            return rows.Depth(int(ready or 0), int(waiting or 0), int(leased or 0), age, int(failed or 0))

        return await self.read_slowly(look)

    async def workers(self) -> list[rows.WorkerRow]:
        """Every worker that has been seen lately, stopped ones too."""
        return [_worker(row) for row in await self.read(lambda r: r.rows("workers"))]

    async def audit(self) -> list[rows.Violation]:
        """Rows that break what must always hold; empty when all is well."""
        return await self.act(audit)

    async def forget_workers(self, older_than_ms: int) -> int:
        """Remove the rows of workers that were last seen before that long ago."""

        def forget(writer: Writer) -> int:
            return writer.run("forget_workers", cutoff=writer.now - older_than_ms)

        return await self.act(forget)


def _worker(row: Row) -> rows.WorkerRow:
    values: list[Any] = list(row)
    values[4] = json.loads(str(values[4]))
    values[11] = json.loads(str(values[11])) if values[11] else []
    return rows.WorkerRow(*values)
