"""A store that is away for a while: who waits, who is refused, who is blamed, and in what order it goes on."""

import pytest
from tests.conftest import Clock
from tests.store.faults import Away, Passing
from tests.store.stepped import Bench, act, bad, claim
from tests.store.verbs import LEASE_MS, new_job

from headway.core.errors import StoreUnavailable
from headway.engine.janitor import Janitor
from headway.store.committer import BATCH_ROWS, PATIENCE_S
from headway.store.intents import (
    Act,
    Heartbeat,
    Log,
    Progress,
    Submit,
    Submitted,
)


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


def test_people_are_refused_also_when_a_workers_writes_alone_fill_a_batch(bench: Bench) -> None:
    """A heartbeat for a thousand claims stands before everything, and is tried again and again."""
    bench.driver.is_gone = True
    asked = bench.put(Submit([new_job()]), Submit([new_job()]))
    nobody = new_job().id
    keys = [(nobody, 0, n) for n in range(BATCH_ROWS)]
    beat = bench.put(Heartbeat("w1", LEASE_MS, keys))
    assert bench.committer.step() > 0
    bench.seconds = PATIENCE_S + 0.1
    patient = bench.put(Submit([new_job()]))
    assert bench.committer.step() > 0
    assert [type(reply) for reply in asked] == [StoreUnavailable] * 2
    assert beat + patient == [None] * 2
    bench.driver.is_gone = False
    bench.steps()
    assert beat == [{}]
    assert bench.depth() == (1, 0, 0)


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


@pytest.mark.parametrize(("claimed_after_s", "deaths"), [(-1, 0), (14, 0), (16, 1)])
def test_a_lease_is_blamed_on_the_store_that_was_away_within_two_leases(
    bench: Bench, clock: Clock, claimed_after_s: int, deaths: int
) -> None:
    """PostgreSQL itself was started long before: a full disk, a broken network or a failover says nothing of that."""

    def pass_by(seconds: float) -> None:
        bench.seconds += seconds
        clock.advance(seconds)

    def since_outage() -> float | None:
        last = bench.committer.last_outage
        return last if last is None else bench.seconds - last

    janitor = Janitor(LEASE_MS, since_outage)
    pass_by(3600)
    if claimed_after_s < 0:
        bench.running()
        pass_by(-claimed_after_s)
    bench.driver.is_gone = True
    bench.put(act("promote"))
    assert bench.committer.step() > 0
    bench.driver.is_gone = False
    bench.steps()
    if claimed_after_s > 0:
        pass_by(claimed_after_s)
        bench.running()
    pass_by(LEASE_MS / 1000 + 1)
    bench.now(Act(janitor.step))
    [[task]] = bench.now(claim(1, "c2"))
    assert (task.fence, task.deaths) == (2, deaths)
