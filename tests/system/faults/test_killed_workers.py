"""kill -9 of workers at random moments, under load: nothing is lost, nothing is paid twice."""

import random
from pathlib import Path
from subprocess import Popen

import pytest
from tests.system.apps import STEPS, Order, app, notes
from tests.system.faults.crew import Crew, at_work, check_all_paid_once, drained, until

from headway.store import Store

pytestmark = pytest.mark.anyio


async def kill_under(workers: Crew, view: Store, journal: Path, jobs: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    orders = [Order(n=n, journal=str(journal)) for n in range(jobs)]
    ids = [made.id for made in await view.submit(app.new_jobs("steps", orders, owner="ann", priority=None))]
    for _ in range(2):
        workers.hire()

    async def grown(lines: int) -> bool:
        return len(notes(journal)) >= lines

    async def victims() -> list[Popen[bytes]]:
        return await at_work(view, workers) or (workers.processes if await drained(view) else [])

    whole = jobs * STEPS * 2  # the kills are spread over the work, wherever that stands in time
    for n in range(kills):
        mark = int(whole * (n + chance.random()) / kills)
        await until(view, lambda mark=mark: grown(mark))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        workers.kill(chance.choice(await until(view, victims)))
        workers.hire()
    await until(view, lambda: drained(view))
    await check_all_paid_once(view, ids, journal)
    outcomes = [a.outcome for job_id in ids for a in await view.attempts(job_id) or []]
    assert "lost" in outcomes, "every kill hit a worker that had nothing to do"


async def test_jobs_survive_the_death_of_their_workers(workers: Crew, view: Store, journal: Path) -> None:
    await kill_under(workers, view, journal, jobs=200, kills=2, seed=20261122)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_two_thousand_jobs_survive_many_deaths(
    workers: Crew, view: Store, journal: Path, seed: int
) -> None:
    await kill_under(workers, view, journal, jobs=2_000, kills=12, seed=seed)
