"""Claims of one job that ask the same at the same time: one is told to ask, the others whose answer to wait for."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, closing

import pytest
from tests.conftest import Clock
from tests.store.verbs import claim, finish, promote, rescue, running

from headway.core.states import Event
from headway.store import Store
from headway.store.calls import UnderWay
from headway.store.intents import Claimed, FanOut, OpenCall, SettleCall
from headway.store.sharing import Said

pytestmark = pytest.mark.anyio


async def chunks(store: Store, n: int) -> list[Claimed]:
    """`n` chunks of one job, each under a claim."""
    body = await running(store)
    rows: Sequence[dict[str, object]] = [
        {"part": p, "key": str(p), "input_hash": "h", "input": "[]", "ready": True} for p in range(1, n + 1)
    ]
    await store.do(FanOut(body.key, "step", rows, n, 0, 100, 3, fail_fast=False, capped=False))
    await finish(store, body, Event.PARK, for_chunks=True)
    return await claim(store, n)


def opening(task: Claimed, n: int = 0, hashed: str = "same", most: int | None = None) -> OpenCall:
    return OpenCall(task.key, "step", str(task.part), n, hashed, "openai", "m", most, 60_000)


async def open_call(
    store: Store, task: Claimed, n: int = 0, hashed: str = "same", most: int | None = None
) -> object:
    return await store.do(opening(task, n, hashed, most))


async def settle(store: Store, task: Claimed, n: int = 0, outcome: str | None = "succeeded") -> None:
    answer = "paid" if outcome == "succeeded" else None
    await store.do(SettleCall(task.key, "step", str(task.part), n, outcome, answer, None, 3, 4, 5))


async def said(store: Store, call: object) -> Said | None:
    assert isinstance(call, UnderWay)
    return await store.said(call.job_id, call.step, call.key, call.n)


async def test_who_asks_the_same_is_told_whose_answer_to_wait_for(store: Store) -> None:
    first, second, third = await chunks(store, 3)
    assert await open_call(store, first) is True
    call = await open_call(store, second)
    assert isinstance(call, UnderWay)
    assert (call.part, call.fence, call.step, call.key, call.n) == (first.part, 1, "step", str(first.part), 0)
    assert await said(store, call) is None
    await settle(store, first)
    assert await said(store, call) == ("succeeded", "paid", "m", 3, 4)
    [row] = await store.calls(first.job_id) or []
    assert (row.shares, row.cost_micros) == (1, 5)
    assert await open_call(store, third) is True  # it is no longer under way


async def test_another_question_and_another_job_are_calls_of_their_own(store: Store) -> None:
    first, second = await chunks(store, 2)
    stranger = await running(store)
    assert await open_call(store, first) is True
    assert await open_call(store, second, hashed="other") is True
    assert await open_call(store, stranger) is True


async def test_many_at_once_on_several_connections_are_one_request_a_question(
    store: Store, database_url: str
) -> None:
    tasks = await chunks(store, 6)
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(Store.open(database_url))) for _ in range(2)]
        for each in stores:
            each.start()
        for question in "abcdefgh":
            opened = await asyncio.gather(
                *(
                    open_call(stores[n % 2], task, hashed=question, n=ord(question))
                    for n, task in enumerate(tasks)
                )
            )
            assert sum(each is True for each in opened) == 1
            assert len({each for each in opened if isinstance(each, UnderWay)}) == 1
    rows = await store.calls(tasks[0].job_id) or []
    assert [row.shares for row in rows] == [5] * 8


async def test_one_of_those_who_waited_for_a_dead_worker_asks_in_its_place(
    store: Store, clock: Clock, database_url: str
) -> None:
    first, *others = await chunks(store, 4)
    assert await open_call(store, first) is True
    call = await open_call(store, others[0])
    clock.advance(16)
    assert await rescue(store) == 4
    await promote(store)
    first, *others = sorted(await claim(store, 4, worker="w2"), key=lambda task: task.part)
    assert await said(store, call) == Said(None, None, "m")
    with closing(Store.open(database_url, shift=clock)) as second:
        second.start()
        opened = await asyncio.gather(
            *(open_call(each, task, n=1) for each, task in zip([store, second, store], others, strict=True))
        )
    assert sum(each is True for each in opened) == 1
    assert all(isinstance(each, UnderWay) for each in opened if each is not True)
    assert isinstance(await open_call(store, first, n=1), UnderWay)
    assert [row.outcome for row in await store.calls(first.job_id) or []] == [None, None]


async def test_a_late_worker_still_settles_the_call_that_was_given_up(store: Store, clock: Clock) -> None:
    late, _ = await chunks(store, 2)
    await open_call(store, late)
    clock.advance(16)
    await rescue(store)
    await promote(store)
    owner, other = sorted(await claim(store, 2, worker="w2"), key=lambda task: task.part)
    assert await open_call(store, other) is True
    await settle(store, late)
    rows = {row.key: row.outcome for row in await store.calls(owner.job_id) or []}
    assert rows == {str(owner.part): "succeeded", str(other.part): None}


@pytest.mark.parametrize("outcome", ["transient", None])
async def test_who_waited_for_what_came_to_nothing_asks_again(store: Store, outcome: str | None) -> None:
    first, second = await chunks(store, 2)
    await open_call(store, first)
    call = await open_call(store, second)
    await settle(store, first, outcome=outcome)
    found = await said(store, call)
    assert found is not None
    assert (found.outcome, found.answer) == (outcome, None)
    assert await open_call(store, second, n=1) is True
    assert isinstance(await open_call(store, first, n=1), UnderWay)


async def test_nobody_waits_for_a_call_of_its_own(store: Store) -> None:
    [task] = await chunks(store, 1)
    assert await open_call(store, task, 0) is True
    assert await open_call(store, task, 1) is True
    assert await store.join_call(task.key, "same") is None


async def test_an_opening_whose_reply_was_lost_is_told_again(store: Store) -> None:
    first, second = await chunks(store, 2)
    assert [await open_call(store, first) for _ in range(2)] == [True, True]
    assert isinstance(await open_call(store, second), UnderWay)
    [row] = await store.calls(first.job_id) or []
    assert row.shares == 1


async def test_who_can_share_needs_no_room_at_the_provider(store: Store) -> None:
    first, second, third = await chunks(store, 3)
    assert await open_call(store, first, most=1) is True
    assert await open_call(store, second, hashed="other", most=1) is False
    assert isinstance(await open_call(store, third, most=1), UnderWay)


async def test_who_waits_for_its_turn_may_join_what_is_under_way(store: Store) -> None:
    first, second = await chunks(store, 2)
    assert await store.join_call(second.key, "same") is None
    await open_call(store, first)
    joined = await store.join_call(second.key, "same")
    assert joined is not None
    assert joined.part == first.part
    await settle(store, first)
    assert await store.join_call(second.key, "same") is None
    [row] = await store.calls(first.job_id) or []
    assert row.shares == 1


async def test_the_worker_that_started_last_says_how_much_a_provider_takes(store: Store) -> None:
    first, second, third = await chunks(store, 3)
    await store.limit_provider("openai", 1)
    assert await open_call(store, first, hashed="a", most=5) is True
    assert await open_call(store, second, hashed="b", most=5) is False
    assert await store.is_full("openai", 5, 60_000)
    await store.limit_provider("openai", 2)
    assert await open_call(store, second, hashed="b", most=1) is True
    assert await open_call(store, third, hashed="c", most=5) is False
    await store.limit_provider("openai", None)
    assert not await store.is_full("openai", 3, 60_000)
    assert await open_call(store, third, hashed="c", most=3) is True
