"""A connection that is lost around a COMMIT: what was handed over is there once, and is told as it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

import pytest
from tests.store.faults import Away, FaultyDriver
from tests.store.paying import FLAT, reserved
from tests.store.stepped import Bench, act, claim
from tests.store.verbs import claim as claim_now
from tests.store.verbs import finish, new_job, running

from headway.core.states import Event, Status, Transition
from headway.store import Store
from headway.store.accounts import MOST_TOKENS
from headway.store.intents import (
    Checkpoint,
    Finish,
    Log,
    Progress,
    Submit,
    Submitted,
)
from headway.store.sessions import Refreshed
from headway.store.store import driver_for

T = TypeVar("T")


@pytest.fixture(params=["commit", "committed"])
def cut(request: pytest.FixtureRequest, bench: Bench) -> Any:
    """Cuts the connection just before the next COMMIT is sent, or just before its reply arrives."""
    return lambda: bench.driver.script.append((request.param, Away()))


def test_a_submission_whose_reply_was_lost_is_made_once(bench: Bench, cut: Any) -> None:
    cut()
    job = new_job()
    assert bench.now(Submit([job])) == [[Submitted(job.id, True)]]
    assert bench.depth() == (1, 0, 0)
    assert bench.driver.connections == 2


def test_a_claim_whose_reply_was_lost_is_read_back(bench: Bench, cut: Any) -> None:
    bench.now(Submit([new_job() for _ in range(5)]))
    cut()
    [tasks] = bench.now(claim(2))
    assert len(tasks) == 2
    assert bench.depth() == (3, 0, 2)
    assert [task.fence for task in tasks] == [1, 1]
    assert all(isinstance(bench.now(Finish(task, "w1", Event.SUCCEED))[0], Transition) for task in tasks)


def test_two_claims_of_one_lost_batch_are_told_apart(bench: Bench, cut: Any) -> None:
    bench.now(Submit([new_job() for _ in range(5)]))
    cut()
    one, two = bench.now(claim(2, "c1"), claim(2, "c2"))
    assert len({task.job_id for task in one + two}) == 4
    assert bench.depth() == (1, 0, 4)


@pytest.mark.parametrize(
    "event", [Event.SUCCEED, Event.FAIL, Event.SNOOZE, Event.INTERRUPT, Event.STOP, Event.DIE]
)
@pytest.mark.parametrize("cancelled", [False, True])
def test_an_end_whose_reply_was_lost_is_told_what_it_came_to(
    bench: Bench, cut: Any, event: Event, cancelled: bool
) -> None:
    task = bench.running(max_attempts=2)
    if cancelled:
        bench.now(act("cancel_flag", id=task.job_id, fence=1, by="ann"))
    version = bench.rows("versions", ids=f'["{task.job_id}"]')[0][1]
    cut()
    [move] = bench.now(Finish(task, "w1", event, result="1"))
    assert isinstance(move, Transition)
    assert bench.status(task.job_id) == move.status
    assert (move.status is Status.CANCELLED) is (cancelled or event is Event.STOP)
    assert bench.rows("versions", ids=f'["{task.job_id}"]')[0][1] == version + 1
    assert len(bench.rows("attempts_of", id=task.job_id)) == 1


def test_what_an_attempt_wrote_is_there_once_when_the_reply_was_lost(bench: Bench, cut: Any) -> None:
    task = bench.running()
    bench.now(Log(task.key, 1, "same"))
    cut()
    replies = bench.now(
        Log(task.key, 2, "same"),
        Log(task.key, 3, "other"),
        Checkpoint(task.key, "s", "0", "h", None, "1", 1),
        Progress(task.key, 10),
    )
    assert replies == [True] * 4
    assert bench.lines(task.job_id) == ["same", "same", "other"]
    assert bench.rows("versions", ids=f'["{task.job_id}"]')[0][1] == 3


@pytest.mark.anyio
@pytest.mark.parametrize("moment", ["commit", "committed"])
async def test_a_verb_whose_reply_was_lost_is_no_conflict(database_url: str, moment: Any) -> None:
    driver = FaultyDriver(driver_for(database_url))
    with closing(Store(driver)) as store:  # type: ignore[arg-type]  # delegates what it does not name
        store.start()
        task = await running(store)
        for verb in (
            partial(store.cancel, task.job_id, "ann", by="ann"),
            partial(finish, store, task),
            partial(store.retry, task.job_id, "ann"),
            partial(store.cancel, task.job_id, "ann", by="ann"),
            partial(store.create_share, task.job_id, "ann", 2**60),
            partial(store.delete, task.job_id, "ann"),
        ):
            driver.script = [(moment, Away())]
            await verb()
            assert driver.script == []
        assert await store.snapshot(task.job_id) is None


class Cutting(Store):
    """A store that loses its connection around the COMMIT of whatever it is asked next."""

    def __init__(self, url: str, moment: Any) -> None:
        self.faults = FaultyDriver(driver_for(url))
        super().__init__(self.faults)  # type: ignore[arg-type]  # delegates what it does not name
        self.start()
        self._moment = moment

    async def cut(self, asked: Callable[[], Awaitable[T]]) -> T:
        self.faults.script = [(self._moment, Away())]
        answer = await asked()
        assert self.faults.script == []
        return answer


@pytest.fixture(params=["commit", "committed"])
async def cutting(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Cutting]:
    with closing(Cutting(database_url, request.param)) as store:
        yield store


@pytest.mark.anyio
async def test_credits_whose_reply_was_lost_are_moved_once(cutting: Cutting) -> None:
    granted = await cutting.cut(lambda: cutting.grant("ann", 10, reason="x", by="op"))
    assert granted.balance == 10
    assert (await cutting.grant("ann", 10, reason="x", by="op")).balance == 20
    hold = await cutting.cut(lambda: cutting.hold("ann", "essay", 3, ttl_ms=10_000))
    assert (hold.reserved, hold.balance) == (3, 17)
    job_id = await reserved(cutting, 4, FLAT)
    [task] = await claim_now(cutting)
    await finish(cutting, task)
    assert (await cutting.purse("ann")).balance == 16
    _, purse = await cutting.cut(lambda: cutting.refund(job_id, None, reason="y", by="op"))
    assert (purse.balance, purse.reserved) == (17, 3)
    assert await cutting.audit() == []


@pytest.mark.anyio
async def test_a_hold_of_nothing_whose_reply_was_lost_is_there_once(cutting: Cutting) -> None:
    hold = await cutting.cut(lambda: cutting.hold("ann", "essay", 0, ttl_ms=10_000))
    assert (hold.reserved, hold.balance) == (0, 0)


@pytest.mark.anyio
async def test_what_an_account_was_given_before_the_reply_was_lost_is_told_as_given(cutting: Cutting) -> None:
    await cutting.cut(
        lambda: cutting.add_invitation("i", email=None, role="user", made_by="op", expires_at=2**60)
    )
    cut_person = partial(cutting.add_person, name="Ann", role="user", email="a@b.c", password="1")
    assert await cutting.cut(lambda: cut_person(id="ann", invitation="i", identity=("google", "7")))
    assert await cutting.identity("google", "7") == "ann"
    for n in range(MOST_TOKENS - 1):
        await cutting.add_token("ann", "t", f"t{n}", "hw_")
    last = await cutting.cut(lambda: cutting.add_token("ann", "t", "last", "hw_"))
    assert len(await cutting.tokens("ann")) == MOST_TOKENS
    assert await cutting.cut(lambda: cutting.drop_token("ann", str(last.id))) == "last"
    await cutting.add_reset("ann", "r", 2**60)
    assert await cutting.cut(lambda: cutting.use_reset("r", "ann", "2"))
    assert not await cutting.use_reset("r", "ann", "3")
    await cutting.cut(lambda: cutting.note("ann", "tested"))
    assert len((await cutting.acts())[0]) == 1


@pytest.mark.anyio
async def test_a_refresh_whose_reply_was_lost_does_not_end_its_session(cutting: Cutting) -> None:
    await cutting.add_person(id="ann", name="Ann", role="user", email=None, password=None)
    session = await cutting.cut(lambda: cutting.open_program("ann", "r0", 2**60, "cli"))
    turned = await cutting.cut(lambda: cutting.refresh("r0", "r1", 2**60))
    assert turned == Refreshed("ann", session, False)
    assert await cutting.refresh("r1", "r2", 2**60) == Refreshed("ann", session, False)
    assert await cutting.cut(lambda: cutting.end_session_of("ann", session)) == f"program:{session}"


def test_a_file_and_a_session_whose_replies_were_lost_are_there_once(bench: Bench, cut: Any) -> None:
    file_id = new_job().id
    cut()
    replies = bench.now(
        act("add_file", id=file_id, owner="ann", name="n", filename="f", content_type="t"),
        act("add_block", id=file_id, n=0, data=b"x"),
        act("add_session", hash="h", id=file_id, agent="", account_id=None, csrf="c", expires_at=2**60),
    )
    assert not any(isinstance(reply, Exception) for reply in replies)
    assert bench.rows("loose_files", cutoff=2**60, n=9) == [(file_id,)]
