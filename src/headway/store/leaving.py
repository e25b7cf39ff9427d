"""Erasure of an account: at once nobody can use it and nothing of the person is left in its row; its jobs go as they end.

Called by `headway.accounts`, whose job `headway.erase` finishes what had to wait, or what a crash interrupted. The empty row stays
for `LINGER_MS`: a request that was let in just before may still bring something, and what it brings goes too.
Invariant: a job is cancelled and settled like any other before it is deleted, so that the books stay whole.
"""

from headway.core.errors import Conflict, JobNotFound
from headway.store.driver import Writer
from headway.store.enrolments import forget_enrolments
from headway.store.intents import NewJob
from headway.store.jobs import Jobs
from headway.store.ledger import forget_purse
from headway.store.submission import insert_jobs

LINGER_MS = 600_000
_BATCH = 50
_ACCOUNTS = 500
_SOON_S, _LATER_S = 2, 60


class Leaving(Jobs):
    """Those who go."""

    async def erase(self, account_id: str, job: NewJob) -> bool:
        """Erase an account and all that it owns; what still runs is asked to stop, and `job` deletes it once it has.

        Returns False where there is no such account. The entries of its ledger stay, without a name.
        """
        if not await self.act(lambda w: _erase(w, account_id, job), "work"):
            return False
        await self.finish_erasures()
        return True

    async def finish_erasures(self) -> int | None:
        """One round over all erased accounts: cancel, delete, and forget those that have owned nothing for a while. Returns after
        how many seconds to look again, None when nothing is left of anyone."""
        found = await self.read_slowly(lambda r: r.rows("erased_accounts", linger=LINGER_MS, n=_ACCOUNTS))
        again: int | None = None
        for id, lingered in found:
            if not await self._clear(str(id)):
                again = _SOON_S
            elif lingered:
                await self.act(lambda w, id=str(id): _forget(w, id))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            else:
                again = again or _LATER_S
        return again

    async def _clear(self, account_id: str) -> bool:
        """True once the account has no jobs."""
        while True:
            found = await self.read_slowly(lambda r: r.rows("jobs_to_erase", owner=account_id, n=_BATCH))
            ended = [str(id) for id, finished_at in found if finished_at is not None]
            if ended:
                await self.act(lambda w, ids=ended: _delete(w, ids))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                continue
            if not found:
                return True
            stopped = False
            for id, _ in found:
                stopped |= await self._stop(str(id), account_id)
            if not stopped:
                return False

    async def _stop(self, job_id: str, owner: str) -> bool:
        """Cancel; True when the job has ended by it."""
        try:
            await self.cancel(job_id, owner, by="erased")
        except (Conflict, JobNotFound):
            return True
        found = await self.read(lambda r: r.rows("jobs_to_erase", owner=owner, n=1))
        return bool(found) and found[0][1] is not None


def _erase(writer: Writer, account_id: str, job: NewJob) -> bool:
    found = writer.rows("account", id=account_id)
    if not found or found[0][7] is not None:
        return bool(found) and writer.repeat
    if email := found[0][3]:
        writer.run("forget_address", email=email)
    writer.run("erase_account", id=account_id)
    _drop_belongings(writer, account_id)
    insert_jobs(writer, [job])
    return True


def _drop_belongings(writer: Writer, account_id: str) -> None:
    """What an account has beside its jobs."""
    writer.run("forget_access", id=account_id)
    writer.run("forget_hooks", owner=account_id)
    forget_enrolments(writer, account_id)


def _delete(writer: Writer, ids: list[str]) -> None:
    for id in ids:
        writer.run("delete_job", id=id)


def _forget(writer: Writer, account_id: str) -> None:
    for row in writer.rows("loose_files_of", owner=account_id):
        writer.run("drop_file", id=row[0])
    _drop_belongings(writer, account_id)
    forget_purse(writer, account_id)
    writer.run("drop_account", id=account_id)
