"""The pace of all workers together, and what trouble at the provider does to jobs."""

import json
import logging
from itertools import accumulate

import pytest
from tests.ai.conftest import KEY, Open, Play
from tests.ai.jobs import apart, calls, outcomes
from tests.conftest import Clock
from tests.engine.workshop import Workshop

from headway.store import CallRow
from headway.testing.upstream import Behaviour, Rule, Script

pytestmark = pytest.mark.anyio
DOWN = "The provider is down, your place is kept"
BUSY = "The provider asks us to wait: your place is kept"


async def all_wait(shop: Workshop) -> None:
    """Until nothing runs, nor is about to: how long each waits is counted by the clock that the test is going to move."""

    async def look() -> bool:
        depth = await shop.app.store.depth()
        return depth.ready == depth.leased == 0

    await shop.until(look)


# -- the pace of all


async def test_a_limit_told_to_one_worker_stops_all_four(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.RATE_LIMITED, wait_s=5, after=6, times=1), delay_s=0.02)
    shops = [await workshop(upstream, concurrency=2, worker_id=f"w{n}") for n in range(4)]
    for shop in shops:
        await shop.hire()
    jobs = [await shops[0].submit("one", f"question {n}") for n in range(30)]

    async def pause() -> int:
        return (await shops[0].app.store.lane("openai", "gpt-4.1-mini")).paused_until

    until_s = await shops[0].until(pause) / 1000
    for job in jobs:
        assert (await shops[0].ended(job)).status == "completed"
    entries = sorted(upstream.entries, key=lambda entry: entry.at)
    # What had its turn when the pause was written is no breach: one request for each of the other slots, however slow the machine.
    early = [entry.at - until_s for entry in entries if until_s - 5 < entry.at < until_s]
    assert len(early) <= 7
    assert len(entries) == 31
    ends = [await shops[0].outcomes(job) for job in jobs]
    assert all(each in (["succeeded"], ["parked", "succeeded"]) for each in ends)


@pytest.mark.parametrize("kind", ["one", "stepped", "threaded"])
async def test_a_long_wait_gives_the_slot_back_and_costs_no_try(
    play: Play, workshop: Open, clock: Clock, kind: str
) -> None:
    upstream = await play(Rule(Behaviour.RATE_LIMITED, wait_s=600, times=1))
    shop = await workshop(upstream)
    await shop.hire(concurrency=1)
    job = await shop.submit(kind, "later")
    parked = await shop.parked(job)
    assert (parked.attempt, parked.error) == (1, None)
    assert parked.step is not None
    assert parked.step.id == BUSY
    assert (await shop.run("idle")).status == "completed"
    clock.advance(700)
    ended = await shop.ended(job)
    assert (ended.status, ended.attempt) == ("completed", 1)
    assert await shop.outcomes(job) == ["parked", "succeeded"]
    assert outcomes(await calls(shop, job)) == ["rate-limited", "succeeded"]


async def test_a_quota_per_day_waits_for_its_reset(play: Play, workshop: Open, clock: Clock) -> None:
    upstream = await play(Rule(Behaviour.QUOTA_PER_DAY, wait_s=0.01, times=1))
    shop = await workshop(upstream, "gemini")
    await shop.hire()
    job = await shop.submit("one", "tomorrow")
    parked = await shop.parked(job)
    assert parked.step is not None
    assert parked.step.id == "The provider's quota for today is used up: your place is kept"
    clock.advance(26 * 3_600)
    assert (await shop.ended(job)).status == "completed"
    assert len(upstream.entries) == 2


async def test_a_provider_that_is_down_fails_nobody(play: Play, workshop: Open, clock: Clock) -> None:
    upstream = await play(Rule(Behaviour.UNAVAILABLE))
    shop = await workshop(upstream)
    await shop.hire()
    jobs = [await shop.submit("stepped", f"question {n}") for n in range(8)]
    for job in jobs:
        told = await shop.when(job, lambda s: s.step is not None and s.step.id == DOWN)
        assert told.status == "processing"
    failures = len(upstream.entries)
    assert 5 <= failures <= 4 + len(jobs)  # five in a row, and what was on its way
    await all_wait(shop)
    clock.advance(11)
    await upstream.until(failures + 1)  # the probe fails: down for longer
    upstream.script = Script()
    await all_wait(shop)
    clock.advance(60)
    done = [await shop.ended(job) for job in jobs]
    assert len(upstream.entries) == failures + 1 + len(jobs)
    assert [each.status for each in done] == ["completed"] * 8
    assert [each.attempt for each in done] == [1] * 8


async def test_a_job_says_what_its_chunks_wait_for(play: Play, workshop: Open, clock: Clock) -> None:
    upstream = await play(Rule(Behaviour.RATE_LIMITED, wait_s=600, says="chunk 2", times=1), delay_s=0.01)
    shop = await workshop(upstream)
    await shop.hire(concurrency=1)
    job = await shop.submit("many", 6)
    waiting = await shop.when(job, lambda s: s.step is not None and s.step.id == BUSY)
    assert not waiting.finished
    await all_wait(shop)
    clock.advance(700)
    ended = await shop.ended(job)
    assert (ended.status, ended.processed_chunks) == ("completed", 6)
    assert ended.step is not None
    assert ended.step.id == "Asking {n} times"
    assert len(upstream.entries) == 7


async def test_rates_hold_for_all_workers_together(play: Play, workshop: Open) -> None:
    upstream = await play()
    shops = [await workshop(upstream, ai_rpm=600, worker_id=f"w{n}") for n in range(2)]
    for shop in shops:
        await shop.hire()
    jobs = [await shops[0].submit("one", f"question {n}") for n in range(40)]
    for job in jobs:
        assert (await shops[0].ended(job)).status == "completed"
    moments = sorted(entry.at for entry in upstream.entries)
    assert len(moments) == 40
    assert moments[-1] - moments[0] > 0.9  # ten a second after a burst of thirty


# -- faults


@pytest.mark.parametrize(("protocol", "stream"), [("gemini", True), ("openai", False)])
async def test_a_fifth_of_faults_loses_no_answer_and_every_request_is_accounted_for(
    play: Play, workshop: Open, protocol: str, stream: bool
) -> None:
    upstream = await play(script=Script(faults=0.2, seed=7), answer=lambda question: '{"word": "yes"}')
    shop = await workshop(upstream, protocol, ai_stream=stream)
    await shop.hire()
    jobs = [await shop.submit("form", f"question {n}") for n in range(40)]
    rows: list[CallRow] = []
    for job in jobs:
        ended = await shop.ended(job)
        assert (ended.status, ended.error) == ("completed", None)
        rows += await calls(shop, job)
    assert upstream.begun == len(upstream.entries) == len(rows)
    assert sum(row.outcome == "succeeded" for row in rows) >= 40
    assert sum(1 for entry in upstream.entries if entry.did != "ok") > 3


async def test_what_asking_again_cannot_cure_fails_at_once_and_keeps_no_secret(
    play: Play, workshop: Open, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = await play(Rule(Behaviour.BAD_KEY))
    shop = await workshop(upstream)
    with caplog.at_level(logging.DEBUG):
        snapshot = await shop.run("one", "hello")
    assert (snapshot.status, snapshot.attempt) == ("failed", 1)
    rows = await calls(shop, snapshot.id)
    assert outcomes(rows) == ["permanent"]
    assert upstream.entries[0].key
    for text in (json.dumps(snapshot.error), str(rows), caplog.text, repr(shop.app.settings)):
        assert KEY not in text


async def test_an_empty_purse_is_not_asked_again(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.INSUFFICIENT_QUOTA))
    shop = await workshop(upstream)
    assert (await shop.run("one", "hello")).status == "failed"
    assert len(upstream.entries) == 1


async def test_passing_trouble_is_asked_again_within_the_same_try(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.UNAVAILABLE, times=2))
    shop = await workshop(upstream)
    snapshot = await shop.run("one", "hello")
    assert (snapshot.status, snapshot.attempt) == ("completed", 1)
    assert outcomes(await calls(shop, snapshot.id)) == ["transient", "transient", "succeeded"]


async def test_no_more_requests_are_under_way_than_the_provider_takes(play: Play, workshop: Open) -> None:
    upstream = await play(delay_s=0.05)
    shops = [await workshop(upstream, ai_concurrency=3, worker_id=f"w{n}") for n in range(2)]
    for shop in shops:
        await shop.hire(concurrency=10)
    jobs = [await shops[0].submit("one", f"question {n}") for n in range(18)]
    for job in jobs:
        assert (await shops[0].ended(job)).status == "completed"
    assert len(upstream.entries) == 18
    moments = sorted(
        [(e.at, 1) for e in upstream.entries] + [(e.at + e.seconds, -1) for e in upstream.entries]
    )
    assert max(accumulate(step for _, step in moments)) == 3


async def test_a_child_that_waits_for_room_does_not_keep_itself_from_making_it(
    play: Play, workshop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream = await play(delay_s=0.05)
    monkeypatch.setenv("HEADWAY_AI", "openai")  # a child reads its provider from the environment
    monkeypatch.setenv("HEADWAY_AI_URL", upstream.url_for("openai"))
    monkeypatch.setenv("HEADWAY_AI_KEY", KEY)
    shop = await workshop(upstream, ai_concurrency=1, ai_timeout=15.0)
    shop.app.job("apart", process=True)(apart)
    assert await shop.outcome("apart", 4) == [f"question {n}" for n in range(4)]
    assert upstream.received == 4


async def test_a_call_in_doubt_says_about_what_it_costs(play: Play, workshop: Open) -> None:
    upstream = await play(Rule(Behaviour.CUT_BEFORE, times=1))
    shop = await workshop(upstream)
    await shop.hire()
    job = await shop.submit("one", "a question of some length")
    assert (await shop.ended(job)).status == "completed"
    doubtful, paid = await calls(shop, job)
    assert (doubtful.outcome, paid.outcome) == (None, "succeeded")
    assert doubtful.cost_micros
    assert paid.cost_micros
