"""`engine` is a workshop on either dialect, `lite` one on SQLite, for what does not depend on the store."""

from collections.abc import AsyncIterator

import pytest
from tests.engine import errands
from tests.engine.workshop import Workshop


async def _opened(url: str) -> AsyncIterator[Workshop]:
    workshop = Workshop(url)
    workshop.app.kinds.update(errands.app.kinds)
    await workshop.open()
    yield workshop
    await workshop.close()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Workshop]:
    async for workshop in _opened(database_url):
        yield workshop


@pytest.fixture
async def lite(sqlite_url: str) -> AsyncIterator[Workshop]:
    async for workshop in _opened(sqlite_url):
        yield workshop
