"""The ceiling on SQLite: one connection and the row writes that a job costs, in Headway's own tables.

Claim up to `BATCH` tasks, then end them (job updated, task deleted), a transaction each, `synchronous=FULL`.
No worker, no lease, no handler, no clock but the host's: whatever Headway adds is the distance to this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from bench.bare import BATCH, SUBMIT_BATCH, measure, now_ms
from bench.measures import Measure, Plan
from headway.store.queries import migrations

SUBMIT_JOBS = """
INSERT INTO jobs (id, owner, kind, queue, input, created_at)
SELECT value->>'id', 'bench', 'noop', 'default', value->>'input', :now FROM jsonb_each(:rows)"""
SUBMIT_TASKS = """
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready)
SELECT value->>'id', 0, 'noop', 'bench', 'default', 0, :now, :now, 3, TRUE FROM jsonb_each(:rows)"""
CLAIM = """
UPDATE tasks
SET ready = FALSE, worker = 'bare', claim_id = 'bare', claimed_at = :now, lease_until = :now + 15000,
    fence = fence + 1, started_at = :now, version = version + 1
WHERE (job_id, part) IN (
    SELECT job_id, part FROM tasks WHERE queue = 'default' AND ready
    ORDER BY priority DESC, vt, job_id, part LIMIT :n)
RETURNING job_id, fence, kind, (SELECT input FROM jobs WHERE id = job_id)"""
END_JOBS = """
UPDATE jobs
SET status = 'completed', result = r.value->>'result', started_at = t.started_at, finished_at = :now,
    worker = t.worker, fence = t.fence, version = t.version + 1, percent = 100, tries = t.tries
FROM jsonb_each(:rows) AS r
CROSS JOIN tasks t ON t.job_id = r.value->>'id' AND t.part = 0 AND t.fence = r.value->>'fence'
WHERE jobs.id = r.value->>'id'"""
END_TASKS = """
DELETE FROM tasks WHERE (job_id, part) IN (SELECT value->>'id', 0 FROM jsonb_each(:rows))"""


class BareSqlite:
    """Implements `measures.Side`."""

    name = "bare-sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def settings(self) -> Sequence[str]:
        """Version and guarantees."""
        return [
            f"SQLite {apsw.sqlite_lib_version()} (apsw {apsw.apsw_version()}): WAL, synchronous=FULL",
            f"bare loop: one connection, claims of {BATCH}, submissions of {SUBMIT_BATCH} a transaction",
        ]

    def run(self, plan: Plan) -> Mapping[Measure, float]:
        """Measures once, in a new file."""
        with TemporaryDirectory(dir=self._folder) as folder:
            connection = apsw.Connection(f"{folder}/bare.db")
            try:
                connection.execute(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536"
                )
                for _, _, statements in migrations("sqlite"):
                    connection.execute(statements)
                return measure(_Sqlite(connection), plan)
            finally:
                connection.close()


class _Sqlite:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def submit(self, rows: bytes) -> None:
        bound = {"rows": rows.decode(), "now": now_ms()}
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(SUBMIT_JOBS, bound)
        self._connection.execute(SUBMIT_TASKS, bound)
        self._connection.execute("COMMIT")

    def claim(self, n: int) -> list[tuple[str, int]]:
        self._connection.execute("BEGIN IMMEDIATE")
        rows = self._connection.execute(CLAIM, {"now": now_ms(), "n": n}).fetchall()
        self._connection.execute("COMMIT")
        return [(str(row[0]), int(str(row[1]))) for row in rows]

    def end(self, rows: bytes) -> int:
        bound = {"rows": rows.decode(), "now": now_ms()}
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(END_JOBS, bound)
        ended = self._connection.changes()
        self._connection.execute(END_TASKS, bound)
        self._connection.execute("COMMIT")
        return ended
