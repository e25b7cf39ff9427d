"""SQLite by apsw: one writing connection per process, group commit with synchronous=FULL, readers beside it.

Writers of several processes queue on a blocking `flock` of a file beside the database before `BEGIN
IMMEDIATE`, since SQLite's own busy handler sleeps up to 100 ms. Every statement takes one JSON document, so
that the interpreter is given up once per statement and not once per row.
"""

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import apsw
import orjson

from headway.store import queries
from headway.store.driver import Hint, Row, Shift, Value, no_shift
from headway.store.wake import Bell

_BUSY_MS = 5_000
_SETUP = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -65536;
PRAGMA wal_autocheckpoint = 8000;
"""


class SqliteReader:
    """A connection to the file; `query_only` unless it is the writer."""

    query_only = True

    def __init__(self, path: Path, shift: Shift = no_shift) -> None:
        self._shift = shift
        self._queries = queries.load("sqlite")
        self._connection = apsw.Connection(str(path), statementcachesize=200)
        self._connection.set_busy_timeout(_BUSY_MS)
        for _ in self._connection.execute(_SETUP):
            pass
        self._connection.pragma("query_only", self.query_only)
        self.now = 0

    def rows(self, name: str, /, **params: Value) -> list[Row]:
        """All rows that the named query's statements give."""
        params.setdefault("now", self.now or self._clock())
        bound = cast("dict[str, Any]", params)
        found: list[Row] = []
        for statement in self._queries[name]:
            found += cast("list[Row]", self._connection.execute(statement, bound).fetchall())
        return found

    def packed(self, name: str, /, **params: Value) -> Sequence[Sequence[Value]]:
        """The rows of the named query, which gives them as one JSON array of arrays: apsw lets another thread run
        after each row, and beside a busy one 300 rows take 6 ms instead of 0.5."""
        return cast("Sequence[Sequence[Value]]", orjson.loads(cast(str, self.rows(name, **params)[0][0])))

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def _clock(self) -> int:
        return time.time_ns() // 1_000_000 + self._shift()


class SqliteWriter(SqliteReader):
    """The one connection of this process that writes; holds the file lock from `begin` to `commit`."""

    query_only = False
    repeat = careful = alone = False

    def __init__(self, path: Path, shift: Shift = no_shift) -> None:
        super().__init__(path, shift)
        self._lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def await_turn(self) -> None:
        """Queue for the file's lock; harmless for who has it."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def begin(self, alone: bool = False) -> None:
        """Wait for the file's turn, open a transaction, read the clock."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            raise
        self.now = self._clock()

    def run(self, name: str, /, **params: Value) -> int:
        """Run the named query; returns the rows changed by its last statement."""
        params.setdefault("now", self.now)
        for statement in self._queries[name]:
            self._connection.execute(statement, cast("dict[str, Any]", params)).fetchall()
        return self._connection.changes()

    def savepoint(self) -> None:
        """Mark a place inside the transaction."""
        self._connection.execute("SAVEPOINT act")

    def release(self) -> None:
        """Keep what was done since `savepoint`."""
        self._connection.execute("RELEASE act")

    def rollback_to(self) -> None:
        """Undo what was done since `savepoint`."""
        self._connection.execute("ROLLBACK TO act")
        self._connection.execute("RELEASE act")

    def commit(self) -> None:
        """One fsync of the log, then the next process's turn."""
        self._connection.execute("COMMIT")
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def rollback(self) -> None:
        """Undo the transaction, if one is open, and give up the turn."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let the connection and the lock go."""
        try:
            self._connection.close()
        finally:
            os.close(self._lock)


class SqliteDriver:
    """A database file. Other processes' commits are noticed by a bell, and without it by polling
    `data_version`."""

    dialect = "sqlite"
    own_heartbeat = False
    ear = None

    def __init__(self, path: Path, shift: Shift = no_shift) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._shift = shift
        self._bell = Bell(path)

    def writer(self) -> SqliteWriter:
        """A new connection for writing."""
        return SqliteWriter(self.path, self._shift)

    def reader(self) -> SqliteReader:
        """A new connection for reading."""
        return SqliteReader(self.path, self._shift)

    def migrate(self) -> list[int]:
        """Run what is missing, all in one transaction under the file lock."""
        writer = SqliteWriter(self.path)
        connection = writer._connection
        try:
            writer.begin()
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, at INTEGER)"
            )
            have = _last_migration(connection)
            missing = [entry for entry in queries.migrations("sqlite") if entry[0] > have]
            for number, name, sql in missing:
                for _ in connection.execute(sql):
                    pass
                connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (number, name, writer.now))
            writer.commit()
            return [number for number, _, _ in missing]
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.close()

    def schema(self) -> int:
        """The number of the last migration that was run."""
        reader = SqliteReader(self.path)
        try:
            known = reader._connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'migrations'"
            ).fetchall()
            return _last_migration(reader._connection) if known else 0
        finally:
            reader.close()

    def is_away(self, error: BaseException) -> bool:
        """A file that cannot be opened or written right now."""
        return isinstance(error, apsw.CantOpenError | apsw.IOError | apsw.FullError | apsw.ReadOnlyError)

    def is_passing(self, error: BaseException) -> bool:
        """Another program held the file for longer than the busy timeout."""
        return isinstance(error, apsw.BusyError | apsw.LockedError)

    def hint(self, hints: set[Hint]) -> None:
        """Ring at every other process on this file."""
        self._bell.ring(hints)

    def listen(self, callback: Callable[[set[Hint]], None]) -> Callable[[], None]:
        """Hear the bell and, more slowly, the file's own change counter."""
        return self._bell.listen(callback, self._change_counter)

    def close(self) -> None:
        """Put the bell away."""
        self._bell.close()

    def _change_counter(self) -> Callable[[], int]:
        """A function that says a number which differs after every other connection's commit (3 µs a call)."""
        connection = apsw.Connection(str(self.path))
        # the first and the last connection of a file lock it for a moment
        connection.set_busy_timeout(_BUSY_MS)
        return lambda: cast(int, connection.pragma("data_version"))


def _last_migration(connection: apsw.Connection) -> int:
    rows = connection.execute("SELECT COALESCE(max(number), 0) FROM migrations").fetchall()
    return cast(int, rows[0][0])
