"""When the chunks of a job were made and ended.

Called by `http.timeline`. When a chunk was claimed is not kept for one that succeeds at once; its steps and calls tell.
"""

from dataclasses import dataclass

from headway.store.parts import Parts


@dataclass(frozen=True, slots=True)
class ChunkTimes:
    """One chunk: the step's `name` and `key`, how it ended (None: not yet), times in ms."""

    part: int
    name: str
    key: str
    outcome: str | None
    tries: int
    made_at: int
    ended_at: int | None


class Timeline(Parts):
    """Times of what a job consists of."""

    async def chunk_times(
        self, job_id: str, owner: str | None = None, *, most: int = 2_000
    ) -> list[ChunkTimes] | None:
        """Of the first `most` chunks, in their order; None when there is no such job."""
        found = await self._of_job(job_id, owner, "chunk_times", n=most)
        return None if found is None else [ChunkTimes(*row) for row in found]  # type: ignore[arg-type]  # columns in order
