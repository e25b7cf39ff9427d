"""What people changed in the results of their jobs. The result itself stays as the job wrote it.

Called by applications whose results can be edited. Invariant: an edit is written only under the owner of its
job, which has ended, and goes with the job.
"""

from dataclasses import dataclass

from headway.store.base import Base
from headway.store.jobs import is_id
from headway.store.texts import storable


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: where in the result (the application's own words), for which text, and the new one."""

    place: str
    base: str
    text: str


class Edits(Base):
    """Changes beside results."""

    async def save_edit(self, job_id: str, owner: str, edit: Edit) -> bool:
        """Keep a change, in place of one before at the same place; False when the owner has no such ended
        job."""
        if not is_id(job_id):
            return False
        said = {"place": edit.place, "base": storable(edit.base), "text": storable(edit.text)}
        return bool(await self.act(lambda w: w.run("save_edit", id=job_id, owner=owner, **said)))

    async def drop_edit(self, job_id: str, owner: str, place: str) -> None:
        """Take a change back; none there is as good."""
        if is_id(job_id):
            await self.act(lambda w: w.run("drop_edit", id=job_id, owner=owner, place=place))

    async def edits(self, job_id: str, owner: str | None = None) -> dict[str, Edit]:
        """The job's changes by place; none for another's job."""
        if not is_id(job_id):
            return {}
        found = await self.read(lambda r: r.rows("edits_of", id=job_id, owner=owner))
        return {str(place): Edit(str(place), str(base), str(text)) for place, base, text in found}
