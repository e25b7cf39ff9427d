"""kill -9 of the worker whose answer others wait for: one of them asks in its place, and is waited for by the rest."""

import pytest
from tests.system.apps import app
from tests.system.faults.crew import Crew, until

from headway.store import Snapshot, Store
from headway.testing.upstream import Behaviour, Rule, Script, Upstream

pytestmark = pytest.mark.anyio
CHUNKS = 3


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def database_url(request: pytest.FixtureRequest) -> str:
    """On SQLite in the short run: there, a worker that is killed holds most."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


async def test_a_dead_worker_is_replaced_by_one_of_those_who_waited_for_it(
    workers: Crew, view: Store
) -> None:
    async with Upstream(Script([Rule(Behaviour.SLOW, times=1, delay_s=600)]), delay_s=2.0) as upstream:
        workers.ask(upstream.url_for("openai"))
        workers.more |= {"HEADWAY_CONCURRENCY": "1", "HEADWAY_AI_TIMEOUT": "700"}
        hired = {f"worker-{n}": workers.hire() for n in range(1, CHUNKS + 1)}
        [made] = await view.submit([app.new_job("chorus", CHUNKS, owner="ann")])

        async def shared() -> bool:
            rows = await view.calls(made.id) or []
            return [row.shares for row in rows] == [CHUNKS - 1]

        await until(view, shared)
        assert upstream.received == 1
        [first] = await view.calls(made.id) or []
        [part] = [chunk.part for chunk in await view.chunks(made.id) or [] if chunk.key == first.key]
        [name] = [a.worker for a in await view.attempts(made.id) or [] if (a.part, a.outcome) == (part, None)]
        workers.kill(hired[name or ""])

        async def ended() -> Snapshot | None:
            snapshot = await view.snapshot(made.id)
            return snapshot if snapshot and snapshot.finished else None

        snapshot = await until(view, ended)
        assert snapshot.status == "completed", snapshot.error
        # The dead worker's own chunk was done later, with the answer that had been shared.
        rows = await view.calls(made.id) or []
        assert [(row.outcome, row.shares) for row in rows] == [(None, CHUNKS - 1), ("succeeded", CHUNKS - 2)]
        assert upstream.received == 2
    assert await view.audit() == []
