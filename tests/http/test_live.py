"""The hub: one look for all watchers, hints at once, polling when hints are lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from headway.core.errors import StoreUnavailable
from headway.core.states import Status
from headway.http.live import Hub
from headway.store import Snapshot
from headway.store.driver import Hint

pytestmark = pytest.mark.anyio

BASE = Snapshot(
    id="a",
    kind="k",
    owner="o",
    status=Status.PROCESSING,
    percent=0,
    step=None,
    total_chunks=None,
    processed_chunks=None,
    failed_chunks=[],
    cancel_requested=False,
    tries=0,
    max_attempts=1,
    version=1,
    error=None,
    created_at=0,
    scheduled_at=None,
    started_at=0,
    finished_at=None,
    cancelled_by=None,
    credits=None,
    running=True,
    ready=False,
    queue="default",
)


class Jobs:
    """A feed in memory that counts what it is asked."""

    def __init__(self) -> None:
        self.jobs: dict[str, Snapshot] = {}
        self.version_questions: list[list[str]] = []
        self.snapshot_questions: list[list[str]] = []
        self.away = False
        self.listeners: list[Callable[[set[Hint]], None]] = []

    def subscribe(self, listener: Callable[[set[Hint]], None], /) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def put(self, job_id: str, version: int, **changes: object) -> Snapshot:
        self.jobs[job_id] = replace(BASE, id=job_id, version=version, **changes)  # type: ignore[arg-type]
        return self.jobs[job_id]

    async def versions(self, ids: list[str], /) -> dict[str, int]:
        self.version_questions.append(ids)
        if self.away:
            raise StoreUnavailable()
        return {job_id: self.jobs[job_id].version for job_id in ids if job_id in self.jobs}

    async def snapshots(self, ids: list[str], /) -> dict[str, Snapshot]:
        self.snapshot_questions.append(ids)
        return {job_id: self.jobs[job_id] for job_id in ids if job_id in self.jobs}


@pytest.fixture
def feed() -> Jobs:
    return Jobs()


@pytest.fixture
async def hub(feed: Jobs) -> AsyncIterator[Hub]:
    """Polls so rarely that only hints move it."""
    hub = Hub(feed, lambda snapshot: None, poll_s=60)
    hub.start()
    yield hub
    await hub.close()


async def test_a_hint_brings_the_news_to_everyone_with_one_question(hub: Hub, feed: Jobs) -> None:
    watches = [hub.watch(job_id) for job_id in ("a", "a", "b", "c")]
    for watch in watches:
        watch.__enter__().begin(feed.jobs.get(watch._job_id) or feed.put(watch._job_id, 1))
    feed.put("a", 2)
    feed.put("c", 5)
    hub.hint({"change"})
    frames = await asyncio.gather(watches[0].next(5), watches[1].next(5), watches[3].next(5))
    assert [frame.snapshot.version for frame in frames if frame] == [2, 2, 5]
    assert frames[0] is frames[1]
    assert [sorted(ids) for ids in feed.version_questions] == [["a", "b", "c"]]
    assert [sorted(ids) for ids in feed.snapshot_questions] == [["a", "c"]]
    assert await watches[2].next(0.01) is None


async def test_without_watchers_nothing_is_asked(hub: Hub, feed: Jobs) -> None:
    feed.put("a", 1)
    with hub.watch("a") as watch:
        watch.begin(feed.jobs["a"])
    hub.hint({"change"})
    for _ in range(20):
        await asyncio.sleep(0)
    assert feed.version_questions == []
    assert feed.listeners == []
    assert hub.watchers == 0


async def test_lost_hints_cost_only_time(feed: Jobs) -> None:
    hub = Hub(feed, lambda snapshot: None, poll_s=0.02)
    hub.start()
    with hub.watch("a") as watch:
        watch.begin(feed.put("a", 1))
        feed.put("a", 2)
        frame = await watch.next(5)
    assert frame is not None
    assert frame.snapshot.version == 2
    await hub.close()


async def test_a_hint_about_work_alone_is_no_news(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as watch:
        watch.begin(feed.put("a", 1))
        hub.hint({"work"})
        assert await watch.next(0.05) is None
    assert feed.version_questions == []


async def test_versions_never_fall(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as first, hub.watch("a") as late:
        first.begin(feed.put("a", 7))
        stale = late.begin(replace(BASE, version=5))
        assert stale.snapshot.version == 7


async def test_a_slow_watcher_skips_to_the_newest(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as slow, hub.watch("a") as quick:
        slow.begin(feed.put("a", 1))
        quick.begin(feed.jobs["a"])
        for version in (2, 3, 4):
            feed.put("a", version, status=Status.COMPLETED if version == 4 else Status.PROCESSING)
            hub.hint({"change"})
            frame = await quick.next(5)
            assert frame is not None
            assert frame.snapshot.version == version
        last = await slow.next(5)
    assert last is not None
    assert last.snapshot.version == 4


async def test_a_deleted_job_ends_its_watches(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as watch:
        watch.begin(feed.put("a", 1))
        del feed.jobs["a"]
        hub.hint({"change"})
        assert await watch.next(5) is None
        assert watch.over


async def test_watching_survives_an_outage_of_the_store(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as watch:
        watch.begin(feed.put("a", 1))
        feed.away = True
        hub.hint({"change"})
        assert await watch.next(0.05) is None
        feed.away = False
        feed.put("a", 2)
        hub.hint({"change"})
        frame = await watch.next(5)
    assert frame is not None
    assert len(feed.version_questions) == 2


async def test_a_drain_wakes_everyone_at_once(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as watch:
        watch.begin(feed.put("a", 1))
        waiting = asyncio.create_task(watch.next(60))
        await asyncio.sleep(0)
        hub.drain()
        assert await waiting is None
        assert watch.over


async def test_a_place_in_the_queue_is_news_of_the_same_version(hub: Hub, feed: Jobs) -> None:
    with hub.watch("a") as watch:
        watch.begin(feed.put("a", 1, status=Status.PENDING, queue_position=9))
        feed.put("a", 1, status=Status.PENDING, queue_position=4)
        hub.hint({"change"})
        frame = await watch.next(5)
    assert frame is not None
    assert (frame.snapshot.version, frame.snapshot.queue_position) == (1, 4)
    assert b'"queue_position":4' in frame.body("en")
