"""The PostgreSQL of a test process, and the databases that it lends.

A database costs a hundred times what emptying one does. So they are lent again and again: what a test wrote is deleted, and
one whose schema, statistics or size is not that of a new one is dropped instead.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

import psycopg

from headway.store import Store

_SETTINGS = (  # No test takes the power away.
    "fsync = off",
    "full_page_writes = off",
    "autovacuum = off",
    "max_wal_size = '4GB'",
    "checkpoint_timeout = '1h'",
)
_ALONE = """
    SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE = """
    SELECT (SELECT (count(*), sum(xmin::text::bigint), sum(reltuples), sum(relpages)) FROM pg_class WHERE oid >= 16384)::text
        || (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_attribute WHERE attrelid >= 16384)
        || (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_trigger)
        || (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_proc WHERE oid >= 16384)
        || (SELECT (count(*), sum(number)) FROM migrations)
        || (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 't') AND pg_relation_size(oid) > 400000)
"""
_EMPTY = """
    SET session_replication_role = replica;
    DO $$
    DECLARE name TEXT;
    BEGIN
        FOR name IN SELECT oid::regclass FROM pg_class
            WHERE oid >= 16384 AND relkind = 'r' AND relname <> 'migrations' AND relnamespace = 'public'::regnamespace
                AND pg_relation_size(oid) > 0
        LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
        PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
    END $$
"""


class Server:
    """A PostgreSQL server that lends databases, each as a migrated one that nobody has used."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[str] = []
        changes = [f"ALTER SYSTEM SET {setting}" for setting in _SETTINGS]
        self.run(*changes, "SELECT pg_reload_conf()", "CREATE DATABASE migrated")
        migrate(self.url("migrated"))
        self._shape = self._shape_of("migrated")

    def url(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?", 1)

    def run(self, *statements: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database for the length of the block."""
        name = self._free.pop() if self._free else self._new()
        yield self.url(name)
        if self._emptied(name):
            self._free.append(name)
        else:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _new(self) -> str:
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return name

    def _emptied(self, name: str) -> bool:
        """Whether the database is as new again."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(_ALONE)
            if _shape(connection) != self._shape:
                return False
            connection.execute(_EMPTY.encode())
        return True

    def _shape_of(self, name: str) -> str:
        with psycopg.connect(self.url(name)) as connection:
            return _shape(connection)


def _shape(connection: psycopg.Connection) -> str:
    row = connection.execute(_SHAPE).fetchone()
    assert row is not None
    return str(row[0])


def migrate(url: str) -> None:
    with closing(Store.open(url)) as store:
        store.migrate()
