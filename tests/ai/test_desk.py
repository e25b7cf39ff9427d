"""What a context knows of questions that were asked before it: on a real store, through real verbs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from tests.conftest import Clock
from tests.store.verbs import claim, promote, rescue, running

from headway.ai.provider import Answer
from headway.engine.desk import CallDesk
from headway.store import CallRow, Store
from headway.store.intents import Claimed, OpenCall, SettleCall

pytestmark = pytest.mark.anyio
HERE = ("step", "0")


@dataclass
class Port:
    """The part of a port that looks calls up."""

    store: Store
    job_id: str

    async def calls(self) -> Sequence[CallRow]:
        return await self.store.calls(self.job_id) or []


async def desk(store: Store, job_id: str) -> CallDesk:
    async def nothing(*args: object) -> None:
        raise AssertionError("nothing is waited for or asked here")

    port = Port(store, job_id)
    return CallDesk(port, job_id, await port.calls(), nothing, nothing)  # type: ignore[arg-type]  # only `calls` is used


async def buy(store: Store, task: Claimed, n: int = 0, hashed: str = "h") -> None:
    await store.do(OpenCall(task.key, *HERE, n, hashed, "openai", "m"))


async def settle(store: Store, task: Claimed, n: int = 0, text: str = "paid", shares: int = 0) -> None:
    await store.do(SettleCall(task.key, *HERE, n, "succeeded", text, None, 3, 4, 5, shares))


async def taken_over(store: Store, clock: Clock) -> Claimed:
    """The same job under its next owner."""
    clock.advance(20)
    assert await rescue(store) == 1
    await promote(store)
    [task] = await claim(store, worker="w2")
    return task


async def test_a_late_worker_settles_its_call_and_the_next_owner_uses_it(store: Store, clock: Clock) -> None:
    late = await running(store)
    await buy(store, late)
    owner = await taken_over(store, clock)
    known = await desk(store, owner.job_id)
    assert [row.outcome for row in known.recorded] == [None]
    await settle(store, late)
    found = await known.settled(HERE, "h")
    assert found is not None
    assert (found.text, found.usage.input_tokens) == ("paid", 3)


async def test_what_is_still_in_doubt_is_bought_under_the_next_number(store: Store, clock: Clock) -> None:
    late = await running(store)
    await buy(store, late)
    owner = await taken_over(store, clock)
    known = await desk(store, owner.job_id)
    assert await known.settled(HERE, "h") is None
    assert known.next_call(HERE).n == 1


async def test_an_answer_is_given_as_often_as_it_was_bought_or_shared(store: Store) -> None:
    task = await running(store)
    await buy(store, task, 0)
    await settle(store, task, 0, "first", shares=1)
    await buy(store, task, 1)
    await settle(store, task, 1, "second")
    known = await desk(store, task.job_id)
    given: list[Answer | None] = [await known.settled(HERE, "h") for _ in range(4)]
    assert [answer and answer.text for answer in given] == ["first", "second", "first", None]


async def test_another_question_finds_nothing(store: Store) -> None:
    task = await running(store)
    await buy(store, task)
    await settle(store, task)
    known = await desk(store, task.job_id)
    assert await known.settled(HERE, "other") is None
    assert await known.settled(("step", "1"), "h") is None
