"""Submission through a caller's own psycopg connection: the job exists when and if the caller commits.

Called by `engine.transaction`. Invariant: nothing here commits, rolls back, or changes the connection's
settings.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from headway.store import queries
from headway.store.driver import Value
from headway.store.intents import NewJob
from headway.store.postgres import PostgresWriter
from headway.store.submission import GIVES_ROWS, Outcome, insert_jobs, submission

_CLOCK = b"SELECT headway_now()"


async def insert_borrowed(
    connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any], jobs: Sequence[NewJob]
) -> list[Outcome]:
    """Make the jobs inside the transaction that is open on `connection`. The database's errors are the
    caller's."""
    if isinstance(connection, psycopg.AsyncConnection):
        return await _insert_async(connection, jobs)
    with connection.cursor(row_factory=tuple_row) as cursor:
        return insert_jobs(_Borrowed(cursor), jobs, "peek_turns")


class _Borrowed(PostgresWriter):
    """A cursor of the caller's, as a writer that is in its transaction already."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        self._queries = queries.load("postgres")
        self._cursor = cursor
        self.now = _moment(cursor.execute(_CLOCK).fetchone())

    def _execute(self, name: str, params: dict[str, Value]) -> psycopg.Cursor[Any]:
        for statement in self._queries[name]:
            self._cursor.execute(statement.encode(), {"now": self.now, **params})
        return self._cursor


async def _insert_async(connection: psycopg.AsyncConnection[Any], jobs: Sequence[NewJob]) -> list[Outcome]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        now = _moment(await (await cursor.execute(_CLOCK)).fetchone())
        questions = submission(jobs, now, "peek_turns")
        answer: object = None
        try:
            while True:
                name, params = questions.send(answer)
                for statement in queries.load("postgres")[name]:
                    await cursor.execute(statement.encode(), {"now": now, **params})
                answer = await cursor.fetchall() if name in GIVES_ROWS else cursor.rowcount
        except StopIteration as end:
            outcomes: list[Outcome] = end.value
            return outcomes


def _moment(row: tuple[Any, ...] | None) -> int:
    assert row is not None
    return int(row[0])
