"""What a dialect must offer: connections that run named queries, and hints that something was committed.

`sqlite.py` and `postgres.py` implement it; only this package calls it. A query is named, its text lives in
`sql/`; a many-rowed argument is one JSON document. Invariant: a writer's `begin` … `commit` is one
transaction, with one `now`.
"""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

Value = str | int | float | bytes | bool | None
Row = tuple[Value, ...]
Shift = Callable[[], int]
"""Milliseconds to add to the database's clock: 0, unless a test moves the time."""
Hint = Literal["work", "change"]
"""`work`: something became claimable. `change`: something that a person sees moved. Both lossy."""


def no_shift() -> int:
    """The clock as it is."""
    return 0


class Reader(Protocol):
    """A connection that only reads; used by one thread at a time."""

    def rows(self, name: str, /, **params: Value) -> list[Row]:
        """All rows of the named query."""

    def packed(self, name: str, /, **params: Value) -> Sequence[Sequence[Value]]:
        """The same of a query that gives its rows in one document where the driver would hand over the interpreter between any two
        of them."""

    def close(self) -> None:
        """Let the connection go."""


class Writer(Reader, Protocol):
    """The connection of the committer's thread."""

    now: int
    """Milliseconds since the epoch, as the store's clock said at `begin`; bound as :now in every query of the
    transaction."""
    repeat: bool
    """Whether this transaction may have been committed before: its connection was lost, perhaps only its reply."""
    careful: bool
    """Whether it has failed before: nothing is taken for granted that is only nearly always so."""
    alone: bool
    """Whether the next statement is a transaction of its own."""

    def await_turn(self) -> None:
        """Wait until this process may write, so that what arrives meanwhile can still join the batch. Begin, or give it
        up by `rollback`."""

    def begin(self, alone: bool = False) -> None:
        """Open a transaction and read its `now`. `alone`: a single statement will change anything, and may be a transaction of its
        own, if the writer can."""

    def run(self, name: str, /, **params: Value) -> int:
        """Run the named query for its effect; returns how many rows its last statement changed."""

    def savepoint(self) -> None:
        """Mark a place inside the transaction."""

    def release(self) -> None:
        """Keep what was done since `savepoint`."""

    def rollback_to(self) -> None:
        """Undo what was done since `savepoint`."""

    def commit(self) -> None:
        """Make it durable; when this returns, it is."""

    def rollback(self) -> None:
        """Undo the transaction; harmless when none is open or the connection is gone."""


class Ear(Writer, Protocol):
    """A writing connection that hears of work itself; of one thread, which may wait for its `fileno` between transactions."""

    def fileno(self) -> int:
        """What is readable when there is something to hear."""

    def heard(self) -> bool:
        """Whether there may have been work since the last `begin`; true as well when the connection is gone."""


class Driver(Protocol):
    """One database: how to connect, how to migrate, how to tell errors apart, how to hear of others'
    commits."""

    dialect: str
    own_heartbeat: bool
    """Whether heartbeats use a connection of their own, beside the committer's."""

    @property
    def ear(self) -> Callable[[], Ear] | None:
        """Makes a new connection for claims; None where there is one writer at a time, and claims share it."""

    def writer(self) -> Writer:
        """A new connection for writing."""

    def reader(self) -> Reader:
        """A new connection for reading."""

    def migrate(self) -> list[int]:
        """Bring the schema to this version under a lock; returns the numbers of the migrations that were
        run."""

    def schema(self) -> int:
        """The number of the last migration that was run, 0 for an empty database."""

    def is_away(self, error: BaseException) -> bool:
        """Whether the error means that the database cannot be reached or the connection is gone."""

    def is_passing(self, error: BaseException) -> bool:
        """Whether the same transaction may succeed if run again: a deadlock, a serialization failure, a busy
        file."""

    def hint(self, hints: set[Hint]) -> None:
        """Tell other processes to look; never blocks for long, never raises."""

    def listen(self, callback: Callable[[set[Hint]], None]) -> Callable[[], None]:
        """Call back, on a thread of its own, when another process hinted or committed; returns what stops
        it."""

    def close(self) -> None:
        """Let go of what `hint` holds; connections that were handed out are their owners' to close."""
