"""Group commit, stepped by hand: batches, culprits, bounds, the end."""

import threading

import pytest
from tests.store.faults import Away
from tests.store.stepped import Bench, act, bad, claim
from tests.store.verbs import LEASE_MS, new_job

from headway.core.errors import Conflict, LeaseLost, Overloaded, StoreUnavailable
from headway.core.states import Event, Status
from headway.store.committer import BATCH_ROWS, in_batches
from headway.store.driver import Writer
from headway.store.intents import (
    Act,
    Checkpoint,
    Ends,
    Finish,
    Heartbeat,
    Intent,
    Log,
    OpenCall,
    Progress,
    SettleCall,
    Submit,
    Submitted,
)

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


def test_ends_that_came_together_are_answered_together(bench: Bench) -> None:
    first, second, third = (bench.running() for _ in range(3))
    ends = [Finish(task, "w1", event) for task, event in ((first, Event.SUCCEED), (second, Event.SNOOZE))]
    [alone, together] = bench.now(Finish(third, "w1", Event.SUCCEED), Ends(ends))
    assert alone.status is Status.COMPLETED
    assert [move.status for move in together] == [Status.COMPLETED, Status.PROCESSING]


def test_an_end_of_a_task_waits_for_the_batch_with_another_end_of_it(bench: Bench) -> None:
    task, other = bench.running(), bench.running()
    replies = bench.put(
        Finish(task, "w1", Event.SNOOZE),
        Ends([Finish(other, "w1", Event.SUCCEED), Finish(task, "w1", Event.SUCCEED)]),
    )
    bench.committer.step()
    assert replies[1] is None
    bench.steps()
    assert replies[1][0].status is Status.COMPLETED
    assert isinstance(replies[1][1], LeaseLost)


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


@pytest.mark.parametrize("place", [0, 2])
def test_a_bad_end_fails_alone_among_those_that_came_with_it(bench: Bench, place: int) -> None:
    tasks = [bench.running() for _ in range(3)]
    ends = [Finish(task, "w1", Event.SUCCEED, result="1") for task in tasks]
    ends[place].result = "\ud800"
    job = new_job()
    [results, submitted] = bench.now(Ends(ends), Submit([job]))
    assert submitted == [Submitted(job.id, True)]
    assert isinstance(results.pop(place), Exception)
    assert [move.status for move in results] == [Status.COMPLETED] * 2
    assert bench.depth() == (1, 0, 1)


def test_an_outage_among_ends_that_are_taken_apart_loses_none(bench: Bench) -> None:
    tasks = [bench.running() for _ in range(3)]
    ends = [Finish(task, "w1", Event.SUCCEED, result="1") for task in tasks]
    ends[2].result = "\ud800"
    replies = bench.put(Ends(ends))
    bench.driver.script = [("commit", Away())]  # of the first that is committed by itself
    assert bench.committer.step() > 0
    assert replies == [None]
    bench.steps()
    assert [isinstance(result, Exception) for result in replies[0]] == [False, False, True]
    assert bench.depth() == (0, 0, 1)


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
        Ends([Finish(task, "w1", Event.SUCCEED)]),
        Heartbeat("w1", LEASE_MS, [task.key]),
        Checkpoint(task.key, "s", "0", "h", None, "1", 1),
        OpenCall(task.key, "s", "0", 0, "h", "offline", "m"),
        SettleCall(task.key, "s", "0", 0, "succeeded"),
        Log(task.key, 1, "x"),
        Progress(task.key, 50),
    )
    bench.steps()
    assert replies[-2:] == [True] * 2
    assert not any(isinstance(reply, Exception) for reply in replies)
    bench.committer.put(Submit([new_job()]))


def test_the_queue_is_bounded_in_bytes_and_has_room_again_after_a_commit(bench: Bench) -> None:
    large = Submit([new_job(input=f'"{"x" * (3 << 20)}"')])
    bench.driver.is_gone = True
    for _ in range(3):
        bench.committer.put(large)
    with pytest.raises(Overloaded):
        bench.committer.put(large)
    bench.committer.put(Submit([new_job()]))
    assert bench.committer.step() > 0
    with pytest.raises(Overloaded):
        bench.committer.put(large)
    bench.driver.is_gone = False
    bench.steps()
    bench.committer.put(large)


def test_ends_of_one_turn_are_cut_into_what_a_batch_may_hold(bench: Bench) -> None:
    task = bench.running()
    small = [Finish(task, "w1", Event.SUCCEED)] * (BATCH_ROWS + 1)
    assert [len(batch) for batch in in_batches(small)] == [BATCH_ROWS, 1]
    large = [Finish(task, "w1", Event.SUCCEED, result="x" * (3 << 20))] * 3
    assert [len(batch) for batch in in_batches(large)] == [1, 1, 1]
    assert list(in_batches([])) == []


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
