"""`engine` is a workshop on either dialect, `lite` one on SQLite, for what does not depend on the store."""

from collections.abc import AsyncIterator

import pytest
from tests.conftest import Clock
from tests.engine import errands
from tests.engine.workshop import Workshop


async def _opened(url: str, clock: Clock) -> AsyncIterator[Workshop]:
    workshop = Workshop(url, shift=clock)
    workshop.app.kinds.update(errands.app.kinds)
    await workshop.open()
    yield workshop
    await workshop.close()


@pytest.fixture
async def engine(database_url: str, clock: Clock) -> AsyncIterator[Workshop]:
    async for workshop in _opened(database_url, clock):
        yield workshop


@pytest.fixture
async def lite(sqlite_url: str, clock: Clock) -> AsyncIterator[Workshop]:
    async for workshop in _opened(sqlite_url, clock):
        yield workshop
