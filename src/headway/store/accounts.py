"""Accounts, tokens, sessions and watch links, as rows. Secrets are stored hashed (SHA-256, hex);
`headway.accounts` makes them."""

from headway.core.errors import JobNotFound
from headway.core.ids import new_id
from headway.store import rows
from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.jobs import is_id
from headway.support.i18n import N_


class Accounts(Base):
    """Who may."""

    async def ensure_local_account(
        self, token_hash: str, *, id: str = "local", name: str = N_("You")
    ) -> rows.Account:
        """The account of this installation, with this one token; made on the first start."""
        await self.act(
            lambda w: w.run("ensure_local_account", id=id, name=name, role="operator", hash=token_hash)
        )
        return rows.Account(id, name, "operator")

    async def account_by_token(self, token_hash: str) -> rows.Account | None:
        """Whose token it is."""
        found = await self.read(lambda r: r.rows("account_by_token", hash=token_hash))
        return rows.Account(*map(str, found[0])) if found else None

    async def create_session(self, hash: str, account_id: str | None, csrf: str, expires_at: int) -> None:
        """Remember a browser until `expires_at` (ms); what has expired goes at the same time."""
        await self.act(
            lambda w: w.run("add_session", hash=hash, account_id=account_id, csrf=csrf, expires_at=expires_at)
        )

    async def session(self, hash: str) -> rows.Session | None:
        """The session, while it lasts."""
        found = await self.read(lambda r: r.rows("session", hash=hash))
        if not found:
            return None
        account_id, csrf, created_at, expires_at, name, role = found[0]
        account = rows.Account(str(account_id), str(name), str(role)) if role is not None else None
        return rows.Session(account, str(csrf), int(created_at or 0), int(expires_at or 0))

    async def end_session(self, hash: str) -> None:
        """Forget a browser."""
        await self.act(lambda w: w.run("end_session", hash=hash))

    async def change_session(
        self, before: str, owner: str, hash: str, account_id: str, csrf: str, expires_at: int
    ) -> None:
        """A browser signs in: its session `before` ends, a new one begins, and what it owned as `owner`
        becomes the account's, all at once."""

        def change(writer: Writer) -> None:
            writer.run("end_session", hash=before)
            writer.run("add_session", hash=hash, account_id=account_id, csrf=csrf, expires_at=expires_at)
            writer.run("move_owner", before=owner, after=account_id)

        await self.act(change)

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
