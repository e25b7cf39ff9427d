"""Group commit, stepped by hand over a real database that fails on demand."""

import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from tests.conftest import Clock
from tests.store.faults import Away, FaultyDriver, Passing
from tests.store.verbs import LEASE_MS, finish, new_job, running

from headway.core.errors import Conflict, LeaseLost, Overloaded, StoreUnavailable
from headway.core.ids import new_id
from headway.core.states import Event, Status, Transition
from headway.store import Store
from headway.store.committer import BATCH_ROWS, PATIENCE_S, Committer
from headway.store.driver import Hint, Writer
from headway.store.intents import (
    Act,
    Checkpoint,
    Claim,
    Claimed,
    Finish,
    Heartbeat,
    Intent,
    Log,
    NewJob,
    Progress,
    SettleCall,
    Submit,
    Submitted,
)
from headway.store.store import driver_for


class Bench:
    """A committer without its thread: `put` what you like, `step` it, look at the replies."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.store = Store.open(url, shift=clock)
        self.driver = FaultyDriver(driver_for(url, clock))
        self.seconds = 0.0
        self.jitter: list[tuple[float, float]] = []
        self.hints: list[set[Hint]] = []
        self.committer = Committer(
            self.driver,  # type: ignore[arg-type]  # delegates what it does not name
            lambda replies: [reply(result) for reply, result in replies],  # type: ignore[arg-type,return-value]
            self.hints.append,
            clock=lambda: self.seconds,
            uniform=self.draw,
            queue_rows=2_800,
            queue_bytes=10 << 20,
        )

    def draw(self, low: float, high: float) -> float:
        self.jitter.append((low, high))
        return high

    def put(self, *intents: Intent) -> list[Any]:
        """Hand intents over; the list fills with their results as they are answered."""
        replies: list[Any] = [None] * len(intents)
        for place, intent in enumerate(intents):
            self.committer.put(intent, lambda result, place=place: replies.__setitem__(place, result))  # type: ignore[misc]
        return replies

    def steps(self) -> None:
        """Step until nothing is left to do at once."""
        while self.committer.step():
            pass

    def now(self, *intents: Intent) -> list[Any]:
        replies = self.put(*intents)
        self.steps()
        return replies

    def running(self, **more: Any) -> Claimed:
        [_, [task]] = self.now(Submit([new_job(**more)]), Claim("w1", new_id(), ("default",), 1, LEASE_MS))
        return task

    def rows(self, name: str, **params: Any) -> Any:
        return self.store.read_sync(lambda r: r.rows(name, **params))

    def lines(self, job_id: str) -> list[str]:
        return [row[2] for row in self.rows("log_of", id=job_id, after=0, n=100)]

    def status(self, job_id: str) -> str:
        return str(self.rows("snapshot", id=job_id, owner=None)[0][3])

    def depth(self) -> tuple[int, int, int]:
        ready, waiting, leased, _ = self.rows("depth")[0]
        return (ready, waiting, leased)


@pytest.fixture
def bench(database_url: str, clock: Clock) -> Iterator[Bench]:
    bench = Bench(database_url, clock)
    with closing(bench.store):
        yield bench
        bench.driver.is_gone = False
        bench.committer.close()
        bench.driver.close()
        assert bench.rows("audit_3_body") == bench.rows("audit_3_wake") == []


def bad() -> Submit:
    """What the database refuses: an owner is required."""
    return Submit([NewJob(new_job().id, None, "essay", "{}")])  # type: ignore[arg-type]


def claim(n: int, claim_id: str = "c") -> Claim:
    return Claim("w1", claim_id, ("default",), n, LEASE_MS)


def act(query: str, /, **params: Any) -> Act[int]:
    return Act(lambda w: w.run(query, **params))


# -- one transaction ---------------------------------------------------------------------------------------


def test_a_batch_is_one_transaction(bench: Bench) -> None:
    bench.now(*(Submit([new_job()]) for _ in range(50)))
    assert bench.driver.commits == 1


def test_nobody_is_answered_before_the_commit(bench: Bench) -> None:
    replies = bench.put(Submit([new_job()]), Submit([new_job()]))
    bench.driver.script = [("commit", lambda: replies.append(list(replies)))]
    bench.steps()
    assert replies[2] == [None, None]
    assert all(isinstance(submitted, Submitted) for [submitted] in replies[:2])


def test_within_a_batch_submissions_come_first_and_claims_last(bench: Bench) -> None:
    task = bench.running()
    job = new_job()
    replies = bench.now(
        claim(9),
        Finish(task, "w1", Event.INTERRUPT),
        Progress(task.key, 70),
        Checkpoint(task.key, "s", "0", "h", None, "1", 1),
        Submit([job]),
    )
    assert {taken.job_id: taken.percent for taken in replies[0]} == {task.job_id: 70, job.id: 0}
    assert bench.driver.commits == 2


def test_a_batch_is_bounded_in_rows(bench: Bench) -> None:
    bench.put(*(Submit([new_job() for _ in range(400)]) for _ in range(7)))
    bench.committer.step()
    assert bench.depth()[0] <= BATCH_ROWS + 400
    bench.steps()
    assert bench.depth()[0] == 2_800


def test_a_batch_is_bounded_in_bytes(bench: Bench) -> None:
    bench.put(*(Submit([new_job(input=f'"{"x" * (3 << 20)}"')]) for _ in range(3)))
    bench.committer.step()
    assert bench.depth()[0] == 2
    bench.steps()
    assert bench.depth()[0] == 3


def test_two_ends_of_one_task_go_to_successive_batches(bench: Bench) -> None:
    task, other = bench.running(), bench.running()
    replies = bench.put(
        Finish(task, "w1", Event.SNOOZE),
        Finish(task, "w1", Event.SUCCEED),
        Finish(other, "w1", Event.SUCCEED),
    )
    bench.committer.step()
    assert [reply and reply.status for reply in replies] == [Status.PROCESSING, None, Status.COMPLETED]
    bench.steps()
    assert isinstance(replies[1], LeaseLost)


def test_heartbeats_overtake_what_is_queued(bench: Bench) -> None:
    task = bench.running()
    bench.put(*(Submit([new_job() for _ in range(400)]) for _ in range(5)))
    [held] = bench.put(Heartbeat("w1", LEASE_MS, [task.key]))
    assert held is None
    replies = bench.put(Heartbeat("w1", LEASE_MS, [task.key]))
    bench.committer.step()
    assert replies == [{task.key: False}]


def test_hints_are_given_after_the_commit_and_only_for_what_they_say(bench: Bench) -> None:
    bench.now(Submit([new_job()]))
    bench.now(claim(1))
    bench.now(claim(1, "c2"))
    bench.now(act("forget_workers", cutoff=0))
    assert bench.hints == [{"work", "change"}, {"change"}]


def test_a_refusal_inside_an_act_undoes_it_alone(bench: Bench) -> None:
    job = new_job()

    def refuse(writer: Writer) -> None:
        writer.run("add_file", id=job.id, owner="ann", name="n", filename="f", content_type="t")
        raise Conflict

    replies = bench.now(Submit([job]), Act(refuse), act("forget_workers", cutoff=0))
    assert isinstance(replies[1], Conflict)
    assert replies[2] == 0
    assert bench.driver.commits == 1
    assert bench.rows("loose_files", cutoff=2**60, n=9) == []
    assert bench.status(job.id) == "pending"


# -- a culprit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 3, 6])
def test_a_bad_intent_fails_alone_and_the_others_keep_their_order(bench: Bench, place: int) -> None:
    task = bench.running()
    intents: list[Intent] = [Log(task.key, 1, str(n)) for n in range(6)]
    intents.insert(place, bad())
    replies = bench.now(*intents)
    assert isinstance(replies.pop(place), Exception)
    assert replies == [True] * 6
    assert bench.lines(task.job_id) == list("012345")


def test_several_bad_intents_fail_alone(bench: Bench) -> None:
    replies = bench.now(bad(), Submit([new_job()]), bad(), Submit([new_job()]), bad())
    assert [isinstance(reply, Exception) for reply in replies] == [True, False, True, False, True]
    assert bench.depth() == (2, 0, 0)


def test_a_surrogate_in_one_essay_hurts_nobody_else(bench: Bench) -> None:
    replies = bench.now(Submit([new_job()]), Submit([new_job(input='"\ud800"')]), Submit([new_job()]))
    assert [isinstance(reply, Exception) for reply in replies] == [False, True, False]


# -- a lost connection -------------------------------------------------------------------------------------


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


# -- an outage ---------------------------------------------------------------------------------------------


def test_what_workers_write_survives_an_outage_in_order_and_impatient_people_are_refused(
    bench: Bench,
) -> None:
    task = bench.running()
    bench.driver.is_gone = True
    kept = bench.put(Log(task.key, 1, "first"), Log(task.key, 2, "second"), Progress(task.key, 50))
    asked = bench.put(Submit([new_job()]), act("forget_workers", cutoff=0), claim(1, "c2"))
    assert bench.committer.step() > 0
    assert asked == [None] * 3
    bench.seconds = PATIENCE_S + 0.1
    patient = bench.put(Submit([new_job()]), Log(task.key, 3, "third"))
    assert bench.committer.step() > 0
    assert all(isinstance(reply, StoreUnavailable) for reply in asked)
    assert kept + patient == [None] * 5
    bench.driver.is_gone = False
    bench.steps()
    assert kept == [True] * 3
    assert patient[1] is True
    assert bench.lines(task.job_id) == ["first", "second", "third"]
    assert bench.depth() == (1, 0, 1)
    assert bench.committer.last_outage == bench.seconds


def test_the_pause_grows_with_jitter_up_to_two_seconds_and_starts_anew(bench: Bench) -> None:
    bench.driver.is_gone = True
    bench.put(Log(("0" * 36, 0, 1), 1, "x"))
    pauses = [bench.committer.step() for _ in range(12)]
    assert pauses == [high for _, high in bench.jitter]
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert max(pauses) == pauses[-1] == 2.0
    assert {low for low, _ in bench.jitter} == {0.02}


def test_an_outage_between_the_halves_of_a_batch_keeps_the_order(bench: Bench) -> None:
    task = bench.running()
    logs = [Log(task.key, 1, str(n)) for n in range(6)]
    replies = bench.put(*logs[:3], bad(), *logs[3:])
    bench.driver.script = [("commit", Away())]  # of the first half; the second could be committed at once
    assert bench.committer.step() > 0
    later = bench.put(Log(task.key, 1, "6"))
    bench.steps()
    assert isinstance(replies.pop(3), Exception)
    assert replies + later == [True] * 7
    assert bench.lines(task.job_id) == list("0123456")


def test_a_deadlock_is_tried_again_and_one_that_stays_is_an_outage(bench: Bench) -> None:
    bench.driver.script = [("begin", Passing()), ("commit", Passing())]
    job = new_job()
    assert bench.now(Submit([job])) == [[Submitted(job.id, True)]]
    bench.driver.script = [("begin", Passing())] * 3
    replies = bench.put(Submit([new_job()]))
    assert bench.committer.step() > 0
    assert replies == [None]
    bench.steps()
    assert bench.depth() == (2, 0, 0)
    assert bench.driver.connections == 1


# -- bounds and the end ------------------------------------------------------------------------------------


def test_the_queue_is_bounded_in_rows(bench: Bench) -> None:
    task = bench.running()
    jobs = [new_job()] * 700
    for _ in range(4):
        bench.committer.put(Submit(jobs))
    with pytest.raises(Overloaded) as refused:
        bench.committer.put(Submit([new_job()]))
    assert refused.value.retry_after_s > 0
    replies = bench.put(
        Finish(task, "w1", Event.SUCCEED),
        Heartbeat("w1", LEASE_MS, [task.key]),
        Checkpoint(task.key, "s", "0", "h", None, "1", 1),
        SettleCall(task.key, "s", "0", 0, "succeeded"),
    )
    bench.steps()
    assert not any(isinstance(reply, Exception) for reply in replies)
    bench.committer.put(Submit([new_job()]))


def test_the_queue_is_bounded_in_bytes_and_has_room_again_after_a_commit(bench: Bench) -> None:
    task = bench.running()
    text = "x" * (3 << 20)
    bench.driver.is_gone = True
    for n in range(3):
        bench.committer.put(Log(("0" * 36, 0, n), 1, text))
    with pytest.raises(Overloaded):
        bench.committer.put(Log(task.key, 1, text))
    bench.committer.put(Log(task.key, 1, "small"))
    assert bench.committer.step() > 0
    with pytest.raises(Overloaded):
        bench.committer.put(Log(task.key, 1, text))
    bench.driver.is_gone = False
    bench.steps()
    bench.committer.put(Log(task.key, 1, text))


def test_closing_commits_what_is_queued_and_then_refuses(bench: Bench) -> None:
    job = new_job()
    replies = bench.put(Submit([job]))
    bench.committer.start()
    bench.committer.close()
    assert replies == [[Submitted(job.id, True)]]
    with pytest.raises(StoreUnavailable):
        bench.committer.put(Submit([new_job()]))
    assert bench.status(job.id) == "pending"


def test_closing_while_the_store_is_away_refuses_what_is_queued(bench: Bench) -> None:
    bench.driver.is_gone = True
    replies = bench.put(Submit([new_job()]), Log(("0" * 36, 0, 1), 1, "x"))
    bench.committer.start()
    bench.committer.close()
    assert [type(reply) for reply in replies] == [StoreUnavailable] * 2


def test_many_threads_hand_over_and_every_one_is_answered(bench: Bench) -> None:
    answered = threading.Semaphore(0)
    bench.committer.start()

    def hand_over() -> None:
        for _ in range(50):
            bench.committer.put(Submit([new_job()]), lambda result: answered.release())

    threads = [threading.Thread(target=hand_over) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(400):
        assert answered.acquire(timeout=20)
    assert bench.depth() == (400, 0, 0)
    assert bench.driver.commits < 400
