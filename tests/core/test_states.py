"""The table of states, against one written by hand: situation × event, legal and illegal, for every kind of
job.

A cell says where the job goes and, where a claim ends, its outcome; "-" is illegal. Written from the rules of
the design, not from the code.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.states import SITUATIONS, TERMINAL, Event, Illegal, Job, Phase, Status, decide, diagram

NOW = 1_700_000_000_000
GONE = {"C": "completed/gone", "F": "failed/gone", "X": "cancelled/gone"}
SHORT = {
    "pr": "pending/ready", "pw": "pending/waiting", "r": "processing/ready", "w": "processing/waiting",
    "l": "processing/leased", **GONE,
}  # fmt: skip

# Of a job on its first of one attempts, that nobody asked to cancel, without chunks.
PLAIN = """
event      pr        pw        r         w            l              C  F   X
claim      l         -         l         -            -              -  -   -
promote    -         pr        -         r            -              -  -   -
succeed    -         -         -         -            C:succeeded    -  -   -
fail       -         -         -         -            F:failed       -  -   -
give-up    F:failed  F:failed  F:failed  F:failed     F:failed       -  -   -
snooze     -         -         -         -            w:snoozed      -  -   -
park       -         -         -         -            w:parked       -  -   -
stop       -         -         -         X:cancelled  X:cancelled    -  -   -
interrupt  -         -         -         -            r:interrupted  -  -   -
lose       -         -         -         -            r:lost         -  -   -
die        -         -         -         -            r:lost         -  -   -
cancel     X         X         X         X            l              -  -   X
retry      -         -         -         -            -              -  pr  pr
"""

# The same where somebody asked to cancel: whatever ends the claim, ends the job as cancelled.
CANCELLED = """
event      pr           pw           r            w            l            C  F   X
claim      l            -            l            -            -            -  -   -
promote    -            pr           -            r            -            -  -   -
succeed    -            -            -            -            X:cancelled  -  -   -
fail       -            -            -            -            X:cancelled  -  -   -
give-up    X:cancelled  X:cancelled  X:cancelled  X:cancelled  X:cancelled  -  -   -
snooze     -            -            -            -            X:cancelled  -  -   -
park       -            -            -            -            X:cancelled  -  -   -
stop       -            -            -            X:cancelled  X:cancelled  -  -   -
interrupt  -            -            -            -            X:cancelled  -  -   -
lose       -            -            -            -            X:cancelled  -  -   -
die        -            -            -            -            X:cancelled  -  -   -
cancel     X            X            X            X            l            -  -   X
retry      -            -            -            -            -            -  pr  pr
"""

# What differs from PLAIN for other kinds of job: (who, situation, event, cell).
EXCEPTIONS = [
    ({"max_attempts": 2}, "processing/leased", "fail", "w:failed"),
    ({"max_attempts": 3, "tries": 1}, "processing/leased", "fail", "w:failed"),
    ({"max_attempts": 3, "tries": 2}, "processing/leased", "fail", "F:failed"),
    ({"max_attempts": 9}, "processing/leased", "give up", "F:failed"),
    ({"deaths": 1}, "processing/leased", "die", "r:lost"),
    ({"deaths": 2, "suspect": True}, "processing/leased", "die", "F:lost"),
    ({"deaths": 2, "suspect": True}, "processing/leased", "lose", "r:lost"),
    ({"failed_chunks": 1}, "completed/gone", "retry", "pr"),
    ({"running_chunks": 1}, "processing/waiting", "cancel", "w"),
    ({"running_chunks": 1}, "processing/ready", "cancel", "r"),
]


def cells(table: str) -> list[tuple[str, str, str]]:
    """(situation, event, cell) of every cell."""
    head, *lines = (line.split() for line in table.strip().splitlines())
    return [
        (SHORT[situation], event.replace("-", " "), cell)
        for event, *row in lines
        for situation, cell in zip(head[1:], row, strict=True)
    ]


def cell_of(job: Job, event: Event) -> str:
    """What `decide` says, spelt as in the tables."""
    try:
        move = decide(job, event, NOW)
    except Illegal:
        return "-"
    names = {long: short for short, long in SHORT.items()}
    where = names[f"{move.status}/{move.phase}"]
    return f"{where}:{move.outcome}" if move.outcome else where


def job_in(situation: str, **more: object) -> Job:
    status, phase = situation.split("/")
    return replace(Job(Status(status), Phase(phase)), **more)


def test_the_tables_name_every_situation() -> None:
    everything = {(f"{status}/{phase}", event.value) for status, phase in SITUATIONS for event in Event}
    for table in (PLAIN, CANCELLED):
        assert {(situation, event) for situation, event, _ in cells(table)} == everything
        assert len(cells(table)) == len(everything)


@pytest.mark.parametrize(("situation", "event", "cell"), cells(PLAIN))
def test_a_plain_job(situation: str, event: str, cell: str) -> None:
    assert cell_of(job_in(situation), Event(event)) == cell


@pytest.mark.parametrize(("situation", "event", "cell"), cells(CANCELLED))
def test_a_job_that_was_asked_to_end(situation: str, event: str, cell: str) -> None:
    assert cell_of(job_in(situation, cancel_requested=True), Event(event)) == cell


@pytest.mark.parametrize(("who", "situation", "event", "cell"), EXCEPTIONS)
def test_the_exceptions(who: dict[str, object], situation: str, event: str, cell: str) -> None:
    assert cell_of(job_in(situation, **who), Event(event)) == cell


@pytest.mark.parametrize("who", [{"max_attempts": 9}, {"suspect": True, "deaths": 2}, {"failed_chunks": 1},
                                 {"running_chunks": 1}, {"tries": 5}])  # fmt: skip
def test_other_kinds_of_job_differ_from_a_plain_one_in_the_exceptions_only(who: dict[str, object]) -> None:
    differ = {
        (situation, event)
        for situation, event, cell in cells(PLAIN)
        if cell_of(job_in(situation, **who), Event(event)) != cell
    }
    named = {(situation, event) for _, situation, event, _ in EXCEPTIONS} | {("pending/ready", "cancel"),
             ("pending/waiting", "cancel")}  # fmt: skip
    assert differ <= named


@pytest.mark.parametrize(
    ("status", "phase"), [(s, p) for s in Status for p in Phase if (s, p) not in SITUATIONS]
)
def test_a_situation_that_cannot_be_allows_nothing(status: Status, phase: Phase) -> None:
    assert {cell_of(Job(status, phase), event) for event in Event} == {"-"}


def test_what_is_written_and_what_must_hold() -> None:
    running = Job()
    assert decide(replace(running, status=Status.PENDING, phase=Phase.READY), Event.CLAIM, NOW).changes == {
        "started_at": NOW
    }
    assert decide(replace(running, phase=Phase.READY), Event.CLAIM, NOW).changes == {}
    assert decide(running, Event.SUCCEED, NOW).guard == {"cancel_requested": False}
    assert decide(replace(running, cancel_requested=True), Event.SUCCEED, NOW).guard == {}
    assert decide(replace(running, tries=2, max_attempts=9), Event.FAIL, NOW).changes == {"tries": 3}
    assert decide(replace(running, tries=2), Event.GIVE_UP, NOW).changes == {"tries": 3}
    assert decide(running, Event.SNOOZE, NOW).changes == {}
    assert decide(running, Event.CANCEL, NOW).changes == {"cancel_requested": True}
    assert decide(replace(running, deaths=1), Event.DIE, NOW).changes == {"deaths": 2, "suspect": True}
    assert decide(running, Event.DIE, NOW).changes == {"deaths": 1, "suspect": False}
    failed = Job(Status.FAILED, Phase.GONE)
    assert decide(failed, Event.RETRY, NOW).guard == {"status": Status.FAILED}
    assert decide(failed, Event.RETRY, NOW).changes == {"started_at": None}


JOBS = st.builds(
    Job,
    status=st.sampled_from(Status),
    phase=st.sampled_from(Phase),
    cancel_requested=st.booleans(),
    tries=st.integers(0, 5),
    max_attempts=st.integers(1, 5),
    deaths=st.integers(0, 5),
    suspect=st.booleans(),
    running_chunks=st.integers(0, 3),
    failed_chunks=st.integers(0, 3),
)


@given(JOBS, st.sampled_from(Event))
def test_rules_that_hold_for_every_job_and_event(job: Job, event: Event) -> None:
    try:
        move = decide(job, event, NOW)
    except Illegal:
        return
    assert (move.status, move.phase) in SITUATIONS
    assert (move.status in TERMINAL) == (move.phase is Phase.GONE)
    if job.status in TERMINAL:
        assert event is Event.RETRY or move.status is job.status
    if move.outcome is not None and event not in (Event.GIVE_UP, Event.STOP):
        assert job.phase is Phase.LEASED
    if job.phase is Phase.LEASED and move.phase is not Phase.LEASED:
        assert move.outcome is not None
    if job.cancel_requested and move.outcome is not None:
        assert move.status is Status.CANCELLED
    counted = move.changes.get("tries", job.tries)
    assert counted == job.tries + (event in (Event.FAIL, Event.GIVE_UP) and not job.cancel_requested)


def test_a_refusal_names_the_job_and_the_event() -> None:
    job = Job(Status.COMPLETED, Phase.GONE)
    with pytest.raises(Illegal, match=r"a completed job \(gone\) cannot claim") as refusal:
        decide(job, Event.CLAIM, NOW)
    assert (refusal.value.job, refusal.value.event) == (job, Event.CLAIM)


def test_the_diagram_in_the_architecture_is_the_one_drawn_from_the_table() -> None:
    """To bring it up to date: python -c 'from headway.core.states import diagram; print(diagram())'."""
    page = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text("utf-8")
    block = page.partition("<!-- states:begin -->")[2].partition("<!-- states:end -->")[0]
    assert block.strip() == f"```mermaid\n{diagram()}\n```"


def test_the_diagram_shows_every_status_and_only_moves_of_the_tables() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> pending: submit" in lines
    drawn = set()
    for line in lines[1:]:
        source, _, rest = line.strip().partition(" --> ")
        target, _, verbs = rest.partition(": ")
        drawn |= {(source, target, verb) for verb in verbs.split(", ")}
    legal = {("[*]", "pending", "submit")}
    for table in (PLAIN, CANCELLED):
        for situation, event, cell in cells(table):
            if cell != "-" and not (table is CANCELLED and situation.startswith("pending")):
                legal.add((situation.split("/")[0], SHORT[cell.split(":")[0]].split("/")[0], event))
    for _, situation, event, cell in EXCEPTIONS:
        legal.add((situation.split("/")[0], SHORT[cell.split(":")[0]].split("/")[0], event))
    assert drawn == legal
