"""Two web-like submitters and two workers, four processes, on one database."""

from pathlib import Path

import pytest
from tests.system.apps import notes
from tests.system.faults.crew import Crew, drained, until

from headway.store import Store

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def database_url(request: pytest.FixtureRequest) -> str:
    """On SQLite in the short run: there, processes share most."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


async def share(workers: Crew, view: Store, journal: Path, each: int) -> None:
    workers.lease_s = 30
    hired = [workers.hire(), workers.hire()]
    submitters = [workers.submitter(each, journal) for _ in range(2)]

    async def all_submitted() -> bool:
        codes = [process.poll() for process in submitters]
        assert all(code in (None, 0) for code in codes)
        return codes == [0, 0]

    await until(view, all_submitted)
    await until(view, lambda: drained(view))
    ids = [line[1] for line in notes(journal) if line[0] == "submitted"]
    assert len(set(ids)) == 2 * each
    found = await view.snapshots(ids)
    assert len(found) == 2 * each
    assert {snapshot.status.value for snapshot in found.values()} == {"completed"}
    seen = {(await view.attempts(job_id) or [])[-1].worker for job_id in ids}
    assert seen == {"worker-1", "worker-2"}, "both had a share"
    ran = [tuple(line[1:]) for line in notes(journal) if line[0] == "ran"]
    assert len(ran) == 2 * each * 3, "no step ran twice"
    assert all(process.poll() is None for process in hired)
    assert await view.audit() == []


async def test_four_processes_share_a_database(workers: Crew, view: Store, journal: Path) -> None:
    await share(workers, view, journal, each=100)


@pytest.mark.long
async def test_four_processes_share_a_database_for_long(workers: Crew, view: Store, journal: Path) -> None:
    await share(workers, view, journal, each=1_500)
