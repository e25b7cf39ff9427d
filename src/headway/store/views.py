"""What can be read of jobs. Every method that names a job takes its owner (None: any) and answers None for
another's."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from headway.core.states import Status
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Reader, Row
from headway.store.jobs import id_floor, is_id

T = TypeVar("T")
_FRONT = 1_000
_FRONT_AGE_MS = 1_000
_NEVER: tuple[int, dict[str, int]] = (0, {})


class Views(Base):
    """Snapshots, results, and what happened on the way."""

    _fronts: dict[str, tuple[int, dict[str, int]]]

    async def snapshot(self, job_id: str, owner: str | None = None) -> rows.Snapshot | None:
        """The job as a person sees it now."""
        if not is_id(job_id):
            return None
        return await self.read(lambda r: self._first_snapshot(r, job_id, owner))

    async def snapshots(self, ids: Sequence[str], owner: str | None = None) -> dict[str, rows.Snapshot]:
        """Many at once, by id; those that are not there (or not the owner's) are left out."""
        wanted = json.dumps([job_id for job_id in ids if is_id(job_id)])
        found = await self.read(lambda r: self._placed(r, r.rows("snapshots", ids=wanted, owner=owner)))
        return {snapshot.id: snapshot for snapshot in found}

    async def placed(self, snapshot: rows.Snapshot) -> rows.Snapshot:
        """A job that was accepted just now, with its place in the queue if that is near the front: looked up at most once a
        second, for all who ask."""
        if not snapshot.ready:
            return snapshot
        if rows.now_ms() - self._fronts.get(snapshot.queue, _NEVER)[0] > _FRONT_AGE_MS:
            await self.read(lambda r: self._front(r, snapshot.queue))
        return rows.with_position(snapshot, self._fronts[snapshot.queue][1].get(snapshot.id))

    async def versions(self, ids: Sequence[str]) -> dict[str, int]:
        """The version of each job that exists: the cheap question before `snapshots`."""
        wanted = json.dumps([job_id for job_id in ids if is_id(job_id)])
        found = await self.read(lambda r: r.rows("versions", ids=wanted))
        return {str(job_id): _int(version) for job_id, version in found}

    async def list_jobs(
        self,
        owner: str | None,
        *,
        kind: str | None = None,
        status: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[rows.Snapshot], str | None]:
        """Newest first, `limit` at most, from below the id `before`; with the id to go on from, None at the
        end."""
        name, whose = ("list_all_jobs", {}) if owner is None else ("list_jobs", {"owner": owner})
        if before is not None and not is_id(before):
            return [], None

        def page(reader: Reader) -> list[rows.Snapshot]:
            found = reader.rows(name, kind=kind, status=status, before=before, n=limit + 1, **whose)
            return self._placed(reader, found)

        found = await self.read(page)
        more = len(found) > limit
        return found[:limit], found[limit - 1].id if more else None

    async def result(self, job_id: str, owner: str | None = None) -> tuple[rows.Snapshot, str | None] | None:
        """The snapshot and the result (JSON text; None where there is none)."""

        def both(reader: Reader) -> tuple[rows.Snapshot, str | None] | None:
            snapshot = self._first_snapshot(reader, job_id, owner)
            found = reader.rows("result", id=job_id, owner=owner)
            return (snapshot, _str(found[0][0])) if snapshot is not None and found else None

        return await self.read(both) if is_id(job_id) else None

    async def input(self, job_id: str, owner: str | None = None) -> str | None:
        """The input as JSON text."""
        if not is_id(job_id):
            return None
        found = await self.read(lambda r: r.rows("input", id=job_id, owner=owner))
        return _str(found[0][0]) if found else None

    async def attempts(self, job_id: str, owner: str | None = None) -> list[rows.Attempt] | None:
        """Every claim, in the order of their fences, the one under way included."""
        return await self._of(job_id, owner, lambda r: r.rows("attempts_of", id=job_id), _attempt)

    async def steps(
        self, job_id: str, owner: str | None = None, *, prefix: str = ""
    ) -> list[rows.StepRow] | None:
        """The recorded steps, in the order in which they ended; of a chunk, those whose keys have its
        `prefix`."""
        return await self._of(
            job_id,
            owner,
            lambda r: r.rows("checkpoints_of", id=job_id, prefix=prefix),
            lambda row: rows.StepRow(*row),  # type: ignore[arg-type]  # columns in order
        )

    async def calls(self, job_id: str, owner: str | None = None) -> list[rows.CallRow] | None:
        """Every request to a provider, in order, those in doubt included."""
        return await self._of(
            job_id, owner, lambda r: r.rows("calls_of", id=job_id), lambda row: rows.CallRow(*row)  # type: ignore[arg-type]  # columns in order
        )  # fmt: skip

    async def chunks(self, job_id: str, owner: str | None = None) -> list[rows.ChunkRow] | None:
        """The chunks of the job's fan-outs, in their order; none until a handler fans out."""
        return await self._of(job_id, owner, lambda r: r.rows("chunks_of", id=job_id), rows.chunk)

    async def log(
        self, job_id: str, owner: str | None = None, *, after: int = 0, limit: int = 200
    ) -> list[rows.LogLine] | None:
        """The lines that the handler wrote, from behind number `after`."""
        return await self._of(
            job_id,
            owner,
            lambda r: r.rows("log_of", id=job_id, after=after, n=limit),
            lambda row: rows.LogLine(*row),  # type: ignore[arg-type]  # columns in order
        )

    async def typical_seconds(self, kind: str, now_ms: int) -> float | None:
        """The median running time of the kind's latest completed jobs of the last week."""
        found = await self.read(
            lambda r: r.rows("typical_ms", kind=kind, after=id_floor(now_ms - 7 * 86_400_000))
        )
        return _int(found[0][0]) / 1000 if found and found[0][0] is not None else None

    async def _of(
        self, job_id: str, owner: str | None, ask: Callable[[Reader], list[Row]], make: Callable[[Row], T]
    ) -> list[T] | None:
        if not is_id(job_id):
            return None

        def run(reader: Reader) -> list[T] | None:
            if not reader.rows("owner_of", id=job_id, owner=owner):
                return None
            return [make(row) for row in ask(reader)]

        return await self.read(run)

    def _first_snapshot(self, reader: Reader, job_id: str, owner: str | None) -> rows.Snapshot | None:
        found = self._placed(reader, reader.rows("snapshot", id=job_id, owner=owner))
        return found[0] if found else None

    def _placed(self, reader: Reader, found: Sequence[Row]) -> list[rows.Snapshot]:
        """Snapshots with their queue positions: of the front of each queue, looked up at most once a
        second."""
        made = [rows.snapshot(row) for row in found]
        return [
            rows.with_position(s, self._front(reader, s.queue).get(s.id))
            if s.status is Status.PENDING and s.ready
            else s
            for s in made
        ]

    def _front(self, reader: Reader, queue: str) -> dict[str, int]:
        now = rows.now_ms()
        at, front = self._fronts.get(queue, _NEVER)
        if now - at > _FRONT_AGE_MS:
            ids = reader.rows("front_of_queue", queue=queue, n=_FRONT)
            front = {str(row[0]): place for place, row in enumerate(ids, 1)}
            self._fronts[queue] = (now, front)
        return front


def _attempt(row: Row) -> rows.Attempt:
    part, fence, attempt, worker, started_at, ended_at, outcome, error = row
    return rows.Attempt(
        _int(part), _int(fence), _int(attempt), _str(worker), _opt(started_at), _opt(ended_at), _str(outcome),
        rows.error(error),
    )  # fmt: skip


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float | str) else 0


def _opt(value: object) -> int | None:
    return None if value is None else _int(value)


def _str(value: object) -> str | None:
    return value if isinstance(value, str) else None
