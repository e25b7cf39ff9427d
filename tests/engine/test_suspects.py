"""Tasks that were lost twice, with all that they held: where they run, and how they wait for their turn."""

import asyncio
import json
import os
import random
from typing import Any

import pytest
from tests.engine.test_limits import soon
from tests.engine.workshop import Workshop
from tests.store.verbs import claim, finish

from headway import Context
from headway.core.states import Event
from headway.engine.attempt import Attempt, Ending
from headway.engine.kinds import Handler
from headway.engine.runner import run_attempt

pytestmark = pytest.mark.anyio


async def suspect(lite: Workshop, kind: str | Handler, **options: Any) -> str:
    """A job that has ended two workers."""
    job_id = await lite.submit(kind, **options)
    for _ in range(2):
        [task] = await claim(lite.app.store)
        await finish(lite.app.store, task, Event.DIE)
    return job_id


async def waiting(lite: Workshop, **options: Any) -> tuple[Attempt, "asyncio.Task[Any]"]:
    """An attempt of a suspect, which there is no place for, after more than its time limit."""
    await suspect(lite, "child-async", input={"word": "ab"}, **options)
    [task] = await claim(lite.app.store)
    attempt = lite.attempt(task, places=0, time_limit=0.01, soft_time_limit=0.01)
    running = attempt.handle = asyncio.create_task(run_attempt(attempt, random.Random()))
    await asyncio.wait([running], timeout=0.1)
    return attempt, running


async def test_a_suspect_runs_in_a_process_of_its_own(lite: Workshop) -> None:
    job_id = await suspect(lite, "child-async", input={"word": "ab"})
    await lite.hire()
    assert (await lite.ended(job_id)).status == "completed"
    assert (await lite.result(job_id))["pid"] != os.getpid()


async def test_a_suspect_that_no_child_could_find_runs_in_the_worker(lite: Workshop) -> None:
    @lite.app.job("local")
    async def local(ctx: Context) -> int:
        return os.getpid()

    job_id = await suspect(lite, local)
    await lite.hire()
    snapshot = await lite.ended(job_id)
    assert (snapshot.status, snapshot.tries) == ("completed", 0), snapshot.error
    assert await lite.result(job_id) == os.getpid()


@pytest.mark.parametrize(("ending", "event"), [("CANCEL", Event.STOP), ("INTERRUPT", Event.INTERRUPT)])
async def test_waiting_for_a_place_takes_none_of_a_suspects_time(
    lite: Workshop, ending: str, event: Event
) -> None:
    attempt, running = await waiting(lite)
    assert (running.done(), attempt.ending) == (False, None)
    attempt.stop(Ending[ending])
    said = await running
    assert (said.event, said.ran_ms) == (event, 0)
    await lite.app.store.do(said)


async def test_a_deadline_ends_a_suspect_that_waits_for_a_place(lite: Workshop) -> None:
    _, running = await waiting(lite, deadline=soon(0.3))
    said = await asyncio.wait_for(running, 30)
    assert said.event is Event.GIVE_UP
    assert json.loads(said.error)["type"] == "deadline"
    await lite.app.store.do(said)
