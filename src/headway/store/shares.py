"""Watch links, as rows."""

from headway.core.errors import JobNotFound
from headway.core.ids import new_id
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.jobs import is_id


class Shares(Base):
    """Who may watch a job without signing in."""

    async def create_share(self, job_id: str, owner: str | None, expires_at: int) -> rows.Share:
        """A watch link for one's own job. Raises JobNotFound."""
        share_id = new_id()

        def add(writer: Writer) -> int:
            writer.run("add_share", id=share_id, job_id=job_id, owner=owner, expires_at=expires_at)
            if not writer.rows("share", id=share_id):
                raise JobNotFound()
            return writer.now

        if not is_id(job_id):
            raise JobNotFound()
        return rows.Share(share_id, job_id, await self.act(add), expires_at, None)

    async def share(self, share_id: str) -> rows.Share | None:
        """The watch link, expired and revoked ones too."""
        found = await self.read(lambda r: r.rows("share", id=share_id))
        return rows.Share(*found[0]) if found else None  # type: ignore[arg-type]  # columns in order

    async def revoke_shares(self, job_id: str, owner: str | None) -> int:
        """End every watch link of one's own job; returns how many there were."""
        if not is_id(job_id):
            raise JobNotFound()
        return await self.act(lambda w: w.run("revoke_shares", job_id=job_id, owner=owner))
