"""Migrating: once, from anywhere, by many at the same time, to one and the same schema."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest
from tests.conftest import DIALECTS, Server
from tests.store.verbs import new_job

from headway.store import Store, queries

SQLITE_SCHEMA = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
)
POSTGRES_SCHEMA = """
SELECT 'column', table_name, column_name, ordinal_position::text, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'index', tablename, indexname, indexdef, NULL, NULL, NULL FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'options', relname, array_to_string(reloptions, ','), NULL, NULL, NULL, NULL
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
UNION ALL
SELECT 'function', proname, prosrc, NULL, NULL, NULL, NULL FROM pg_proc WHERE pronamespace =
'public'::regnamespace ORDER BY 1, 2, 3
"""
MIGRATE = (
    "import sys; from headway.store import Store; s = Store.open(sys.argv[1]); print(s.migrate()); s.close()"
)


@pytest.fixture(params=DIALECTS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that nobody has migrated."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: Server = request.getfixturevalue("postgres_server")
    name = f"empty{time.monotonic_ns()}"
    server.run(f"CREATE DATABASE {name}")
    return server.url(name)


def execute(url: str, script: str) -> list[tuple[object, ...]]:
    """Run a script as a migration is run; rows of its last statement."""
    if url.startswith("sqlite"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        rows = connection.execute(script).fetchall()
        connection.close()
        return rows
    with psycopg.connect(url, autocommit=True) as pg:
        cursor = pg.execute(script.encode())
        return cursor.fetchall() if cursor.description else []


def schema(url: str) -> list[tuple[object, ...]]:
    return execute(url, SQLITE_SCHEMA if url.startswith("sqlite") else POSTGRES_SCHEMA)


def test_an_empty_database_is_migrated_once(empty_url: str) -> None:
    with closing(Store.open(empty_url)) as store:
        wanted = [number for number, _, _ in queries.migrations(store.driver.dialect)]
        assert store.schema() == (0, wanted[-1])
        assert store.migrate() == wanted
        assert store.schema() == (wanted[-1], wanted[-1])
        assert store.migrate() == []


def test_an_older_database_becomes_what_a_fresh_one_is(
    empty_url: str, database_url: str, request: pytest.FixtureRequest
) -> None:
    """From every earlier version, with a job in it; `database_url` was migrated from nothing at once."""
    dialect = "sqlite" if empty_url.startswith("sqlite") else "postgres"
    if not database_url.startswith(dialect):
        database_url = request.getfixturevalue(f"{dialect}_url")
    steps = queries.migrations(dialect)
    kind = "INTEGER" if dialect == "sqlite" else "BIGINT"
    execute(empty_url, f"CREATE TABLE migrations (number {kind} PRIMARY KEY, name TEXT, at {kind})")
    for number, name, script in steps:
        execute(empty_url, script)
        execute(empty_url, f"INSERT INTO migrations VALUES ({number}, '{name}', 1)")
        if number == 1:
            job = new_job()
            execute(empty_url, f"INSERT INTO jobs (id, owner, kind, queue, input, created_at) VALUES ('{job.id}', 'a', 'k', 'q', '{{}}', 1)")  # fmt: skip  # noqa: E501
    assert schema(empty_url) == schema(database_url)
    with closing(Store.open(empty_url)) as store:
        assert store.migrate() == []
        assert execute(empty_url, "SELECT count(*) FROM jobs") == [(1,)]


def test_three_processes_migrate_at_the_same_time(empty_url: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    dialect = "sqlite" if empty_url.startswith("sqlite") else "postgres"
    everything = str([number for number, _, _ in queries.migrations(dialect)])
    assert sorted(said) == sorted([everything, "[]", "[]"])


def test_both_dialects_have_the_same_tables_and_columns(sqlite_url: str, postgres_url: str) -> None:
    tables = execute(sqlite_url, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    ours = {
        str(name): [str(row[1]) for row in execute(sqlite_url, f"PRAGMA table_info({name})")]
        for (name,) in tables
    }
    theirs: dict[str, list[str]] = {}
    for table, column in execute(
        postgres_url,
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " ORDER BY 1, ordinal_position",
    ):
        theirs.setdefault(str(table), []).append(str(column))
    assert ours == theirs
