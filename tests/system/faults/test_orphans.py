"""A worker that is killed takes its child processes with it, and its job is done by another."""

from pathlib import Path

import psutil
import pytest
from tests.system.apps import Order, app, notes
from tests.system.faults.crew import Crew, until, written

from headway.store import Store

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def database_url(request: pytest.FixtureRequest) -> str:
    """On SQLite in the short run: there, processes share most."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


async def test_a_killed_worker_leaves_no_child_behind(
    workers: Crew, view: Store, journal: Path, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    job = app.new_job("apart", Order(n=1, journal=str(journal), gate=str(gate)), owner="ann")
    [made] = await view.submit([job])
    first = workers.hire()
    await until(view, lambda: written(journal, "began"))
    child = int(notes(journal)[0][1])
    assert child != first.pid
    assert psutil.pid_exists(child)
    workers.kill(first)

    async def gone() -> bool:
        return not psutil.pid_exists(child)

    await until(view, gone)
    gate.touch()
    second = workers.hire()

    async def completed() -> bool:
        snapshot = await view.snapshot(made.id)
        return snapshot is not None and snapshot.status == "completed"

    await until(view, completed)
    assert [a.outcome for a in await view.attempts(made.id) or []] == ["lost", "succeeded"]
    assert second.poll() is None
    assert await view.audit() == []
