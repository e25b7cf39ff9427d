"""Watches over open streams: one whose session has ended, whose token was revoked, or whose job has another owner, is closed.

Called by `events` and by long polls. What this process ends is noticed at once, what another ends at the next round, for all
streams in one query.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from headway.accounts.people import People
from headway.core.errors import HeadwayError
from headway.store import Store
from headway.store.accounts import Access

RECHECK_S = 5.0
_log = structlog.get_logger(__name__)


class _Held:
    """One open stream: of whom, by which credential, on which job."""

    __slots__ = ("access", "ended", "job_id", "owner")

    def __init__(self, access: Access, owner: str, job_id: str) -> None:
        self.access = access
        self.owner = owner
        self.job_id = job_id
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Vigil:
    """One per application. `recheck_s`: seconds between two rounds, at most how long another process's sign-out takes."""

    def __init__(self, store: Store, people: People, recheck_s: float = RECHECK_S) -> None:
        self._store = store
        self._recheck_s = recheck_s
        self._held: set[_Held] = set()
        self._task: asyncio.Task[None] | None = None
        people.on_end(self._on_end)

    @contextmanager
    def hold(self, access: Access, owner: str, job_id: str) -> Iterator["asyncio.Future[None]"]:
        """A stream of `owner`'s is open as long as this lasts; the future is done when it has to close."""
        held = _Held(access, owner, job_id)
        self._held.add(held)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._rounds(), name="headway-vigil")
        try:
            yield held.ended
        finally:
            self._held.discard(held)

    def _on_end(self, account_id: str, key: str) -> None:
        for held in list(self._held):
            if held.access.key == key if key else held.owner == account_id:
                held.end()

    async def _rounds(self) -> None:
        """Runs while anything is held."""
        while True:
            await asyncio.sleep(self._recheck_s)
            if not self._held:
                return
            try:
                await self._round(list(self._held))
            except HeadwayError as error:
                _log.warning("cannot look whether streams may go on", error=str(error))

    async def _round(self, held: list[_Held]) -> None:
        allowed = await self._store.still_allowed(
            [(h.access.way, h.access.key, h.job_id, h.owner) for h in held]
        )
        for n in set(range(len(held))) - set(allowed):
            held[n].end()

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
