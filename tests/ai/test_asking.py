"""Questions of jobs: paid once whatever dies, shared in flight, in the form that was asked for."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from tests.ai.conftest import KEY, Open, Play
from tests.ai.jobs import calls, outcomes
from tests.engine.workshop import Workshop

from headway.testing.upstream import Behaviour, Rule, Upstream

pytestmark = pytest.mark.anyio


# -- paid once


async def test_a_retry_buys_nothing_again(play: Play, workshop: Open) -> None:
    upstream = await play()
    shop = await workshop(upstream)
    assert await shop.outcome("twice") == ["first", "second"]
    assert len(upstream.entries) == 2


async def test_a_call_is_recorded_with_what_it_used_and_cost(play: Play, workshop: Open) -> None:
    shop = await workshop(await play(answer=lambda question: "x" * 400))
    snapshot = await shop.run("one", "y" * 4_000)
    [row] = await calls(shop, snapshot.id)
    assert (row.provider, row.model, row.outcome) == ("openai", "gpt-4.1-mini", "succeeded")
    assert (row.input_tokens, row.output_tokens, row.cost_micros) == (1_001, 101, 562)


async def test_a_killed_worker_costs_the_question_it_had_open_and_no_other(
    play: Play, workshop: Open, tmp_path: Path
) -> None:
    upstream = await play(Rule(Behaviour.SLOW, says="second", delay_s=30, times=1))
    shop = await workshop(upstream)
    job = await shop.submit("twice")
    async with doomed_worker(tmp_path, shop, upstream) as process:
        await upstream.until_received(2)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    await shop.hire(worker_id="w2")
    assert (await shop.ended(job)).status == "completed"
    rows = await calls(shop, job)
    assert sorted((row.step, row.n, row.outcome) for row in rows if row.step == "") == [("", 0, "succeeded")]
    assert [(row.n, row.outcome) for row in rows if row.step] == [(0, None), (1, "succeeded")]
    assert upstream.received == 3


class doomed_worker:
    """`headway worker` as a process of its own, on the same database and upstream."""

    def __init__(self, folder: Path, shop: Workshop, upstream: Upstream) -> None:
        (folder / "doomed.py").write_text(
            "from tests.ai.jobs import register\nfrom headway import Headway\n"
            "app = Headway()\nregister(app)\n"
        )
        self._env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                [str(folder), str(Path(__file__).parents[2]), *filter(None, sys.path)]
            ),
            "HEADWAY_DATABASE_URL": shop.url,
            "HEADWAY_AI": "openai",
            "HEADWAY_AI_URL": upstream.url_for("openai"),
            "HEADWAY_AI_KEY": KEY,
            "HEADWAY_LEASE_S": "3",
            "HEADWAY_LOG": "error",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "headway.cli", "worker", "--app", "doomed:app", env=self._env
        )
        return self._process

    async def __aexit__(self, *error: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def test_what_a_cancelled_asker_had_sent_is_settled_all_the_same(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.SLOW, delay_s=0.8, times=1))
    shop = await workshop(upstream)
    await shop.hire()
    job = await shop.submit("one", "slowly")
    await upstream.until_received(1)
    await shop.app.store.cancel(job, None, by="ann")
    assert (await shop.ended(job)).status == "cancelled"

    async def settled() -> bool:
        return outcomes(await calls(shop, job)) == ["succeeded"]

    assert await shop.until(settled)


# -- in flight


async def test_identical_questions_in_flight_are_one_request_also_when_they_are_replayed(
    play: Play, workshop: Open
) -> None:
    upstream = await play(delay_s=0.1)
    shop = await workshop(upstream)
    assert await shop.outcome("same", 5) == ["the same"] * 5
    assert len(upstream.entries) == 1


async def test_a_failure_is_shared_as_well(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.BAD_REQUEST), delay_s=0.1)
    shop = await workshop(upstream)
    assert (await shop.run("same", 5)).status == "failed"
    assert len(upstream.entries) == 1


# -- forms and refusals


async def test_a_wrong_form_is_repaired_once_by_a_call_of_its_own(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.WRONG_JSON, times=1), answer=lambda question: '{"word": "yes"}')
    shop = await workshop(upstream)
    snapshot = await shop.run("form", "hello")
    assert await shop.result(snapshot.id) == "yes"
    assert [(row.n, row.outcome) for row in await calls(shop, snapshot.id)] == [
        (0, "succeeded"),
        (1, "succeeded"),
    ]


async def test_a_form_that_never_fits_fails_the_job(play: Play, workshop: Open) -> None:
    shop = await workshop(await play(Rule(Behaviour.NOT_JSON)))
    snapshot = await shop.run("form", "hello")
    assert (snapshot.status, snapshot.attempt) == ("failed", 1)
    assert len(await calls(shop, snapshot.id)) == 2


async def test_a_server_without_schemas_gets_it_in_words(play: Play, workshop: Open) -> None:
    upstream = await play(
        Rule(Behaviour.REFUSES_SCHEMA),
        answer=lambda question: (
            '{"word": "told"}' if "JSON schema" in question.prompt else '{"word": "given"}'
        ),
    )
    shop = await workshop(upstream)
    snapshot = await shop.run("form", "hello")
    assert await shop.result(snapshot.id) == "told"
    assert outcomes(await calls(shop, snapshot.id)) == ["option-refused", "option-refused", "succeeded"]
    assert await shop.outcome("form", "again") == "told"
    assert len(upstream.entries) == 4  # it is remembered


async def test_off_is_an_error_that_a_handler_can_live_with(workshop: Open) -> None:
    shop = await workshop(None, ai="off")
    assert await shop.outcome("optional") == "nobody"
    failed = await shop.run("one", "hello")
    assert (failed.status, failed.attempt) == ("failed", 1)
    assert failed.error is not None
    assert failed.error["type"] == "ai-off"
    assert await calls(shop, failed.id) == []


async def test_a_provider_without_its_key_fails_the_job_at_once_and_says_what_is_missing(
    workshop: Open,
) -> None:
    shop = await workshop(None, ai="gemini")
    failed = await shop.run("one", "hello")
    assert (failed.status, failed.attempt) == ("failed", 1)
    assert failed.error is not None
    assert "HEADWAY_AI_KEY" in failed.error["message"]
