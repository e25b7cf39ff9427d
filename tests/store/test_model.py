"""The store against a simple model of it: any sequence of verbs, stale ones included, on both dialects."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import Clock
from tests.store import verbs
from tests.store.test_ops import execute

from headway.core.errors import Conflict, IdempotencyMismatch, JobNotFound, LeaseLost
from headway.core.states import Event, Illegal, Job, Phase, Status, Transition, decide
from headway.store import Store
from headway.store.intents import Checkpoint, Claimed, Finish, Log

TICK_S = 10
"""Time moves in ticks of 10 s; leases and delays last 15 s: over after two, whatever the host's clock
adds."""
PAUSE_MS = 15_000
TABLES = ("jobs", "tasks", "attempts", "checkpoints", "calls", "log_lines")
ENDS = [
    Event.SUCCEED,
    Event.FAIL,
    Event.GIVE_UP,
    Event.SNOOZE,
    Event.PARK,
    Event.STOP,
    Event.INTERRUPT,
    Event.DIE,
]


def end(claim: Claimed, event: Event) -> Finish:
    return Finish(claim, "w1", event, result="1", error='{"type": "x"}', delay_ms=PAUSE_MS)


def step_of(claim: Claimed, key: str) -> Checkpoint:
    return Checkpoint(claim.key, "step", key, "h", None, f'"{claim.fence}"', 1)


@dataclass
class Known:
    """What the model knows of a job."""

    id: str
    priority: int
    job: Job
    version: int = 1
    percent: int = 0
    step: str = ""
    fence: int = 0
    over_at: int = 0
    """The tick at which its lease runs out or its waiting ends."""
    ended: dict[int, str] = field(default_factory=dict)
    """Fence → how that claim ended."""
    steps: dict[str, str] = field(default_factory=dict)
    lines: int = 0

    def move(self, to: Transition, tick: int) -> None:
        """What an end of its claim, or of itself, does."""
        if to.outcome is not None and self.job.phase is Phase.LEASED:
            self.ended[self.fence] = to.outcome
        changes = {name: value for name, value in to.changes.items() if name != "started_at"}
        self.job = replace(self.job, status=to.status, phase=to.phase, **changes)  # type: ignore[arg-type]
        if to.phase is Phase.GONE:
            self.job = replace(self.job, cancel_requested=False)
            self.percent = 100 if to.status is Status.COMPLETED else self.percent
        self.over_at = tick + 2
        self.version += 1


class StoreModel(RuleBasedStateMachine):
    """Every rule does the same to the store and to the model; every invariant compares the two."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        for table in TABLES:
            execute(self.url, f"DELETE FROM {table}")
        self.clock = Clock()
        self.tick = 0
        self.known: dict[str, Known] = {}
        self.gone: set[str] = set()
        self.keys: dict[str, tuple[str, str]] = {}
        self.claims: list[Claimed] = []
        self.versions: dict[str, int] = {}
        self.loop = asyncio.new_event_loop()
        self.store = Store.open(self.url, shift=self.clock)
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        self.store.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self.store.close()
        self.loop.close()

    def phase(self, *phases: Phase) -> list[Known]:
        return [known for known in self.known.values() if known.job.phase in phases]

    def pick(self, data: st.DataObject, among: list[Known]) -> Known:
        return data.draw(st.sampled_from(sorted(among, key=lambda known: known.id)))

    def held(self) -> list[tuple[Claimed, Known]]:
        """The claims that hold their tasks, with what they hold."""
        return [
            (claim, known)
            for claim in self.claims
            if (known := self.known.get(claim.job_id))
            and known.job.phase is Phase.LEASED
            and known.fence == claim.fence
        ]

    def stale(self) -> list[Claimed]:
        """The latest of the other claims."""
        held = [claim for claim, _ in self.held()]
        return [claim for claim in self.claims if claim not in held][-8:]

    # -- from outside --------------------------------------------------------------------------------------

    @initialize()
    def have_some_jobs(self) -> None:
        for attempts in (1, 2, 3):
            self.accept(0, attempts, False, None, "x")

    @rule(
        priority=st.integers(0, 2),
        attempts=st.integers(1, 3),
        later=st.sampled_from([False, False, True]),
        key=st.sampled_from([None, None, "a", "b"]),
        body=st.sampled_from(["x", "y"]),
    )
    def submit(self, priority: int, attempts: int, later: bool, key: str | None, body: str) -> None:
        self.accept(priority, attempts, later, key, body)

    def accept(self, priority: int, attempts: int, later: bool, key: str | None, body: str) -> None:
        [[now]] = self.store.read_sync(lambda r: r.rows("now"))
        due = int(now or 0) + self.clock.ms + PAUSE_MS if later else None
        job = verbs.new_job(
            priority=priority, max_attempts=attempts, scheduled_at=due, idempotency_key=key, request_hash=body
        )
        if key in self.keys and self.keys[key][1] != body:
            with pytest.raises(IdempotencyMismatch):
                self.run(self.store.submit([job]))
            return
        [made] = self.run(self.store.submit([job]))
        assert made.created == (key not in self.keys)
        if not made.created:
            assert made.id == self.keys[str(key)][0]
            return
        if key is not None:
            self.keys[key] = (made.id, body)
        situation = Job(Status.PENDING, Phase.WAITING if later else Phase.READY, max_attempts=attempts)
        self.known[made.id] = Known(made.id, priority, situation, over_at=self.tick + 2)

    @precondition(lambda self: self.phase(Phase.LEASED, Phase.WAITING, Phase.GONE))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Whatever is not just ready: else hardly anything would live to be claimed."""
        known = self.pick(data, self.phase(Phase.LEASED, Phase.WAITING, Phase.GONE))
        try:
            move = decide(known.job, Event.CANCEL, 0)
        except Illegal:
            with pytest.raises(Conflict):
                self.run(self.store.cancel(known.id, "ann", by="ann"))
            return
        self.run(self.store.cancel(known.id, "ann", by="ann"))
        if known.job.phase is not Phase.GONE and not known.job.cancel_requested:
            known.move(move, known.over_at - 2)

    @precondition(lambda self: self.phase(Phase.READY, Phase.WAITING, Phase.LEASED))
    @rule(data=st.data(), scratch=st.booleans())
    def retry_too_early(self, data: st.DataObject, scratch: bool) -> None:
        known = self.pick(data, self.phase(Phase.READY, Phase.WAITING, Phase.LEASED))
        with pytest.raises(Conflict):
            self.run(self.store.retry(known.id, "ann", scratch=scratch))
        with pytest.raises(Conflict):
            self.run(self.store.delete(known.id, "ann"))

    @precondition(lambda self: self.phase(Phase.GONE))
    @rule(data=st.data(), scratch=st.booleans())
    def retry(self, data: st.DataObject, scratch: bool) -> None:
        known = self.pick(data, self.phase(Phase.GONE))
        if known.job.status is Status.COMPLETED and not scratch:
            with pytest.raises(Conflict):
                self.run(self.store.retry(known.id, "ann"))
            return
        self.run(self.store.retry(known.id, "ann", scratch=scratch))
        known.job = Job(Status.PENDING, Phase.READY, max_attempts=known.job.max_attempts)
        known.percent, known.step = 0, ""
        known.version += 1
        if scratch:
            known.steps.clear()

    @precondition(lambda self: len(self.phase(Phase.GONE)) > 1)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        known = self.pick(data, self.phase(Phase.GONE))
        self.run(self.store.delete(known.id, "ann"))
        del self.known[known.id]
        self.gone.add(known.id)
        self.keys = {key: job for key, job in self.keys.items() if job[0] != known.id}

    @rule(data=st.data())
    def meddle(self, data: st.DataObject) -> None:
        """Another's job is no job, and neither is one that was deleted."""
        for job_id in [*list(self.known)[:1], *list(self.gone)[:1]]:
            verb = data.draw(st.sampled_from([self.store.delete, self.store.retry]))
            with pytest.raises(JobNotFound):
                self.run(verb(job_id, "bob"))

    # -- time ----------------------------------------------------------------------------------------------

    @rule()
    def pass_time(self) -> None:
        self.clock.advance(TICK_S)
        self.tick += 1

    @rule(event=st.sampled_from([Event.LOSE, Event.DIE]))
    def rescue(self, event: Event) -> None:
        lost = [known for known in self.phase(Phase.LEASED) if known.over_at <= self.tick]
        assert self.run(verbs.rescue(self.store, event)) == len(lost)
        for known in lost:
            known.move(decide(known.job, event, 0), self.tick)

    @rule()
    def promote(self) -> None:
        due = [known for known in self.phase(Phase.WAITING) if known.over_at <= self.tick]
        assert self.run(verbs.promote(self.store)) == len(due)
        for known in due:
            known.job = replace(known.job, phase=Phase.READY)

    # -- workers -------------------------------------------------------------------------------------------

    @precondition(lambda self: self.phase(Phase.READY))
    @rule(n=st.integers(1, 3))
    def claim(self, n: int) -> None:
        ready = self.phase(Phase.READY)
        taken = self.run(verbs.claim(self.store, n))
        urgent = sorted((known.priority for known in ready), reverse=True)
        assert [claim.priority for claim in taken] == urgent[:n]
        assert taken == sorted(taken, key=lambda claim: (-claim.priority, claim.vt, claim.job_id))
        for claim in taken:
            known = self.known[claim.job_id]
            assert known.job.phase is Phase.READY
            known.fence += 1
            known.version += 1
            known.job = replace(known.job, status=Status.PROCESSING, phase=Phase.LEASED)
            known.over_at = self.tick + 2
            assert (claim.fence, claim.percent) == (known.fence, known.percent)
            assert (claim.tries, claim.deaths, claim.suspect) == (
                known.job.tries, known.job.deaths, known.job.suspect)  # fmt: skip
        self.claims += taken

    @precondition(lambda self: self.held())
    @rule(data=st.data(), event=st.sampled_from(ENDS))
    def finish(self, data: st.DataObject, event: Event) -> None:
        claim, known = data.draw(st.sampled_from(self.held()))
        move = decide(known.job, event, 0)
        assert self.run(self.store.do(end(claim, event))).outcome == move.outcome
        known.move(move, self.tick)

    @precondition(lambda self: self.held())
    @rule(data=st.data(), percent=st.integers(0, 100), step=st.sampled_from(["", "a", "b"]))
    def progress(self, data: st.DataObject, percent: int, step: str) -> None:
        claim, known = data.draw(st.sampled_from(self.held()))
        self.run(verbs.report(self.store, claim.key, percent, step=f'["{step}", {{}}]' if step else None))
        if percent > known.percent or step not in ("", known.step):
            known.percent = max(percent, known.percent)
            known.step = step or known.step
            known.version += 1

    @precondition(lambda self: self.held())
    @rule()
    def heartbeat(self) -> None:
        """Of a worker that believes it holds everything it ever claimed."""
        held = {claim.key: known.job.cancel_requested for claim, known in self.held()}
        assert self.run(verbs.beat(self.store, *(claim.key for claim in self.claims))) == held
        for key in held:
            self.known[key[0]].over_at = self.tick + 2

    @precondition(lambda self: self.held())
    @rule(data=st.data(), key=st.sampled_from(["0", "1"]))
    def checkpoint(self, data: st.DataObject, key: str) -> None:
        claim, known = data.draw(st.sampled_from(self.held()))
        assert self.run(self.store.do(step_of(claim, key))) is True
        known.steps.setdefault(key, f'"{claim.fence}"')
        known.job = replace(known.job, deaths=0, suspect=False)

    @precondition(lambda self: self.held())
    @rule(data=st.data())
    def log(self, data: st.DataObject) -> None:
        claim, known = data.draw(st.sampled_from(self.held()))
        assert self.run(self.store.do(Log(claim.key, 1, "x"))) is True
        known.lines += 1

    @precondition(lambda self: self.stale())
    @rule(data=st.data(), event=st.sampled_from(ENDS))
    def everything_too_late(self, data: st.DataObject, event: Event) -> None:
        """A worker that was lost comes back and goes on writing."""
        claim = data.draw(st.sampled_from(self.stale()))
        self.run(verbs.report(self.store, claim.key, 100, step='["late", {}]'))
        for intent in (step_of(claim, "late"), Log(claim.key, 1, "late")):
            with pytest.raises(LeaseLost):
                self.run(self.store.do(intent))
        seen = Job(
            max_attempts=claim.max_attempts, tries=claim.tries, deaths=claim.deaths, suspect=claim.suspect
        )
        likely = [decide(replace(seen, cancel_requested=flag), event, 0).outcome for flag in (False, True)]
        past = self.known.get(claim.job_id)
        if past is not None and past.ended.get(claim.fence) in likely:  # it says again what it said before
            assert self.run(self.store.do(end(claim, event))).outcome == past.ended[claim.fence]
        else:
            with pytest.raises(LeaseLost):
                self.run(self.store.do(end(claim, event)))

    # -- what must hold ------------------------------------------------------------------------------------

    @invariant()
    def the_store_is_as_the_model_says(self) -> None:
        seen = self.run(self.store.snapshots([*self.known, *self.gone]))
        assert set(seen) == set(self.known)
        for known in self.known.values():
            snapshot, job = seen[known.id], known.job
            assert (snapshot.status, snapshot.running, snapshot.ready) == (
                job.status, job.phase is Phase.LEASED, job.phase is Phase.READY)  # fmt: skip
            assert (snapshot.percent, snapshot.version) == (known.percent, known.version)
            assert (snapshot.step.id if snapshot.step else "") == known.step
            assert (snapshot.tries, snapshot.cancel_requested) == (job.tries, job.cancel_requested)
            assert 1 <= snapshot.attempt <= snapshot.max_attempts
            assert known.version >= self.versions.get(known.id, 0)
            self.versions[known.id] = known.version

    @invariant()
    def the_audit_is_silent(self) -> None:
        assert self.run(self.store.audit()) == []

    @invariant()
    def what_was_recorded_is_kept(self) -> None:
        for known in list(self.known.values())[:2]:
            assert {step.key: step.value for step in self.run(self.store.steps(known.id))} == known.steps
            assert len(self.run(self.store.log(known.id))) == known.lines
            past = {a.fence: a.outcome for a in self.run(self.store.attempts(known.id)) if a.outcome}
            assert past == known.ended


def check(url: str, examples: int, steps: int) -> None:
    machine = type("StoreModelHere", (StoreModel,), {"url": url})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_store_on_sqlite_does_what_the_model_says(migrated_sqlite: Path) -> None:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        shutil.copy(migrated_sqlite, Path(folder) / "headway.db")
        check(f"sqlite:///{folder}/headway.db", examples=100, steps=50)


def test_the_store_on_postgresql_does_what_the_model_says(postgres_url: str) -> None:
    check(postgres_url, examples=15, steps=50)
