"""kill -9 under a book of two hundred chunks: it completes, nothing is bought twice, no neighbour is condemned."""

import asyncio
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from tests.apps.novel import mill
from tests.system.faults.crew import Crew, until
from tests.system.novel.conftest import submit

from headway.store import Snapshot, Store
from headway.testing.upstream import Question, Upstream

pytestmark = [pytest.mark.anyio, pytest.mark.long]


def whole(question: Question) -> str:
    """Every sentence as it stands: one call a chunk."""
    return mill.said(
        {
            n: [text if text.rstrip("» ").endswith((".", "!", "?", "…")) else f"{text}."]
            for n, text in mill.asked(question).items()
        }
    )


class Watch:
    """Every snapshot of a job that can be seen; no percentage, no version may fall."""

    def __init__(self, view: Store, job_id: str) -> None:
        self._view, self._id = view, job_id
        self.last: Snapshot | None = None

    async def look(self) -> Snapshot:
        snapshot = await self._view.snapshot(self._id)
        assert snapshot is not None
        if self.last is not None:
            assert snapshot.percent >= self.last.percent
            assert snapshot.version >= self.last.version
            assert (snapshot.processed_chunks or 0) >= (self.last.processed_chunks or 0)
        self.last = snapshot
        return snapshot

    async def until_ended(self) -> Snapshot:
        async def ended() -> Snapshot | None:
            snapshot = await self.look()
            return snapshot if snapshot.finished else None

        return await until(self._view, ended, within_s=900)


async def bought(view: Store, job_id: str, upstream: Upstream, chunks: int) -> Counter[str | None]:
    """Check the calls against the upstream's own log; gives their outcomes."""
    calls = await view.calls(job_id) or []
    outcomes: Counter[str | None] = Counter(call.outcome for call in calls)
    assert set(outcomes) <= {"succeeded", None}, outcomes
    assert outcomes["succeeded"] == chunks, outcomes
    paid = Counter(call.key for call in calls if call.outcome == "succeeded")
    assert max(paid.values()) == 1, "a settled call was bought again"
    # A call whose worker died between its row and its request never arrived: it is in doubt all the same.
    assert chunks <= upstream.begun <= len(calls)
    return outcomes


async def test_twenty_kills_of_every_worker_change_nothing_about_a_book(
    hands: Crew, view: Store, large: bytes, tmp_path: Path
) -> None:
    chance = random.Random(20261122)
    async with Upstream(answer=whole, delay_s=0.4) as upstream:
        hands.ask(upstream.url_for("openai"))
        hands.more |= {"HEADWAY_CONCURRENCY": "25"}
        job_id = await submit(view, large, tmp_path, sentence_length_limit=50)
        watch = Watch(view, job_id)
        for _ in range(2):
            hands.hire()

        async def planned() -> int | None:
            return (await watch.look()).total_chunks

        chunks = await until(view, planned)
        assert 180 <= chunks <= 260
        for n in range(20):
            mark = int(chunks * (n + chance.random()) / 22)

            async def grown(mark: int = mark) -> bool:
                snapshot = await watch.look()
                return snapshot.finished or (snapshot.processed_chunks or 0) >= mark

            await until(view, grown)
            await upstream.until_received(upstream.received + 1)
            for worker in list(hands.processes):
                hands.kill(worker)
            for _ in range(2):
                hands.hire()
        snapshot = await watch.until_ended()
        assert snapshot.status == "completed", (snapshot.error, snapshot.failed_chunks)
        assert snapshot.failed_chunks == []
        outcomes = await bought(view, job_id, upstream, chunks)
    assert outcomes[None] > 0, "every kill hit workers that asked for nothing"
    found = await view.result(job_id)
    assert found is not None
    result = json.loads(found[1] or "null")
    async with Upstream(answer=whole) as calm:
        hands.ask(calm.url_for("openai"))
        for worker in list(hands.processes):
            hands.kill(worker)
        hands.hire()
        other = await submit(view, large, tmp_path, sentence_length_limit=50)
        undisturbed = await Watch(view, other).until_ended()
        assert undisturbed.status == "completed"
        same = await view.result(other)
        assert same is not None
        assert json.loads(same[1] or "null") == result
    assert await view.audit() == []


async def test_a_chunk_that_kills_its_process_fails_alone(
    hands: Crew, view: Store, large: bytes, tmp_path: Path
) -> None:
    hands.more |= {"KILLS": "1", "HEADWAY_AI": "offline"}
    job_id = await submit(view, large, tmp_path)
    watch = Watch(view, job_id)
    keeper = asyncio.create_task(_keep(hands))
    try:
        snapshot = await watch.until_ended()
    finally:
        keeper.cancel()
    assert snapshot.status == "completed", (snapshot.error, snapshot.failed_chunks)
    assert len(snapshot.failed_chunks) == 1
    chunks = await view.chunks(job_id) or []
    (failed,) = [chunk for chunk in chunks if chunk.state == "failed"]
    assert failed.error is not None
    assert failed.error["type"] == "poison"
    found = await view.result(job_id)
    assert found is not None
    result = json.loads(found[1] or "null")
    assert [one["chunk"] for one in result["failed_chunks"]] == [failed.part]
    assert await view.audit() == []


async def _keep(hands: Crew) -> None:
    """Two workers, whatever dies."""
    while True:
        for worker in list(hands.processes):
            if worker.poll() is not None:
                hands.processes.remove(worker)
        while len(hands.processes) < 2:
            hands.hire()
        await asyncio.sleep(0.1)
