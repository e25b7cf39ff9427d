"""The only place that decides how a job moves: one table over situation × event.

The store calls `decide`, applies `changes` where `guard` still holds, and on a miss reloads the job and
decides again. What must choose rows inside SQL (claim, promote, wake, rescue) takes its state names from
here, and the diagram in ARCHITECTURE.md is printed by `diagram()`. Invariant: a pair that is not in `RULES`
is illegal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Status(StrEnum):
    """What a person sees. The last three are terminal: only RETRY leads out of them."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """Where the body task is: claimable, waiting (for a time or for chunks), under a lease, or gone with the
    job's end."""

    READY = "ready"
    WAITING = "waiting"
    LEASED = "leased"
    GONE = "gone"


class Event(StrEnum):
    """What can happen to a job."""

    CLAIM = "claim"  # a worker takes the task
    PROMOTE = "promote"  # its due time came, or its last chunk ended
    SUCCEED = "succeed"  # the handler returned a result
    FAIL = "fail"  # it failed in a way that may pass
    GIVE_UP = "give up"  # it failed for good, whatever tries are left
    SNOOZE = "snooze"  # it asked to be called again later
    PARK = "park"  # it waits for chunks or for a time, without a slot
    STOP = "stop"  # it ended itself as cancelled, or stopped because it was told to
    INTERRUPT = "interrupt"  # the worker shuts down and gives it back
    LOSE = "lose"  # the lease ran out, and nobody blames the task
    DIE = "die"  # the lease ran out, and the task may be what killed the worker
    CANCEL = "cancel"  # a person asks for the end
    RETRY = "retry"  # a person asks for another round


class Outcome(StrEnum):
    """How a claim ended; kept with the attempt."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SNOOZED = "snoozed"
    PARKED = "parked"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    LOST = "lost"


TERMINAL: Final = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
DEATHS_OF_A_SUSPECT: Final = 2


class Illegal(Exception):
    """`decide` was asked for a move that the table does not have."""

    def __init__(self, job: "Job", event: Event) -> None:
        super().__init__(f"a {job.status} job ({job.phase}) cannot {event}")
        self.job = job
        self.event = event


@dataclass(frozen=True, slots=True)
class Job:
    """What the decision depends on. `tries` counts failures; `running_chunks` counts leased chunks of a
    fan-out."""

    status: Status = Status.PROCESSING
    phase: Phase = Phase.LEASED
    cancel_requested: bool = False
    tries: int = 0
    max_attempts: int = 1
    deaths: int = 0
    suspect: bool = False
    running_chunks: int = 0
    failed_chunks: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """Where the job goes. `outcome` ends a claim (None when no claim ends); `guard` must still hold;
    `changes` are written."""

    status: Status
    phase: Phase
    outcome: Outcome | None = None
    guard: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    changes: Mapping[str, object] = field(default_factory=lambda: _NOTHING)


Rule = Callable[[Job, int], Transition]
_NOTHING: Mapping[str, object] = MappingProxyType({})
_UNCANCELLED: Mapping[str, object] = MappingProxyType({"cancel_requested": False})

_CANCELLED = Transition(Status.CANCELLED, Phase.GONE, Outcome.CANCELLED)
_COMPLETED = Transition(Status.COMPLETED, Phase.GONE, Outcome.SUCCEEDED, _UNCANCELLED)


def _claim(job: Job, now: int) -> Transition:
    started = {"started_at": now} if job.status is Status.PENDING else _NOTHING
    return Transition(Status.PROCESSING, Phase.LEASED, changes=started)


def _promote(job: Job, now: int) -> Transition:
    return Transition(job.status, Phase.READY)


def _succeed(job: Job, now: int) -> Transition:
    return _CANCELLED if job.cancel_requested else _COMPLETED


def _fail(job: Job, now: int) -> Transition:
    if job.cancel_requested:
        return _CANCELLED
    changes = {"tries": job.tries + 1}
    if job.tries + 1 >= job.max_attempts:
        return Transition(Status.FAILED, Phase.GONE, Outcome.FAILED, _UNCANCELLED, changes)
    return Transition(Status.PROCESSING, Phase.WAITING, Outcome.FAILED, _UNCANCELLED, changes)


def _give_up(job: Job, now: int) -> Transition:
    if job.cancel_requested:
        return _CANCELLED
    return Transition(Status.FAILED, Phase.GONE, Outcome.FAILED, _UNCANCELLED, {"tries": job.tries + 1})


def _pause(outcome: Outcome, phase: Phase) -> Rule:
    """The claim ends without blame, and the task waits or is ready again; under a cancel it ends instead."""
    onward = Transition(Status.PROCESSING, phase, outcome, _UNCANCELLED)
    return lambda job, now: _CANCELLED if job.cancel_requested else onward


def _stop(job: Job, now: int) -> Transition:
    return _CANCELLED


def _die(job: Job, now: int) -> Transition:
    if job.cancel_requested:
        return _CANCELLED
    deaths = job.deaths + 1
    if job.suspect:  # it was alone in a process of its own: the task is what kills
        return Transition(Status.FAILED, Phase.GONE, Outcome.LOST, _UNCANCELLED, {"deaths": deaths})
    changes = {"deaths": deaths, "suspect": deaths >= DEATHS_OF_A_SUSPECT}
    return Transition(Status.PROCESSING, Phase.READY, Outcome.LOST, _UNCANCELLED, changes)


def _cancel_idle(job: Job, now: int) -> Transition:
    if job.running_chunks:
        return _flag(job, now)
    return Transition(Status.CANCELLED, Phase.GONE)


def _flag(job: Job, now: int) -> Transition:
    return Transition(job.status, job.phase, changes={"cancel_requested": True})


def _stay(job: Job, now: int) -> Transition:
    return Transition(job.status, job.phase)


def _retry(job: Job, now: int) -> Transition:
    if job.status is Status.COMPLETED and not job.failed_chunks:
        raise Illegal(job, Event.RETRY)
    return Transition(Status.PENDING, Phase.READY, guard={"status": job.status}, changes={"started_at": None})


Situation = tuple[Status, Phase]
_PENDING_READY: Situation = (Status.PENDING, Phase.READY)
_SCHEDULED: Situation = (Status.PENDING, Phase.WAITING)
_READY: Situation = (Status.PROCESSING, Phase.READY)
_WAITING: Situation = (Status.PROCESSING, Phase.WAITING)
_RUNNING: Situation = (Status.PROCESSING, Phase.LEASED)
_DONE: Situation = (Status.COMPLETED, Phase.GONE)
_FAILED: Situation = (Status.FAILED, Phase.GONE)
_STOPPED: Situation = (Status.CANCELLED, Phase.GONE)

SITUATIONS: Final = (_PENDING_READY, _SCHEDULED, _READY, _WAITING, _RUNNING, _DONE, _FAILED, _STOPPED)

RULES: Final[Mapping[tuple[Situation, Event], Rule]] = MappingProxyType(
    {
        (_PENDING_READY, Event.CLAIM): _claim,
        (_PENDING_READY, Event.CANCEL): _cancel_idle,
        (_SCHEDULED, Event.PROMOTE): _promote,
        (_SCHEDULED, Event.CANCEL): _cancel_idle,
        (_SCHEDULED, Event.GIVE_UP): _give_up,  # its deadline passed before its time came
        (_PENDING_READY, Event.GIVE_UP): _give_up,
        (_READY, Event.CLAIM): _claim,
        (_READY, Event.CANCEL): _cancel_idle,
        (_READY, Event.GIVE_UP): _give_up,
        (_WAITING, Event.PROMOTE): _promote,
        (_WAITING, Event.CANCEL): _cancel_idle,
        (_WAITING, Event.GIVE_UP): _give_up,
        (_WAITING, Event.STOP): _stop,  # the last chunk of a cancelled job has ended
        (_RUNNING, Event.SUCCEED): _succeed,
        (_RUNNING, Event.FAIL): _fail,
        (_RUNNING, Event.GIVE_UP): _give_up,
        (_RUNNING, Event.SNOOZE): _pause(Outcome.SNOOZED, Phase.WAITING),
        (_RUNNING, Event.PARK): _pause(Outcome.PARKED, Phase.WAITING),
        (_RUNNING, Event.INTERRUPT): _pause(Outcome.INTERRUPTED, Phase.READY),
        (_RUNNING, Event.LOSE): _pause(Outcome.LOST, Phase.READY),
        (_RUNNING, Event.STOP): _stop,
        (_RUNNING, Event.DIE): _die,
        (_RUNNING, Event.CANCEL): _flag,
        (_DONE, Event.RETRY): _retry,
        (_FAILED, Event.RETRY): _retry,
        (_STOPPED, Event.RETRY): _retry,
        (_STOPPED, Event.CANCEL): _stay,
    }
)


def decide(job: Job, event: Event, now: int) -> Transition:
    """Where `event` takes `job`, at `now` (milliseconds since the epoch). Raises `Illegal` for a move that
    does not exist."""
    rule = RULES.get(((job.status, job.phase), event))
    if rule is None:
        raise Illegal(job, event)
    return rule(job, now)


_PROBES: Final = (
    {"max_attempts": 9},
    {"cancel_requested": True},
    {"suspect": True},
    {"failed_chunks": 1},
    {"running_chunks": 1},
)


def diagram() -> str:
    """The states as a Mermaid diagram, drawn from the table: each rule is asked where it leads for every kind
    of job."""
    edges: dict[tuple[str, str], list[str]] = {("[*]", Status.PENDING.value): ["submit"]}
    for (status, phase), event in RULES:
        for probe in ({}, *_PROBES) if status is not Status.PENDING else ({},):
            job = Job(status=status, phase=phase, **probe)
            try:
                target = decide(job, event, 0).status
            except Illegal:
                continue
            verbs = edges.setdefault((status.value, target.value), [])
            if event.value not in verbs:
                verbs.append(event.value)
    lines = [f"    {source} --> {target}: {', '.join(verbs)}" for (source, target), verbs in edges.items()]
    return "\n".join(["stateDiagram-v2", *lines])
