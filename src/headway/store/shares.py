"""Watch links, as rows."""

from headway.core.errors import Conflict, JobNotFound
from headway.core.ids import new_id
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.jobs import is_id
from headway.support.i18n import N_

MOST = 100
"""Watch links of one job that are good at the same time."""


class Shares(Base):
    """Who may watch a job without signing in."""

    async def create_share(self, job_id: str, owner: str | None, expires_at: int) -> rows.Share:
        """A watch link for one's own job. Raises JobNotFound, and Conflict when the job has as many as it may."""
        share_id = new_id()

        def add(writer: Writer) -> int:
            if not writer.run("add_share", id=share_id, job_id=job_id, owner=owner, expires_at=expires_at):
                raise JobNotFound()
            if len(writer.rows("live_shares", job_id=job_id)) > MOST:
                raise Conflict(N_("A job has at most {most} links: revoke them first"), most=MOST)
            return writer.now

        if not is_id(job_id):
            raise JobNotFound()
        return rows.Share(share_id, job_id, await self.act(add), expires_at, None)

    async def shares(self, job_id: str) -> list[dict[str, object]]:
        """When the links of a job that are good now were made, and until when they are."""
        found = await self.read(lambda r: r.rows("live_shares", job_id=job_id))
        return [{"id": row[0], "created_at": row[1], "expires_at": row[2]} for row in found]

    async def share(self, share_id: str) -> rows.Share | None:
        """The watch link, expired and revoked ones too; none of an account that is disabled."""
        found = await self.read(lambda r: r.rows("share", id=share_id))
        return rows.Share(*found[0]) if found else None  # type: ignore[arg-type]  # columns in order

    async def revoke_shares(self, job_id: str, owner: str | None) -> int:
        """End every watch link of one's own job; returns how many there were."""
        if not is_id(job_id):
            raise JobNotFound()
        return await self.act(lambda w: w.run("revoke_shares", job_id=job_id, owner=owner))
