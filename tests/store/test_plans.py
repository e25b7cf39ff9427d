"""How the hot statements are run: along their indexes, on empty, small and large tables, whatever the
statistics say.

A claim with a hash join or a sequential scan works just as well in every other test, and ten times slower in
life.
Rows are written by one statement here, since 50,000 submissions would take longer than all the rest.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from tests.conftest import Clock
from tests.store.test_ops import execute
from tests.store.verbs import LEASE_MS

from headway.core.ids import new_id
from headway.store import Store
from headway.store.driver import Writer
from headway.store.intents import Claim
from headway.store.leases import claim as claim_now
from headway.store.postgres import PostgresWriter
from headway.store.queries import load
from headway.store.sqlite import SqliteWriter
from headway.store.store import driver_for

ID = "00000000-0000-7000-8000-00000000002a"
KEYS = json.dumps([{"id": ID, "part": 0, "fence": 1}])
END = json.dumps([[ID, 1, False, True, "completed", None, None, None, 100, None]])
END_CHUNK = json.dumps([{"id": ID, "part": 1, "fence": 1, "cancel": False, "outcome": "succeeded"}])
RELEASE = json.dumps([{"id": ID, "part": 0, "fence": 1, "cancel": False, "ready": True}])
PROGRESS = json.dumps([{"id": ID, "part": 0, "fence": 1, "percent": 5}])
SUBMIT = json.dumps([[ID, "ann", "k", "q", 0, 1, "{}", None, None, None, None]])
SUBMITTED = json.dumps([{"id": ID, "owner": "ann", "idempotency_key": None}])

TURNS = json.dumps([{"queue": "default", "priority": 0, "owner": "ann", "n": 1, "vt": 1.0}])
CHUNKS = json.dumps([{"id": ID, "part": 0, "ended": 1, "succeeded": 1, "failed": None, "n": 1}])

HOT: dict[str, dict[str, Any]] = {
    "claim": {"queue": "default", "n": 7, "worker": "w", "claim_id": "c", "lease_ms": 1},
    "claimed": {"worker": "w1", "claim_id": "c"},
    "take_turns": {"turns": TURNS},
    "peek_turns": {"turns": TURNS},
    "submit": {"rows": SUBMIT, "turns": TURNS},
    "submit_alone": {"rows": SUBMIT, "turns": TURNS},
    "submit_new": {"rows": SUBMIT, "turns": TURNS},
    "submit_at": {"rows": SUBMIT, "turns": TURNS},
    "submitted": {"rows": SUBMITTED},
    "end": {"rows": END, "paid": False},
    "ended_now": {"rows": END},
    "release": {"rows": RELEASE},
    "standing": {"rows": KEYS},
    "ended": {"rows": KEYS},
    "held": {"rows": KEYS},
    "progress": {"rows": PROGRESS},
    "heartbeat": {"rows": KEYS, "worker": "w1", "lease_ms": 1},
    "heartbeat_again": {"rows": KEYS, "worker": "w1", "lease_ms": 1},
    "cancels": {"worker": "w1"},
    "expired": {"n": 100},
    "overdue": {"n": 100},
    "promote": {},
    "next_due": {},
    "checkpoint": {"rows": KEYS},
    "end_chunks": {"rows": END_CHUNK},
    "count_chunks": {"rows": CHUNKS},
    "next_chunks": {"rows": CHUNKS},
    "under_way": {"id": ID, "request_hash": "h"},
    "job_row": {"id": ID, "owner": "ann"},
    "front_of_queue": {"queue": "default", "n": 1_000},
    "versions": {"ids": json.dumps([ID])},
    "snapshots": {"ids": json.dumps([ID]), "owner": None},
    "snapshot": {"id": ID, "owner": None},
}
INDEX = {
    "claim": "tasks_ready",
    "front_of_queue": "tasks_ready",
    "cancels": "tasks_leased",
    "claimed": "tasks_leased",
    "expired": "tasks_leased",
    "promote": "tasks_due",
    "next_due": "tasks_due",
    "overdue": "tasks_deadline",
    "under_way": "calls_awaited",
}
"""Those that choose rows by themselves: along which index. The others go by keys that they are given."""

SERIES = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
    " SELECT n FROM s)",
    "postgres": "(SELECT n FROM generate_series(1, {count}) AS n)",
}
ID_OF = {
    "sqlite": "'00000000-0000-7000-8000-' || printf('%012x', n)",
    "postgres": "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
}
FILL = """
INSERT INTO jobs (id, owner, kind, queue, input, created_at)
SELECT {id}, 'ann', 'essay', 'default', '{{}}', n FROM {series} AS s;
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, due_at,
deadline_at, worker,
                   claim_id, claimed_at, lease_until, started_at, fence)
SELECT {id}, 0, 'essay', 'ann', 'default', n % 3, n, n, 1, n % 10 > 1,
       CASE WHEN n % 10 = 1 THEN n END, CASE WHEN n % 100 = 5 THEN n END,
       CASE WHEN n % 10 = 0 THEN 'w1' END, CASE WHEN n % 10 = 0 THEN 'c' END, CASE WHEN n % 10 = 0 THEN 1 END,
       CASE WHEN n % 10 = 0 THEN n END, CASE WHEN n % 10 = 0 THEN 1 END, CASE WHEN n % 10 = 0 THEN 1 ELSE 0
       END
FROM {series} AS s;
"""


@pytest.fixture(params=["empty", "100", "50000", "50000 analysed", "100 analysed, then 50000"])
def writer(request: pytest.FixtureRequest, database_url: str, clock: Clock) -> Iterator[Writer]:
    """A writing connection to tables of that size; statistics are none, right, or old."""
    dialect = "sqlite" if database_url.startswith("sqlite") else "postgres"

    def fill(count: int) -> None:
        series = SERIES[dialect].format(count=count)
        for statement in FILL.format(id=ID_OF[dialect], series=series).split(";")[:-1]:
            execute(database_url, f"{statement} WHERE TRUE ON CONFLICT DO NOTHING")

    for step in request.param.split(", then "):
        count, _, analysed = step.partition(" ")
        if count != "empty":
            fill(int(count))
        if analysed:
            execute(database_url, "ANALYZE")
    writer = driver_for(database_url, clock).writer()
    writer.begin()
    yield writer
    writer.rollback()
    writer.close()


def explain(writer: Writer, statement: str, params: dict[str, Any]) -> list[str]:
    """The plan as lines: on PostgreSQL the generic one, as the prepared statement has it."""
    params = {"now": writer.now, **params}
    if isinstance(writer, SqliteWriter):
        rows = writer._connection.execute(f"EXPLAIN QUERY PLAN {statement}", params).fetchall()
        return [str(row[3]) for row in rows]
    connection = cast(PostgresWriter, writer)._connection
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for place, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${place}")
    values = ", ".join("NULL" if params[name] is None else f"'{params[name]}'" for name in names)
    connection.execute(f"PREPARE asked AS {statement.replace('%%', '%')}".encode())
    rows = connection.execute(f"EXPLAIN EXECUTE asked{f'({values})' if names else ''}".encode()).fetchall()
    connection.execute("DEALLOCATE asked")
    return [str(row[0]).strip() for row in rows]


SORT = re.compile(r"\bSort\b|TEMP B-TREE")
SLOW = {
    # a table as a whole, or an order made by sorting where an index has it
    "sqlite": re.compile(r"^SCAN (tasks|jobs|t|j|c|a)\b(?! USING (COVERING )?INDEX tasks_(leased|due)\b)"),
    "postgres": re.compile(r"Seq Scan on|Hash Join|Hash Right|Hash Left|Merge|Bitmap"),
}


def test_the_hot_statements_go_along_their_indexes(writer: Writer) -> None:
    """One test for all of them, since 50,000 rows take longer to write than 20 plans to read."""
    dialect = "sqlite" if isinstance(writer, SqliteWriter) else "postgres"
    faults = []
    for name, params in HOT.items():
        lines = [line for statement in load(dialect)[name] for line in explain(writer, statement, params)]
        slow = any(SLOW[dialect].search(line) for line in lines)
        sorts = name in ("claim", "front_of_queue") and any(SORT.search(line) for line in lines)
        if slow or sorts or INDEX.get(name, "") not in "".join(lines):
            faults.append("\n    ".join([name, *lines]))
    assert not faults, "\n".join(faults)


def test_a_claim_takes_what_was_asked_and_no_more(writer: Writer) -> None:
    ready = writer.rows("depth")[0][0]
    for n in (1, 7, 100):
        taken = claim_now(writer, Claim("w", new_id(), ("default",), n, LEASE_MS))
        assert len(taken) == min(n, int(ready or 0))
        ready = int(ready or 0) - len(taken)


@pytest.mark.anyio
async def test_watching_many_jobs_is_many_look_ups_by_key(store: Store, database_url: str) -> None:
    """Readers are not pinned: on a large table the planner must find the keys by itself."""
    dialect = store.driver.dialect
    for statement in FILL.format(id=ID_OF[dialect], series=SERIES[dialect].format(count=50_000)).split(";")[
        :-1
    ]:
        execute(database_url, statement)
    ids = [f"00000000-0000-7000-8000-{n:012x}" for n in range(1, 1_001)]
    assert len(await store.versions(ids)) == 1_000
    assert len(await store.snapshots(ids)) == 1_000
