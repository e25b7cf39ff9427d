"""Figures of the installation, on both stores."""

import pytest
from tests.conftest import Clock
from tests.store.verbs import claim, finish, running, submit

from headway.core.pacing import DOWN_AFTER
from headway.core.states import Event
from headway.store import Store
from headway.store.figures import quantile

pytestmark = pytest.mark.anyio


async def test_windows_count_what_was_accepted_and_how_it_ended(store: Store, clock: Clock) -> None:
    done, broken = await running(store), await running(store)
    clock.advance(4)
    await finish(store, done)
    await finish(store, broken, Event.GIVE_UP, error='{"type": "Broken", "message": "It broke"}')
    await submit(store)
    found = await store.windows()
    assert list(found) == ["5m", "1h", "24h"]
    for window in found.values():
        assert (window.accepted, window.completed, window.failed, window.cancelled) == (3, 1, 1, 0)
        assert window.work_p50_s is not None
        assert 4 <= window.work_p50_s < 6
        assert window.wait_p95_s is not None
        assert 0 <= window.wait_p95_s < 2


async def test_windows_of_an_empty_installation_have_no_times(store: Store) -> None:
    day = (await store.windows())["24h"]
    assert (day.accepted, day.completed, day.wait_p50_s, day.work_p95_s) == (0, 0, None, None)


async def test_the_queue_is_told_by_kind(store: Store) -> None:
    await submit(store)
    await submit(store)
    await claim(store)
    await submit(store, kind="novel", scheduled_at=2**50)
    found = {row.kind: row for row in await store.queue_now()}
    assert (found["essay"].ready, found["essay"].leased) == (1, 1)
    assert found["essay"].oldest_s is not None
    assert (found["novel"].waiting, found["novel"].oldest_s) == (1, None)


async def test_failures_are_gathered_by_their_error(store: Store) -> None:
    for _ in range(3):
        await finish(store, await running(store), Event.GIVE_UP, error='{"type": "A", "message": "often"}')
    await finish(store, await running(store), Event.GIVE_UP, error='{"type": "B", "message": "once"}')
    found = await store.failures()
    assert [(row.count, row.error) for row in found] == [
        (3, {"type": "A", "message": "often"}),
        (1, {"type": "B", "message": "once"}),
    ]
    assert await store.snapshot(found[0].last_id) is not None


async def test_lanes_say_whether_a_model_may_be_asked(store: Store, clock: Clock) -> None:
    await store.heard("gemini", "busy", "busy", wait_ms=60_000)
    for _ in range(DOWN_AFTER):
        await store.heard("gemini", "down", "failed")
    found = {row.model: row for row in await store.lanes()}
    now = found["busy"].lane.paused_until - 1
    assert found["busy"].state(now) == "paused"
    assert found["busy"].state(now + 2) == "open"
    assert found["down"].state(now) == "down"


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3000, 1000, 2000], 0.5) == 2.0
    assert quantile(list(range(0, 100_000, 1000)), 0.95) == 95.0
