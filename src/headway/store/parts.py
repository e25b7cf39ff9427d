"""Parts of jobs that are asked for often or one at a time: chunks without their results, some chunks' results, uploads."""

import json
from collections.abc import AsyncIterator, Sequence

from headway.core.errors import JobNotFound
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Reader, Row
from headway.store.jobs import is_id

Finished = tuple[int, str, str]
"""A finished chunk: its part, its arguments (a JSON array), its result (JSON)."""


class Parts(Base):
    """Light reads."""

    async def chunk_states(self, job_id: str, owner: str | None = None) -> list[rows.ChunkRow] | None:
        """As `chunks`, each without its result."""
        found = await self._of_job(job_id, owner, "chunk_states")
        return None if found is None else [rows.chunk(row) for row in found]

    async def finished_chunks(
        self, job_id: str, owner: str | None = None, *, parts: Sequence[int] | None = None
    ) -> list[Finished] | None:
        """What chunks were given and gave, of those that have succeeded: these `parts`, or all; None when
        there is no such job."""
        wanted = None if parts is None else json.dumps(list(parts))
        found = await self._of_job(job_id, owner, "finished_chunks", parts=wanted)
        if found is None:
            return None
        return [(int(part or 0), str(given), str(value)) for part, given, value in found]

    async def upload(self, file_id: str, owner: str) -> rows.UploadRow | None:
        """A whole upload of that owner, whether or not a job has taken it."""
        if not is_id(file_id):
            return None
        found = await self.read(lambda r: r.rows("upload", id=file_id, owner=owner))
        return rows.UploadRow(*found[0]) if found else None  # type: ignore[arg-type]  # columns in order

    async def read_upload(self, file_id: str, owner: str) -> AsyncIterator[bytes]:
        """Its blocks. Raises JobNotFound when there is no such upload."""
        if await self.upload(file_id, owner) is None:
            raise JobNotFound()
        n = 0
        while found := await self.read_slowly(lambda r, n=n: r.rows("block", id=file_id, n=n)):  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            data = found[0][0]
            yield data if isinstance(data, bytes) else b""
            n += 1

    async def _of_job(
        self, job_id: str, owner: str | None, name: str, **more: str | int | None
    ) -> list[Row] | None:
        if not is_id(job_id):
            return None

        def run(reader: Reader) -> list[Row] | None:
            if not reader.rows("owner_of", id=job_id, owner=owner):
                return None
            return reader.rows(name, id=job_id, **more)

        return await self.read(run)
