"""What operators see, and what anybody may."""

import asyncio

import pytest
from tests.http.site import Site, Start

from headway import Context, Headway, PermanentError, Worker
from headway.http.figure_models import (
    OpsFailures,
    OpsOverview,
    OpsProviders,
    OpsQueues,
    OpsWorkers,
    PublicFigures,
)
from headway.http.fresh import Fresh
from headway.http.pulse import EVERY_S, KEPT_S, Pulse
from headway.http.timeline import Span, TimelineBody

pytestmark = pytest.mark.anyio


async def test_operators_see_the_installation(site: Site) -> None:
    await site.completed("a")
    job_id, strings = await site.running("b")
    overview = OpsOverview.model_validate((await site.client.get("/api/ops/overview")).json())
    day = overview.windows["24h"]
    assert (day.accepted, day.completed) == (2, 1)
    assert overview.now.slots > 0
    assert overview.series
    workers = OpsWorkers.model_validate((await site.client.get("/api/ops/workers")).json()).workers
    assert [worker.live for worker in workers] == [True]
    queues = OpsQueues.model_validate((await site.client.get("/api/ops/queues")).json()).queues
    assert [(row.kind, row.running) for row in queues] == [("puppet", 1)]
    strings.fail()
    await site.ended(job_id)
    failures = OpsFailures.model_validate((await site.client.get("/api/ops/failures")).json()).failures
    assert [(row.count, row.last_id) for row in failures] == [(1, job_id)]
    assert OpsProviders.model_validate((await site.client.get("/api/ops/providers")).json()).providers == []


async def test_figures_for_anybody_name_nobody(lite: Site) -> None:
    await lite.completed()
    async with lite.visitor() as visitor:
        body = (await visitor.get("/api/figures")).json()
        figures = PublicFigures.model_validate(body)
        assert figures.completed == 1
        assert figures.accepted_within_ms is not None
        for path in ("overview", "queues", "workers", "providers", "failures"):
            assert (await visitor.get(f"/api/ops/{path}")).status_code == 401


async def test_a_timeline_has_what_waited_ran_and_was_kept(site: Site) -> None:
    job_id, strings = await site.running("timed")
    strings.step(21)
    strings.finish()
    await site.ended(job_id)
    body = TimelineBody.model_validate((await site.client.get(f"/api/jobs/{job_id}/timeline")).json())
    assert body.title == "timed"
    by = {span.what: span for span in body.spans}
    assert (by["attempt"].n, by["attempt"].outcome) == (1, "succeeded")
    assert by["step"].to is not None
    assert by["attempt"].from_ <= by["step"].from_ <= by["step"].to <= body.now
    async with await site.stranger() as stranger:
        assert (await stranger.get(f"/api/jobs/{job_id}/timeline")).status_code == 404


def _fans(headway: Headway) -> None:
    async def part(n: int) -> int:
        raise PermanentError("It broke")

    headway.step(part, name="part")

    @headway.job("fans", max_attempts=1)
    async def fans(ctx: Context, order: dict[str, str]) -> int:
        return len(await ctx.fan_out(part, [1, 2], keep_going=True))


@pytest.mark.parametrize("kind", ["puppet", "fans"])
async def test_a_retried_job_waits_from_the_end_of_its_earlier_attempts(start: Start, kind: str) -> None:
    site = await start(worker=False)
    _fans(site.headway)
    site.puppet("a").fail()
    job_id = (await site.client.post(f"/api/jobs/{kind}", json={"name": "a"})).json()["id"]

    async def spans(what: str) -> list[Span]:
        body = (await site.client.get(f"/api/jobs/{job_id}/timeline")).json()
        return [span for span in TimelineBody.model_validate(body).spans if span.what == what]

    await Worker(site.headway, once=True).run()
    first = await spans("attempt")
    assert (await site.client.post(f"/api/jobs/{job_id}/retry")).status_code == 202
    (waiting,) = await spans("wait")
    assert (waiting.from_, waiting.to) == (first[-1].to, None)
    site.puppet("a").finish()
    await Worker(site.headway, once=True).run()
    (waited,) = await spans("wait")
    assert waited.from_ == waiting.from_
    assert waited.to == (await spans("attempt"))[len(first)].from_


async def test_a_list_can_be_searched_and_titled(site: Site) -> None:
    found, other = await site.completed("needle"), await site.completed("hay")
    answer = (await site.client.get("/api/jobs", params={"q": "NEEDLE", "titles": True})).json()
    assert [job["id"] for job in answer["jobs"]] == [found]
    assert answer["titles"] == {found: "needle"}
    assert "titles" not in (await site.client.get(f"/api/jobs?q={other}")).json()


class Clock:
    """Seconds since the epoch, as the test says."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_what_costs_much_is_looked_up_seldom() -> None:
    clock = Clock()
    fresh = Fresh(clock)
    looks: list[float] = []

    async def look(cost_s: float = 0.0) -> int:
        looks.append(clock.now)
        clock.now += cost_s
        return len(looks)

    for wait_s, seen in ((0, 1), (4.9, 1), (0.2, 2)):
        clock.now += wait_s
        assert await fresh.get("cheap", look) == seen
    looks.clear()
    for wait_s, seen in ((0, 1), (99, 1), (2, 2)):
        clock.now += wait_s
        assert await fresh.get("dear", lambda: look(2.0)) == seen


async def test_the_pulse_is_kept_for_a_day_and_told_in_few_points(lite: Site) -> None:
    clock = Clock()
    pulse = Pulse(lite.headway.store, 15, clock)
    assert pulse.utilisation(300) is None
    while not await lite.headway.store.workers():  # noqa: ASYNC110 — its row comes a moment after the worker's start
        await asyncio.sleep(0.01)
    for _ in range(4):
        await pulse.beat()
        clock.now += EVERY_S
    assert pulse.utilisation(300) == 0
    assert len(pulse.series(4 * EVERY_S, 2)) == 2
    clock.now += KEPT_S
    await pulse.beat()
    assert len(pulse.series(2 * KEPT_S, 1000)) == 1
