"""PostgreSQL stopped as if the power had gone, and started, under load: every job ends, none is blamed."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.system.apps import Order, app
from tests.system.faults.conftest import Stoppable
from tests.system.faults.crew import at_work, check_all_paid_once, crew, drained, until, written

from headway.core.errors import Overloaded
from headway.store import Store

pytestmark = pytest.mark.anyio


async def stop_and_start(stoppable: Stoppable, tmp_path: Path, journal: Path, jobs: int, stops: int) -> None:
    url = stoppable.url("migrated")
    with closing(Store.open(url)) as view, crew(url, tmp_path) as workers:
        view.start()
        orders = [Order(n=n, journal=str(journal)) for n in range(jobs)]
        made = await view.submit(app.new_jobs("steps", orders, owner="ann", priority=None))
        for _ in range(2):
            workers.hire()

        async def both_at_work() -> bool:
            return len(await at_work(view, workers)) == 2

        await until(view, both_at_work)
        for n in range(stops):
            begun = str(jobs * n // stops)
            await until(view, lambda begun=begun: written(journal, "kept", begun))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            stoppable.stop_at_once()
            stoppable.start()

        async def empty() -> bool:
            try:
                return await drained(view)
            except Overloaded:
                return False

        await until(view, empty)
        assert all(worker.poll() is None for worker in workers.processes), "workers outlive their store"
        await check_all_paid_once(view, [job.id for job in made], journal)
        for job in made:
            snapshot = await view.snapshot(job.id)
            assert snapshot is not None
            assert snapshot.tries == 0


async def test_jobs_survive_the_death_of_their_database(
    stoppable: Stoppable, tmp_path: Path, journal: Path
) -> None:
    await stop_and_start(stoppable, tmp_path, journal, jobs=200, stops=1)


@pytest.mark.long
async def test_jobs_survive_several_deaths_of_their_database(
    stoppable: Stoppable, tmp_path: Path, journal: Path
) -> None:
    await stop_and_start(stoppable, tmp_path, journal, jobs=2_000, stops=4)
