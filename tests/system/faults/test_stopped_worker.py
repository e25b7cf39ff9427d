"""SIGSTOP past the lease, then SIGCONT: the late worker changes nothing."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from tests.system.apps import Order, app, notes
from tests.system.faults.crew import Crew, until, written

from headway.store import Snapshot, Store

pytestmark = pytest.mark.anyio


def stop_outside_a_transaction(worker: "subprocess.Popen[bytes]") -> None:
    """On SQLite who is stopped inside a transaction keeps all others out; inside ours, it is in none."""
    worker.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("kind", ["gated", pytest.param("hasty", marks=pytest.mark.long)])
async def test_a_worker_that_slept_through_its_lease_changes_nothing(
    workers: Crew, view: Store, journal: Path, tmp_path: Path, kind: str
) -> None:
    gate = tmp_path / "gate"
    job = app.new_job(kind, Order(n=1, journal=str(journal), gate=str(gate)), owner="ann")
    [made] = await view.submit([job])
    first = workers.hire()
    await until(view, lambda: written(journal, "began", str(first.pid)))
    await view.act(lambda _: stop_outside_a_transaction(first))
    second = workers.hire()
    await until(view, lambda: written(journal, "began", str(second.pid)))
    gate.touch()
    first.send_signal(signal.SIGCONT)

    async def ended() -> Snapshot | None:
        snapshot = await view.snapshot(made.id)
        return snapshot if snapshot and snapshot.finished else None

    snapshot = await until(view, ended)
    if kind == "gated":
        await until(view, lambda: written(journal, "refused", "step", str(first.pid)))
    assert snapshot.status == "completed", snapshot.error
    found = await view.result(made.id)
    assert found is not None
    assert json.loads(found[1] or "null") == second.pid
    assert [line[1] for line in notes(journal) if line[0] == "began"] == [str(first.pid), str(second.pid)]
    assert [(a.worker, a.outcome) for a in await view.attempts(made.id) or []] == [
        ("worker-1", "lost"),
        ("worker-2", "succeeded"),
    ]
    assert [s.value for s in await view.steps(made.id) or []] == (
        [str(second.pid)] if kind == "gated" else []
    )
    lines = [line.text for line in await view.log(made.id) or []]
    assert lines == ([f"by {second.pid}"] if kind == "gated" else [])

    async def heard_of_it() -> bool:
        """The first worker is alive, and holds nothing any more."""
        first_row = next(row for row in await view.workers() if row.id == "worker-1")
        return first_row.running == 0 and first_row.heartbeat_at > (snapshot.finished_at or 0)

    await until(view, heard_of_it)
    assert first.poll() is None
    assert await view.snapshot(made.id) == snapshot
    assert await view.audit() == []
