"""The job that finishes an erasure: it waits for what still ran, or comes after all, and deletes it.

`install` is called by `server.equipment`; `members` puts the job in with the erasure itself, so that a crash forgets neither.
"""

from pydantic import BaseModel

from headway.core.retry import RetryPolicy
from headway.engine import Context, Headway
from headway.engine.kinds import Snooze
from headway.store.intents import NewJob

KIND = "headway.erase"
OWNER = "headway"
_RETRY = RetryPolicy(times=20, base_s=5, cap_s=3600)


class Erasure(BaseModel):
    """Nothing: the accounts that are to go are marked."""


def job(headway: Headway) -> NewJob:
    """One that can be put in."""
    return headway.new_job(KIND, Erasure(), owner=OWNER)


def install(headway: Headway) -> None:
    """Register the kind."""

    @headway.job(KIND, internal=True, max_attempts=_RETRY.times, retry=_RETRY, time_limit=600)
    async def erase(ctx: Context, order: Erasure) -> int | Snooze:
        """Ends once nothing of erased accounts is left."""
        again_s = await headway.store.finish_erasures()
        return Snooze(again_s) if again_s is not None else 0
