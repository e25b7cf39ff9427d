"""How jobs are made, as questions to a connection, told apart from who asks them: the committer's connection
and a caller's own, blocking or not, run the same statements.

Called by `apply` for every submission, and by `borrowed` for those inside a caller's own transaction.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

import orjson

from headway.core.errors import IdempotencyMismatch
from headway.store import ledger
from headway.store.driver import Writer
from headway.store.intents import NewJob, Submitted

Outcome = Submitted | ledger.Refusal
Questions = Generator[tuple[str, dict[str, Any]], Any, list[Outcome]]
"""Yields (the query's name, its parameters) and is sent what it came to: rows of those in `GIVES_ROWS`, else
a count."""
GIVES_ROWS = frozenset({"take_turns", "peek_turns", "submitted"}) | ledger.GIVES_ROWS


def dump(rows: Iterable[Mapping[str, Any] | Sequence[Any]]) -> str:
    """Rows as the one JSON document that a statement takes: with names, or by place where there are many of them (half the
    cost)."""
    return orjson.dumps(list(rows)).decode()


def submission(
    jobs: Sequence[NewJob], now: int, turns: str = "take_turns", make: str = "submit", repeat: bool = False
) -> Questions:
    """Make the jobs with their body tasks; a key that was used before gives the job that used it. What they reserve is
    written with them, and those that cannot be paid for are refused.

    `turns` names the query that finds their places in line, `make` the one that takes them and makes the jobs where nothing is
    charged; `repeat` says that the batch may have been committed before.
    """
    wanted = Counter((job.queue, job.priority, job.owner) for job in jobs)
    charged = [job for job in jobs if job.charge is not None]
    if not charged and turns == "take_turns":
        return (yield from _make(jobs, now, make, turn_rows(wanted)))
    places = yield turns, {"turns": turn_rows(wanted)}
    starts = dump(
        {"queue": q, "priority": p, "owner": o, "vt": float(vt) - wanted[q, p, o]} for q, p, o, vt in places
    )
    if not charged:
        return (yield from _make(jobs, now, "submit_at", starts))
    verdict = yield from ledger.admission(charged, now, repeat)  # after the turns: all lock in that order
    going = [job for job in jobs if job.id not in verdict.outcomes]
    made = (yield from _make(going, now, "submit_at", starts)) if going else []
    outcomes = {job.id: outcome for job, outcome in zip(going, made, strict=True)}
    ours = [id for id, outcome in outcomes.items() if isinstance(outcome, Submitted) and outcome.id == id]
    yield from verdict.charge(ours)
    return [verdict.outcomes.get(job.id) or outcomes[job.id] for job in jobs]


def _make(jobs: Sequence[NewJob], now: int, query: str, turns: str) -> Questions:
    """Make jobs that nothing stands against. `turns` says how many places in line they take, or, for `submit_at`, which."""
    rows = dump(
        (
            job.id,
            job.owner,
            job.kind,
            job.queue,
            job.priority,
            job.max_attempts,
            job.input,
            job.scheduled_at,
            job.deadline_at,
            job.idempotency_key,
            job.request_hash,
        )
        for job in jobs
    )
    made = yield query, {"rows": rows, "turns": turns}
    attached = [{"id": job.id, "file": file, "owner": job.owner} for job in jobs for file in job.files]
    if attached:
        yield "attach_files", {"rows": dump(attached)}
    if made == len(jobs):
        return [Submitted(job.id, True, now) for job in jobs]
    asked = dump({"id": job.id, "owner": job.owner, "idempotency_key": job.idempotency_key} for job in jobs)
    found = yield "submitted", {"rows": asked}
    known = {str(ours): (str(theirs), hashed) for ours, theirs, hashed in found}
    return [_outcome(job, *known[job.id], now) for job in jobs]


def _outcome(job: NewJob, known_id: str, request_hash: object, now: int) -> Outcome:
    if known_id == job.id:
        return Submitted(job.id, True, now)
    if request_hash != job.request_hash:
        return IdempotencyMismatch()
    return Submitted(known_id, False, now)


def take_place(writer: Writer, queue: str, priority: int, owner: str, n: int = 1) -> float:
    """Places in line for `n` tasks of one owner; gives the first of them."""
    ((_, _, _, last),) = writer.rows("take_turns", turns=turn_rows({(queue, priority, owner): n}))
    return float(last or 0) - n


def turn_rows(wanted: Mapping[tuple[str, int, str], int]) -> str:
    """How many places each (queue, priority, owner) wants; in the order of the keys, since everyone locks in that
    order."""
    return dump(
        {"queue": queue, "priority": priority, "owner": owner, "n": n}
        for (queue, priority, owner), n in sorted(wanted.items())
    )


def insert_jobs(writer: Writer, jobs: Sequence[NewJob], turns: str = "take_turns") -> list[Outcome]:
    """Ask by a writer, inside its open transaction."""
    questions = submission(jobs, writer.now, turns, _query(writer, jobs), writer.repeat)
    answer: object = None
    try:
        while True:
            name, params = questions.send(answer)
            answer = writer.rows(name, **params) if name in GIVES_ROWS else writer.run(name, **params)
    except StopIteration as end:
        outcomes: list[Outcome] = end.value
        return outcomes


def _query(writer: Writer, jobs: Sequence[NewJob]) -> str:
    if writer.alone:
        return "submit_alone"
    if writer.careful or any(job.idempotency_key is not None for job in jobs):
        return "submit"
    return "submit_new"
