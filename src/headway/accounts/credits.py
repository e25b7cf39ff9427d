"""Credits as routes and schedules use them: balances, holds, prices, grants.

Called by `http` and by the monthly schedule. The entries are `store.ledger`'s, the arithmetic `core.settlement`'s; this is
where the installation's price list meets an owner. Unit: whole credits; moments in milliseconds.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from headway.core.settlement import amount, price_of
from headway.engine import Headway
from headway.engine.pricing import monthly_grant
from headway.store.credits import Entry, Hold

HOLD_S = 900
"""How long credits are held for a job that has not come yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An owner's credits: what can be spent, what is put aside for jobs under way, and what is granted when."""

    balance: int
    reserved: int
    monthly_grant: int
    next_grant_at: int | None


class Credits:
    """The credits of one installation. Light: made whenever it is needed."""

    def __init__(self, headway: Headway) -> None:
        self._headway = headway
        self._store = headway.store

    async def balance(self, owner: str) -> Standing:
        """How the owner stands; the month's grant is paid in first where it is due."""
        grant = monthly_grant(self._headway.prices, owner)
        purse = await self._store.purse(owner, monthly_grant=grant)
        next_grant = next_month(time.time_ns() // 1_000_000) if grant else None
        return Standing(purse.balance, purse.reserved, grant, next_grant)

    async def hold(self, owner: str, kind: str, credits: int, *, ttl_s: int = HOLD_S) -> Hold:
        """Put credits aside for a job of that kind, which will have the hold's id. 0 is allowed where the kind is free. Raises
        InsufficientCredits."""
        grant = monthly_grant(self._headway.prices, owner)
        return await self._store.hold(owner, kind, credits, ttl_ms=ttl_s * 1000, monthly_grant=grant)

    async def ledger(
        self, owner: str, *, limit: int = 50, before: int | None = None
    ) -> tuple[list[Entry], int | None]:
        """The owner's entries, newest first, from below `before`; with the number to go on from."""
        return await self._store.ledger(owner, limit=limit, before=before)

    async def grant(self, owner: str, credits: int, reason: str, by: str) -> Standing:
        """Give credits to an account. Raises InvalidInput."""
        await self._store.grant(owner, amount(credits), reason=reason, by=by)
        return await self.balance(owner)

    async def refund(self, job_id: str, credits: int | None, reason: str, by: str) -> tuple[str, Standing]:
        """Give back what a job has cost, or a part of it; with whose it was. Raises JobNotFound, InvalidInput."""
        owner, _ = await self._store.refund(job_id, credits, reason=reason, by=by)
        return owner, await self.balance(owner)

    async def grant_monthly(self) -> int:
        """Pay this month's grant to every account that has not had it; returns how many. By schedule, and as often as one
        likes."""
        return await self._store.grant_monthly(self._headway.prices.monthly_grant)

    def credits_for(self, kind: str, tokens: int, tier: str = "") -> int:
        """What so many tokens of a kind cost, its flat part included: 0 where it is free."""
        price = self._headway.prices.of(kind, tier, offline=self._headway.offline)
        if price is None:
            return 0
        by_tokens = price_of(max(tokens, 1), price.per_1000_tokens)
        return price.per_job + by_tokens


def next_month(now: int) -> int:
    """The first moment (ms) of the month after that of `now`, in UTC."""
    here = datetime.fromtimestamp(now / 1000, UTC)
    year, month = (here.year + 1, 1) if here.month == 12 else (here.year, here.month + 1)
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1000)
