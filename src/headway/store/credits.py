"""Credits as verbs and views: balances, holds, grants, refunds, the ledger's pages, a job's budget.

Called by `accounts.credits`, and by the engine for budgets. The entries are written by `ledger`. The owner stands in the
SQL's WHERE.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from headway.core.errors import FieldError, InsufficientCredits, InvalidInput, JobNotFound
from headway.core.ids import new_id
from headway.core.settlement import Bought, Price, amount, spent
from headway.store.base import Base
from headway.store.driver import Row, Writer
from headway.store.jobs import is_id
from headway.store.ledger import Book, lock, month_of
from headway.store.texts import storable
from headway.support.i18n import N_

_GRANTS_A_TURN = 500


@dataclass(frozen=True, slots=True)
class Purse:
    """What an owner can spend, and what is put aside for jobs under way; `month` is the last one that was granted."""

    balance: int = 0
    reserved: int = 0
    month: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Credits put aside until `expires_at` (ms) for a job that will have the id `job_id`."""

    job_id: str
    reserved: int
    balance: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a ledger. `amount` moved the balance, `held` what is reserved; `balance` is the balance after it. `kind`
    is the job's, while there is the job; `month` is set for monthly grants, `reason` and `made_by` for an operator's."""

    id: int
    at: int
    entry: str
    amount: int
    held: int
    balance: int
    job_id: str | None
    kind: str | None
    round: int
    month: str | None
    reason: str | None
    made_by: str | None


class Credits(Base):
    """Purses, and what moves them outside of a job's life."""

    async def purse(self, owner: str, *, monthly_grant: int = 0) -> Purse:
        """The owner's purse; the month's grant is paid into it first where it is due."""
        found = await self.read(lambda r: r.rows("purse", owner=owner))
        known = _purse(found[0]) if found else Purse()

        def grant(writer: Writer) -> Purse:
            book = lock(writer, [owner])
            book.grant_month(owner, monthly_grant, writer.now)
            _post(writer, book)
            return _purse(writer.rows("purse", owner=owner)[0])

        if monthly_grant <= 0 or (known.month or "") >= await self._month():
            return known
        return await self.act(grant)

    async def hold(self, owner: str, kind: str, credits: int, *, ttl_ms: int, monthly_grant: int = 0) -> Hold:
        """Put credits aside (0 too: the id alone is wanted). Raises InsufficientCredits."""
        hold_id = new_id()

        def put_aside(writer: Writer) -> Hold:
            book = lock(writer, [owner])
            if writer.repeat and (made := writer.rows("held_until", id=hold_id, owner=owner)):
                return Hold(hold_id, credits, book.balance(owner), int(made[0][0] or 0))
            book.grant_month(owner, monthly_grant, writer.now)
            if credits > (balance := book.balance(owner)):
                raise InsufficientCredits(needed=credits, balance=balance)
            expires_at = writer.now + ttl_ms
            if credits:
                book.add(owner, "hold", -credits, credits, job_id=hold_id)
            _post(writer, book)
            writer.run("add_hold", id=hold_id, owner=owner, kind=kind, amount=credits, expires_at=expires_at)
            return Hold(hold_id, credits, book.balance(owner), expires_at)

        return await self.act(put_aside)

    async def grant(self, owner: str, credits: int, *, reason: str, by: str) -> Purse:
        """Give credits, for a reason that the ledger keeps."""
        grant_id = new_id()

        def give(writer: Writer) -> Purse:
            book = lock(writer, [owner])
            if not _granted(writer, grant_id):
                book.add(owner, "grant", amount(credits), reason=storable(reason), by=by, grant_id=grant_id)
            _post(writer, book)
            return _purse(writer.rows("purse", owner=owner)[0])

        return await self.act(give)

    async def refund(self, job_id: str, credits: int | None, *, reason: str, by: str) -> tuple[str, Purse]:
        """Give back what a job has cost, or a part of it; never more than that in all. Gives the owner and the purse. Raises
        JobNotFound, InvalidInput."""
        grant_id = new_id()

        def give(writer: Writer) -> tuple[str, Purse]:
            found = writer.rows("refunded", id=job_id)
            if not found:
                raise JobNotFound()
            owner = str(found[0][0])
            book = lock(writer, [owner])
            if _granted(writer, grant_id):
                return owner, _purse(writer.rows("purse", owner=owner)[0])
            _, cost, back = writer.rows("refunded", id=job_id)[0]
            left = int(cost or 0) - int(back or 0)
            wanted = left if credits is None else credits
            if not 0 < wanted <= left:
                raise InvalidInput(
                    [
                        FieldError(
                            "amount",
                            N_("The job has cost {left} credits that were not given back"),
                            {"left": left},
                        )
                    ]
                )
            book.add(owner, "grant", wanted, job_id=job_id, reason=storable(reason), by=by, grant_id=grant_id)
            _post(writer, book)
            return owner, _purse(writer.rows("purse", owner=owner)[0])

        if not is_id(job_id):
            raise JobNotFound()
        return await self.act(give)

    async def grant_monthly(self, credits: int) -> int:
        """Pay this month's grant to every account that has not had it; returns how many. Again: none."""

        def batch(writer: Writer) -> tuple[int, int]:
            found = writer.rows("owners_to_grant", month=month_of(writer.now), n=_GRANTS_A_TURN)
            whose = [str(row[0]) for row in found]
            if not whose:
                return 0, 0
            book = lock(writer, whose)
            for owner in whose:
                book.grant_month(owner, credits, writer.now)
            _post(writer, book)
            return len(whose), len(book.entries)

        granted = 0
        while credits > 0:
            looked_at, paid = await self.act(batch)
            granted += paid
            if not looked_at:
                break
        return granted

    async def ledger(
        self, owner: str, *, limit: int = 50, before: int | None = None
    ) -> tuple[list[Entry], int | None]:
        """The owner's entries, newest first, from below the number `before`; with the number to go on from, None at the
        end."""
        found = await self.read(lambda r: r.rows("ledger_of", owner=owner, before=before, n=limit + 1))
        entries = [Entry(*row) for row in found[:limit]]  # type: ignore[arg-type]  # columns in order
        return entries, entries[-1].id if len(found) > limit else None

    async def budget_spent(self, job_id: str, under_way: Callable[[], int] = lambda: 0) -> bool:
        """Whether what this round of the job has bought reaches what is reserved for it, together with `under_way`: tokens that
        are thought to be on their way, asked for at the last moment."""
        found = await self.read(lambda r: r.rows("budget", id=job_id))
        if not found or found[0][0] is None:
            return False
        reserved, price, before, calls, tokens = found[0]
        bought = Bought(int(calls or 0), int(tokens or 0) + under_way(), int(before or 0))
        return spent(int(reserved or 0), Price.load(str(price)), bought)

    async def _month(self) -> str:
        found: Sequence[Row] = await self.read(lambda r: r.rows("clock"))
        now: Any = found[0][0]
        return month_of(int(now))


def _granted(writer: Writer, grant_id: str) -> bool:
    """Whether this very grant was committed before, and only its reply was lost."""
    return writer.repeat and bool(writer.rows("granted", id=grant_id))


def _post(writer: Writer, book: Book) -> None:
    if book.entries:
        writer.run("post", rows=book.dump())


def _purse(row: Row) -> Purse:
    balance, reserved, month = row
    return Purse(int(balance or 0), int(reserved or 0), None if month is None else str(month))
