"""A store with credits in it, and a committer to step."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest
from tests.conftest import Clock
from tests.store.stepped import Bench

from headway.store import Store


@pytest.fixture
async def bank(store: Store) -> AsyncIterator[Store]:
    """A store in which ann has 100 credits; whatever the test does, the books must be right at its end."""
    await store.grant("ann", 100, reason="to begin with", by="tests")
    yield store
    assert await store.audit() == []


@pytest.fixture
def bench(database_url: str, clock: Clock) -> Iterator[Bench]:
    bench = Bench(database_url, clock)
    with closing(bench.store):
        yield bench
        bench.driver.is_gone = False
        bench.committer.close()
        bench.driver.close()
        assert bench.rows("audit_3_body") == bench.rows("audit_3_wake") == []
