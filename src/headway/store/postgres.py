"""PostgreSQL by psycopg: one writing connection for the committer, one for heartbeats, readers, and one that
listens.

The plans of the hot statements are pinned by session settings: on a table that changes as fast as `tasks`,
the planner's statistics are always old, and a hash join in a claim costs ten times the throughput
(`tests/store/test_plans.py`).
Needs the extra `headway[postgres]`.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.types.string import TextLoader

from headway.store import queries
from headway.store.driver import Hint, Row, Shift, Value, no_shift

_CHANNELS: dict[Hint, str] = {"work": "headway_work", "change": "headway_change"}
_NOTIFY_PAUSE_S = 0.002
_NOTIFY_RETRY_S = 0.2
_CHANGE_PAUSE_S = 0.05
_CLOCK_KEPT_S = 10.0
"""How long the server's clock may be told from ours; housekeeping reads it more often."""
_MIGRATION_LOCK = 0x48454144  # "HEAD"
_PINNED = (
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
    "SET enable_mergejoin = off; SET enable_bitmapscan = off; SET enable_material = off;"
    "SET enable_memoize = off; SET jit = off;"
)
_SESSION = (
    "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '10s';"
    "SET lock_timeout = '20s'; SET application_name = 'headway';"
)
_KEEPALIVE: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "connect_timeout": 5,
}


class PostgresReader:
    """A connection in autocommit; each query is its own snapshot."""

    def __init__(self, url: str, shift: Shift = no_shift, *, pinned: bool = False) -> None:
        self._shift = shift
        self._queries = queries.load("postgres")
        self._connection = connect(url)
        self._connection.execute(_SESSION + (_PINNED if pinned else ""))
        self.now = 0

    def rows(self, name: str, /, **params: Value) -> list[Row]:
        """All rows of the named query's last statement."""
        return cast("list[Row]", self._execute(name, params).fetchall())

    packed = rows

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def _execute(self, name: str, params: dict[str, Value]) -> psycopg.Cursor[Any]:
        params.setdefault("now", self.now or time.time_ns() // 1_000_000 + self._shift())
        cursor = None
        for statement in self._queries[name]:
            cursor = self._connection.execute(statement.encode(), params, prepare=True)
        assert cursor is not None, name
        return cursor


class PostgresWriter(PostgresReader):
    """A connection whose transactions are opened and closed by hand."""

    repeat = careful = alone = False

    def __init__(self, url: str, shift: Shift = no_shift) -> None:
        super().__init__(url, shift, pinned=True)
        self._server_ms, self._read_at = 0, -_CLOCK_KEPT_S

    def await_turn(self) -> None:
        """Everyone may write at once."""

    def begin(self, alone: bool = False) -> None:
        """Open a transaction and read the server's clock, in one round trip; or in none, for a statement that is alone: the clock
        was read a moment ago, and has gone on like ours."""
        since = time.monotonic() - self._read_at
        self.alone = alone and since < _CLOCK_KEPT_S
        if self.alone:
            self.now = self._server_ms + int(since * 1000) + self._shift()
            return
        cursor = self._connection.execute(b"BEGIN; SELECT headway_now()")
        self._read_at = time.monotonic()
        cursor.nextset()
        row = cursor.fetchone()
        assert row is not None
        self._server_ms = int(row[0])
        self.now = self._server_ms + self._shift()

    def run(self, name: str, /, **params: Value) -> int:
        """Run the named query; returns the rows changed by its last statement."""
        return self._execute(name, params).rowcount

    def savepoint(self) -> None:
        """Mark a place inside the transaction."""
        self._connection.execute("SAVEPOINT act")

    def release(self) -> None:
        """Keep what was done since `savepoint`."""
        self._connection.execute("RELEASE SAVEPOINT act")

    def rollback_to(self) -> None:
        """Undo what was done since `savepoint`."""
        self._connection.execute("ROLLBACK TO SAVEPOINT act")

    def commit(self) -> None:
        """Durable when it returns."""
        if not self.alone:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction; harmless on a lost connection."""
        if self.alone:
            return
        try:
            self._connection.execute("ROLLBACK")
        except psycopg.Error:
            self._connection.close()


class PostgresEar(PostgresWriter):
    """A writing connection that listens for work."""

    def __init__(self, url: str, shift: Shift = no_shift) -> None:
        super().__init__(url, shift)
        self._heard = False
        self._connection.add_notify_handler(self._hear)  # what comes with an answer
        self._connection.execute(f"LISTEN {_CHANNELS['work']}".encode())

    def fileno(self) -> int:
        """The socket."""
        return self._connection.fileno()

    def heard(self) -> bool:
        """Whether there may have been work since the last `begin`."""
        try:
            self._connection.pgconn.consume_input()
            while self._connection.pgconn.notifies() is not None:
                self._heard = True
        except psycopg.Error:
            return True
        return self._heard

    def begin(self, alone: bool = False) -> None:
        """As every writer; what comes from here on counts anew."""
        self._heard = False
        super().begin(alone)

    def _hear(self, note: psycopg.Notify) -> None:
        self._heard = True


class PostgresDriver:
    """A database at `url` (postgresql://…)."""

    dialect = "postgres"
    own_heartbeat = True

    def __init__(self, url: str, shift: Shift = no_shift) -> None:
        self.url = url
        self._shift = shift
        self._notifier = _Notifier(url)

    def writer(self) -> PostgresWriter:
        """A new connection for writing."""
        return PostgresWriter(self.url, self._shift)

    def ear(self) -> PostgresEar:
        """A new connection for claims."""
        return PostgresEar(self.url, self._shift)

    def reader(self) -> PostgresReader:
        """A new connection for reading."""
        return PostgresReader(self.url, self._shift)

    def migrate(self) -> list[int]:
        """Run what is missing, all in one transaction under an advisory lock."""
        with connect(self.url) as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            connection.execute(
                "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT, at BIGINT)"
            )
            have = _last_migration(connection)
            missing = [entry for entry in queries.migrations("postgres") if entry[0] > have]
            for number, name, text in missing:
                connection.execute(text.encode())
                connection.execute(
                    "INSERT INTO migrations VALUES (%s, %s, %s)", (number, name, time.time_ns() // 1_000_000)
                )
            return [number for number, _, _ in missing]

    def schema(self) -> int:
        """The number of the last migration that was run."""
        with connect(self.url) as connection:
            known = connection.execute("SELECT to_regclass('migrations') IS NOT NULL").fetchone()
            return _last_migration(connection) if known and known[0] else 0

    def is_away(self, error: BaseException) -> bool:
        """The connection is gone, cannot be made, or the server is starting or stopping."""
        if isinstance(error, psycopg.InterfaceError):
            return True
        if not isinstance(error, psycopg.OperationalError):
            return False
        state = error.sqlstate or "08000"
        if state == "57014":  # a statement that took too long would take as long again
            return False
        return state[:2] in ("08", "57", "53", "58")

    def is_passing(self, error: BaseException) -> bool:
        """Serialization failure, deadlock, lock not available."""
        return isinstance(error, psycopg.Error) and error.sqlstate in ("40001", "40P01", "55P03")

    def hint(self, hints: set[Hint]) -> None:
        """NOTIFY on a connection of its own, at most every few milliseconds, with an empty payload."""
        self._notifier.add(hints)

    def listen(self, callback: Callable[[set[Hint]], None]) -> Callable[[], None]:
        """LISTEN on a connection of its own; after a reconnect everything is looked at once."""
        stopping = threading.Event()
        listening: list[psycopg.Connection[Any]] = []
        heard = {channel: hint for hint, channel in _CHANNELS.items()}

        def attend() -> None:
            pause = 0.1
            while not stopping.is_set():
                try:
                    with connect(self.url) as connection:
                        listening[:] = [connection]
                        for channel in heard:
                            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                        callback({"work", "change"})
                        pause = 0.1
                        while not stopping.is_set():
                            hints = {
                                heard[note.channel] for note in connection.notifies(timeout=0.5, stop_after=1)
                            }
                            if hints:
                                callback(hints)
                except psycopg.Error:
                    stopping.wait(pause)
                    pause = min(5.0, pause * 2)

        thread = threading.Thread(target=attend, name="headway-listen", daemon=True)
        thread.start()

        def stop() -> None:
            stopping.set()
            for connection in listening:
                _hang_up(connection)
            thread.join()

        return stop

    def close(self) -> None:
        """End the thread that notifies, and its connection."""
        self._notifier.close()


class _Notifier:
    """Sends NOTIFY from a thread of its own, so that no commit waits for it. Hints that pile up become one:
    `work` goes out at once, `change` at most twenty times a second, since only eyes wait for it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._wanted: set[Hint] = set()
        self._awake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def add(self, hints: set[Hint]) -> None:
        with self._awake:
            if hints <= self._wanted:
                return
            self._wanted |= hints
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="headway-notify", daemon=True)
                self._thread.start()
            self._awake.notify()

    def close(self) -> None:
        with self._awake:
            self._closing.set()
            self._awake.notify()
        if self._thread is not None:
            self._thread.join()

    def _send_all(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        changed_at = 0.0
        while hints := self._next(changed_at):
            if "change" in hints:
                changed_at = time.monotonic()
            try:
                if connection is None or connection.closed:
                    connection = connect(self._url)
                connection.execute(";".join(f"NOTIFY {_CHANNELS[hint]}" for hint in sorted(hints)).encode())
            except psycopg.Error:  # a lost hint costs time, nothing else
                if connection is not None:
                    connection.close()
                self._closing.wait(_NOTIFY_RETRY_S)
            self._closing.wait(_NOTIFY_PAUSE_S)
        if connection is not None:
            connection.close()

    def _next(self, changed_at: float) -> set[Hint]:
        """What to send now; empty at the end."""
        with self._awake:
            self._awake.wait_for(lambda: self._wanted or self._closing.is_set())
            if "work" not in self._wanted:
                pause = changed_at + _CHANGE_PAUSE_S - time.monotonic()
                self._awake.wait_for(
                    lambda: "work" in self._wanted or self._closing.is_set(), max(0.0, pause)
                )
            hints, self._wanted = self._wanted, set()
        return hints


def connect(url: str) -> psycopg.Connection[Any]:
    """An autocommit connection that gives up on a dead network, with ids as text."""
    connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True, **_KEEPALIVE)
    connection.adapters.register_loader("uuid", TextLoader)
    return connection


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    """End a connection that another thread waits on: it wakes at once, with an error."""
    with (
        contextlib.suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


def _last_migration(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT COALESCE(max(number), 0) FROM migrations").fetchone()
    return int(row[0]) if row else 0
