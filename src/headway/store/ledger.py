"""Credits inside a transaction: purses are locked, entries are written, balances follow.

Called by `submission` (reserve), `endings` (settle, release), `jobs` (a retry reserves again), `engine.janitor` (expired
holds) and `credits` (the verbs). Invariants: whoever moves credits has locked the purse; a balance is the sum of its
entries and never below zero; each round of a job has one reserve, and one settlement once it has ended.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from headway.core.errors import HoldGone, IdempotencyMismatch, InsufficientCredits
from headway.core.ids import new_id
from headway.core.settlement import Bought, Price, due, reserve_again, settle
from headway.core.states import Status
from headway.store.driver import Row, Value, Writer
from headway.store.intents import Charge, NewJob, Submitted

Refusal = IdempotencyMismatch | InsufficientCredits | HoldGone
Questions = Generator[tuple[str, dict[str, Any]], Any, "Admission"]
"""As `submission.Questions`."""
GIVES_ROWS = frozenset({"lock_purses", "known_jobs", "live_holds"})
_HOLDS_A_TURN = 100


class Book:
    """The entries of one transaction over purses that are locked."""

    def __init__(self, purses: Iterable[Sequence[Value]]) -> None:
        self._balances: dict[str, int] = {}
        self._months: dict[str, str | None] = {}
        for owner, balance, _, month in purses:
            self._balances[str(owner)] = _int(balance)
            self._months[str(owner)] = None if month is None else str(month)
        self.entries: list[list[Value]] = []

    def balance(self, owner: str) -> int:
        """What the owner has now, the entries of this book included."""
        return self._balances.get(owner, 0)

    def add(
        self,
        owner: str,
        entry: str,
        amount: int,
        held: int = 0,
        *,
        job_id: str | None = None,
        round: int = 0,
        month: str | None = None,
        reason: str | None = None,
        by: str | None = None,
        grant_id: str | None = None,
    ) -> None:
        """One entry: `amount` moves the balance, `held` what is reserved."""
        self._balances[owner] = after = self.balance(owner) + amount
        self.entries.append([owner, job_id, round, entry, amount, held, after, month, reason, by, grant_id])

    def grant_month(self, owner: str, amount: int, now: int) -> None:
        """The month's grant, once; nothing where none is due."""
        month = month_of(now)
        if amount > 0 and (self._months.get(owner) or "") < month:
            self._months[owner] = month
            self.add(owner, "grant", amount, month=month)

    def dump(self) -> str:
        """The rows that `post` takes."""
        return orjson.dumps(self.entries).decode()


@dataclass(slots=True)
class Admission:
    """Which charged submissions may go on, and what is written for those that become jobs of ours."""

    book: Book
    outcomes: dict[str, Submitted | Refusal] = field(default_factory=dict)
    """By id: submissions that are decided already, refused ones and jobs that are there."""
    paying: dict[str, tuple[NewJob, int, int]] = field(default_factory=dict)
    """By id: the job, what its hold gives back, what it reserves."""

    def charge(self, ours: Iterable[str]) -> Generator[tuple[str, dict[str, Any]], Any, None]:
        """Ask for the reserves of those that were really made to be written."""
        charged, used = [], []
        for job_id in ours:
            if job_id not in self.paying:
                continue
            job, held, reserve = self.paying[job_id]
            assert job.charge is not None
            if job.charge.hold:
                used.append(job_id)
            if held:
                self.book.add(job.owner, "release", held, -held, job_id=job_id)
            if reserve:
                self.book.add(job.owner, "reserve", -reserve, reserve, job_id=job_id, round=1)
                charged.append([job_id, reserve, _estimated(job.charge, reserve)])
        if used:
            yield "drop_holds", {"ids": orjson.dumps(used).decode()}
        if charged:
            yield "charge_jobs", {"rows": orjson.dumps(charged).decode()}
        if self.book.entries:
            yield "post", {"rows": self.book.dump()}


def admission(jobs: Sequence[NewJob], now: int, repeat: bool = False) -> Questions:
    """Lock the purses of charged submissions and decide, in their order, which can be paid for. `repeat`: the batch may have
    been committed before, and a job that is there is this submission's own.

    A job that is there already is not charged again; a submission under a key that another of this batch has used goes on
    uncharged, and finds that one.
    """
    book = Book((yield "lock_purses", {"owners": owners(job.owner for job in jobs)}))
    grants = {job.owner: job.charge.monthly_grant for job in jobs if job.charge is not None}
    for owner, grant in sorted(grants.items()):
        book.grant_month(owner, grant, now)
    asked = [[job.id, job.owner, job.idempotency_key] for job in jobs]
    found = yield "known_jobs", {"rows": orjson.dumps(asked).decode()}
    known = {str(ours): (str(theirs), hashed) for ours, theirs, hashed in found}
    held: dict[str, int] = {}
    naming = [[job.id, job.owner, job.kind] for job in jobs if job.charge is not None and job.charge.hold]
    if naming:
        live = yield "live_holds", {"rows": orjson.dumps(naming).decode()}
        held = {str(job_id): _int(amount) for job_id, amount in live}
    verdict = Admission(book)
    promised: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for job in jobs:
        charge = job.charge
        assert charge is not None
        if job.id in known:
            verdict.outcomes[job.id] = _known(job, *known[job.id], now, repeat)
            continue
        if charge.hold and job.id not in held:
            verdict.outcomes[job.id] = HoldGone()
            continue
        if job.idempotency_key is not None:
            if (job.owner, job.idempotency_key) in seen:
                continue
            seen.add((job.owner, job.idempotency_key))
        back = held.pop(job.id, 0)
        reserve = max(charge.least, back if charge.reserve is None else charge.reserve)
        there = book.balance(job.owner) + back - promised.get(job.owner, 0)
        if reserve > there:
            seen.discard((job.owner, job.idempotency_key or ""))
            verdict.outcomes[job.id] = InsufficientCredits(needed=reserve, balance=there)
            continue
        promised[job.owner] = promised.get(job.owner, 0) + reserve - back
        verdict.paying[job.id] = (job, back, reserve)
    return verdict


def _estimated(charge: Charge, reserve: int) -> str:
    return (
        charge.price
        if charge.reserve == reserve
        else replace(Price.load(charge.price), estimate=reserve).dump()
    )


def _known(job: NewJob, theirs: str, hashed: object, now: int, repeat: bool) -> Submitted | Refusal:
    if hashed != job.request_hash:
        return IdempotencyMismatch()
    return Submitted(theirs, repeat and theirs == job.id, now)


def settle_ended(writer: Writer, ends: str) -> None:
    """Settle the reserves of jobs that have just ended (`ends`: the rows of `end`): what is due is kept, the rest goes back."""
    owed = writer.rows("owed", rows=ends)
    if not owed:
        return
    book = lock(writer, (str(row[1]) for row in owed))
    settled: list[list[Value]] = []
    for job_id, owner, round, reserved, price, status, before, calls, tokens in owed:
        bought = Bought(_int(calls), _int(tokens), _int(before))
        ended = settle(
            _int(reserved), due(Price.load(str(price)), bought, completed=status == Status.COMPLETED.value)
        )
        about: dict[str, Any] = {"job_id": str(job_id), "round": _int(round)}
        book.add(str(owner), "settle", 0, -ended.settled, **about)
        if ended.released:
            book.add(str(owner), "release", ended.released, -ended.released, **about)
        settled.append([str(job_id), ended.settled])
    writer.run("note_settled", rows=orjson.dumps(settled).decode())
    writer.run("post", rows=book.dump())


@dataclass(frozen=True, slots=True)
class Terms:
    """What an ended job is priced by, and how much of it is done."""

    owner: str
    round: int
    price: Price | None
    credits: int
    total: int | None
    done: int

    @classmethod
    def of(cls, row: Row) -> "Terms":
        """A row of the query `terms`."""
        owner, _, round, price, credits, total, done = row
        known = Price.load(price) if isinstance(price, str) else None
        return cls(
            str(owner), _int(round), known, _int(credits), None if total is None else _int(total), _int(done)
        )

    def needed(self, wanted: int | None, scratch: bool) -> int:
        """What another round of it reserves."""
        if self.price is None:
            return 0
        total, done = (None, 0) if scratch else (self.total, self.done)
        return reserve_again(self.price, before=self.credits, total=total, done=done, wanted=wanted)


def reserve_round(writer: Writer, job_id: str, terms: Terms, needed: int, monthly_grant: int) -> None:
    """A round that has just begun reserves. Raises InsufficientCredits; the caller's transaction is undone then."""
    if terms.price is None or needed == 0:
        return
    book = lock(writer, [terms.owner])
    book.grant_month(terms.owner, monthly_grant, writer.now)
    balance = book.balance(terms.owner)
    if needed > balance:
        raise InsufficientCredits(needed=needed, balance=balance)
    book.add(terms.owner, "reserve", -needed, needed, job_id=job_id, round=terms.round + 1)
    writer.run("post", rows=book.dump())
    writer.run("charge_jobs", rows=orjson.dumps([[job_id, needed, terms.price.dump()]]).decode())


def release_expired_holds(writer: Writer) -> int:
    """Give back what was held for jobs that never came; returns how many holds."""
    found = writer.rows("owners_of_expired_holds", n=_HOLDS_A_TURN)
    if not found:
        return 0
    whose = [str(row[0]) for row in found]
    book = lock(writer, whose)
    gone = writer.rows("take_expired_holds", owners=owners(whose))
    for hold_id, owner, amount in sorted(gone, key=str):
        if amount:
            book.add(str(owner), "release", _int(amount), -_int(amount), job_id=str(hold_id))
    if book.entries:
        writer.run("post", rows=book.dump())
    return len(gone)


def lock(writer: Writer, whose: Iterable[str]) -> Book:
    """Lock these owners' purses until the transaction ends."""
    return Book(writer.rows("lock_purses", owners=owners(whose)))


def forget_purse(writer: Writer, owner: str) -> None:
    """Take an owner's name off its purse and entries: for an account that is erased, once its last job is gone."""
    writer.run("forget_purse", owner=owner, nobody=f"erased:{new_id()}")


def owners(whose: Iterable[str]) -> str:
    """Names as `lock_purses` takes them: each once, in the order in which everybody locks."""
    return orjson.dumps(sorted(set(whose))).decode()


def month_of(now: int) -> str:
    """The month of a moment (ms) in UTC, such as 2026-11."""
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m")


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float | str) else 0
