"""The ceiling on PostgreSQL: what `bare_sqlite` is there, over one psycopg connection, statements prepared.

The statements leave the planner no choice, whatever the size of the tables when they were prepared: rows are
found by key in a LATERAL … LIMIT 1 and changed by their ctid. Joined plainly, the same END ran anywhere from
1,100 to 38,000 jobs/s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

import psycopg
from psycopg.types.string import TextLoader

from bench.bare import BATCH, SUBMIT_BATCH, measure, now_ms
from bench.measures import Measure, Plan
from bench.servers import Postgres
from headway.store.queries import migrations

SUBMIT = """
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS x(id uuid, input text)
), j AS (
    INSERT INTO jobs (id, owner, kind, queue, input, created_at)
    SELECT id, 'bench', 'noop', 'default', input, %(now)s FROM r
)
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready)
SELECT id, 0, 'noop', 'bench', 'default', 0, %(now)s, %(now)s, 3, TRUE FROM r"""
CLAIM = """
UPDATE tasks t
SET ready = FALSE, worker = 'bare', claim_id = 'bare', claimed_at = %(now)s, lease_until = %(now)s + 15000,
    fence = t.fence + 1, started_at = %(now)s, version = t.version + 1
WHERE t.ctid = ANY (ARRAY (
    SELECT ctid FROM tasks WHERE queue = 'default' AND ready
    ORDER BY priority DESC, vt, job_id, part LIMIT %(n)s FOR UPDATE SKIP LOCKED))
RETURNING t.job_id, t.fence, t.kind, (SELECT j.input FROM jobs j WHERE j.id = t.job_id)"""
END = """
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS x(id uuid, fence bigint, result text)
), gone AS (
    DELETE FROM tasks t
    USING r CROSS JOIN LATERAL (
        SELECT x.ctid FROM tasks x
        WHERE x.job_id = r.id AND x.part = 0 AND x.fence = r.fence LIMIT 1) AS found
    WHERE t.ctid = found.ctid
    RETURNING t.job_id, t.started_at, t.worker, t.fence, t.version, t.tries, r.result
)
UPDATE jobs j
SET status = 'completed', result = g.result, started_at = g.started_at, finished_at = %(now)s,
    worker = g.worker, fence = g.fence, version = g.version + 1, percent = 100, tries = g.tries
FROM gone g CROSS JOIN LATERAL (SELECT x.ctid FROM jobs x WHERE x.id = g.job_id LIMIT 1) AS found
WHERE j.ctid = found.ctid"""
# The planner knows nothing yet of tables that were filled a moment ago.
PINNED_PLANS = """
SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
SET plan_cache_mode = force_generic_plan; SET jit = off"""


class BarePostgres:
    """Implements `measures.Side`."""

    name = "bare-postgresql"

    def __init__(self, server: Postgres) -> None:
        self._server = server

    def settings(self) -> Sequence[str]:
        """Versions and guarantees."""
        shown = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        return [
            f"PostgreSQL {self._server.show('server_version')} on a Unix socket, default settings: "
            + ", ".join(f"{name}={self._server.show(name)}" for name in shown),
            f"bare loop: psycopg {version('psycopg')}, one connection, claims of {BATCH}, "
            f"submissions of {SUBMIT_BATCH} a transaction",
        ]

    def run(self, plan: Plan) -> Mapping[Measure, float]:
        """Measures once, in a new database."""
        with (
            self._server.database("bare") as url,
            psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection,
        ):
            connection.adapters.register_loader("uuid", TextLoader)
            for _, _, statements in migrations("postgres"):
                connection.execute(statements, prepare=False)
            connection.execute(PINNED_PLANS, prepare=False)
            return measure(_Postgres(connection), plan)


class _Postgres:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def submit(self, rows: bytes) -> None:
        self._connection.execute(SUBMIT, {"rows": rows.decode(), "now": now_ms()})

    def claim(self, n: int) -> list[tuple[str, int]]:
        rows = self._connection.execute(CLAIM, {"n": n, "now": now_ms()}).fetchall()
        return [(row[0], row[1]) for row in rows]

    def end(self, rows: bytes) -> int:
        return self._connection.execute(END, {"rows": rows.decode(), "now": now_ms()}).rowcount
