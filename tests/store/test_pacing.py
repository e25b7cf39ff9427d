"""Lanes on either database: what one worker hears, all heed."""

import asyncio

import pytest
from tests.conftest import Clock

from headway.core.pacing import NO_LIMITS, Rates, Turn
from headway.store import Store

pytestmark = pytest.mark.anyio
LANE = ("gemini", "m1")


async def turn(store: Store, rates: Rates = NO_LIMITS, lane: tuple[str, str] = LANE) -> Turn:
    return await store.turn(*lane, rates, 10, probe_ms=5_000)


async def test_a_pause_is_heeded_until_its_time_and_by_that_model_only(store: Store, clock: Clock) -> None:
    assert await store.heard(*LANE, "busy", wait_ms=30_000) == 30_000
    paused = await turn(store)
    assert 29_000 < paused.wait_ms <= 30_000
    assert (await turn(store, lane=("gemini", "m2"))).wait_ms == 0
    clock.advance(31)
    assert (await turn(store)).wait_ms == 0


async def test_turns_taken_at_once_are_taken_one_after_another(store: Store) -> None:
    turns = await asyncio.gather(*(turn(store, Rates(600)) for _ in range(60)))
    waits = sorted(each.wait_ms for each in turns)
    assert waits[:20] == [0] * 20
    assert len(set(waits)) > 30


async def test_failures_in_a_row_pause_the_lane_and_an_answer_opens_it(store: Store, clock: Clock) -> None:
    for _ in range(4):
        assert await store.heard(*LANE, "failed") == 0
    assert await store.heard(*LANE, "failed") > 0
    assert (await turn(store)).reason == "down"
    clock.advance(11)
    assert (await turn(store)).wait_ms == 0  # the probe
    assert (await turn(store)).reason == "probe"
    assert await store.heard(*LANE, "alive") == 0
    assert (await turn(store)).wait_ms == 0


async def test_a_lane_without_rates_and_trouble_is_not_written(store: Store) -> None:
    assert (await turn(store)).wait_ms == 0
    assert await store.heard(*LANE, "alive") == 0
    assert await store.read(lambda r: r.rows("lane", provider=LANE[0], model=LANE[1])) == []
