"""A thousand pages in bounded memory; a refusal that all workers heed; a cancel in the middle, over HTTP's own store."""

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from tests.apps.novel import books
from tests.system.faults.crew import Crew, until
from tests.system.novel.conftest import submit
from tests.system.novel.test_killed_novel import Watch, whole

from headway.store import Store
from headway.testing.upstream import Behaviour, Rule, Script, Upstream

pytestmark = [pytest.mark.anyio, pytest.mark.long]
MOST_MB = 400


def peak_mb(pid: int) -> int:
    """The most memory that a process has held."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) >> 10 if found else 0


async def test_a_thousand_pages_take_bounded_memory(
    hands: Crew, view: Store, story: Sequence[str], tmp_path: Path
) -> None:
    hands.more |= {"HEADWAY_AI": "offline", "HEADWAY_CONCURRENCY": "100"}
    hands.lease_s = 15.0
    worker = hands.hire()
    job_id = await submit(view, books.pages(story, 1_000), tmp_path)
    watch = Watch(view, job_id)
    peaks: dict[str, int] = {}

    async def ended() -> bool:
        peaks["worker"] = peak_mb(worker.pid)
        for child in psutil.Process(worker.pid).children():
            peaks["reader"] = max(peaks.get("reader", 0), peak_mb(child.pid))
        return (await watch.look()).finished

    await until(view, ended, within_s=1_800)
    assert watch.last is not None
    assert watch.last.status == "completed", watch.last.error
    found = await view.result(job_id)
    assert found is not None
    result = json.loads(found[1] or "null")
    assert (result["pages"], result["failed_chunks"]) == (1_000, [])
    assert result["coverage"] >= 0.98
    assert peaks["worker"] <= MOST_MB, peaks
    assert peaks["reader"] <= MOST_MB, peaks


async def test_no_worker_asks_before_the_time_that_one_of_them_was_told(
    hands: Crew, view: Store, story: Sequence[str], tmp_path: Path
) -> None:
    script = Script([Rule(Behaviour.RATE_LIMITED, after=30, times=1, wait_s=5.0)])
    async with Upstream(script, answer=whole, delay_s=0.2) as upstream:
        hands.ask(upstream.url_for("openai"))
        hands.more |= {"HEADWAY_CONCURRENCY": "4"}
        for _ in range(4):
            hands.hire()
        job_id = await submit(view, books.pages(story, 90), tmp_path, sentence_length_limit=50)
        snapshot = await Watch(view, job_id).until_ended()
        assert snapshot.status == "completed", (snapshot.error, snapshot.failed_chunks)
        entries = upstream.entries
    refused = next(entry for entry in entries if entry.did == "rate_limited")
    told = refused.at + refused.seconds
    late = sorted(entry.at - told for entry in entries if entry.at > told)
    soon = [gap for gap in late if gap < 5.0]
    assert all(gap < 0.5 for gap in soon), f"a worker asked while the model was to be left alone: {soon}"
    assert len(soon) <= 16, f"more than what was on its way: {soon}"


async def test_a_cancel_stops_every_worker_within_two_seconds(
    hands: Crew, view: Store, large: bytes, tmp_path: Path
) -> None:
    async with Upstream(answer=whole, delay_s=1.0) as upstream:
        hands.ask(upstream.url_for("openai"))
        hands.more |= {"HEADWAY_CONCURRENCY": "10"}
        for _ in range(2):
            hands.hire()
        job_id = await submit(view, large, tmp_path, sentence_length_limit=50)
        watch = Watch(view, job_id)

        async def some() -> bool:
            return ((await watch.look()).processed_chunks or 0) >= 20

        await until(view, some)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await view.cancel(job_id, "local", by="local")
        snapshot = await watch.until_ended()
        took = loop.time() - began
        received = upstream.received
        assert snapshot.status == "cancelled"
        assert took <= 2.0
        finished = await view.finished_chunks(job_id, "local") or []
        assert len(finished) == snapshot.processed_chunks >= 20
        await asyncio.wait_for(_idle(view), 30)
        assert upstream.received == received
    assert await view.audit() == []


async def _idle(view: Store) -> None:
    """Until every worker has said, after the end, that it runs nothing."""
    beats = {row.id: row.heartbeat_at for row in await view.workers()}

    async def rested() -> bool:
        rows = await view.workers()
        return all(row.running == 0 and row.heartbeat_at > beats[row.id] for row in rows)

    await until(view, rested)
