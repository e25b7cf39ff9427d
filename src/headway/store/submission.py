"""How jobs are made, as questions to a connection, told apart from who asks them: the committer's connection and a
caller's own, blocking or not, run the same statements.

Called by `apply` for every submission, and by `borrowed` for those inside a caller's own transaction.
"""

from collections.abc import Generator, Iterable, Sequence
from typing import Any

import orjson

from headway.core.errors import IdempotencyMismatch
from headway.store.driver import Writer
from headway.store.intents import NewJob, Submitted

Outcome = Submitted | IdempotencyMismatch
Questions = Generator[tuple[str, str], Any, list[Outcome]]
"""Yields (the query's name, its :rows) and is sent what it came to: `submitted` its rows, the others a count."""


def dump(rows: Iterable[dict[str, Any]]) -> str:
    """Rows as the one JSON document that a statement takes."""
    return orjson.dumps(list(rows)).decode()


def submission(jobs: Sequence[NewJob], now: int) -> Questions:
    """Make the jobs with their body tasks; a key that was used before gives the job that used it."""
    rows = dump(
        {
            "id": job.id,
            "owner": job.owner,
            "kind": job.kind,
            "queue": job.queue,
            "priority": job.priority,
            "max_attempts": job.max_attempts,
            "input": job.input,
            "scheduled_at": job.scheduled_at,
            "deadline_at": job.deadline_at,
            "idempotency_key": job.idempotency_key,
            "request_hash": job.request_hash,
        }
        for job in jobs
    )
    made = yield "submit", rows
    attached = [{"id": job.id, "file": file, "owner": job.owner} for job in jobs for file in job.files]
    if attached:
        yield "attach_files", dump(attached)
    if made == len(jobs):
        return [Submitted(job.id, True, now) for job in jobs]
    found = yield (
        "submitted",
        dump({"id": job.id, "owner": job.owner, "idempotency_key": job.idempotency_key} for job in jobs),
    )
    known = {str(ours): (str(theirs), hashed) for ours, theirs, hashed in found}
    return [_outcome(job, *known[job.id], now) for job in jobs]


def _outcome(job: NewJob, known_id: str, request_hash: object, now: int) -> Outcome:
    if known_id == job.id:
        return Submitted(job.id, True, now)
    if request_hash != job.request_hash:
        return IdempotencyMismatch()
    return Submitted(known_id, False, now)


def insert_jobs(writer: Writer, jobs: Sequence[NewJob]) -> list[Outcome]:
    """Ask by a writer, inside its open transaction."""
    questions = submission(jobs, writer.now)
    answer: object = None
    try:
        while True:
            name, rows = questions.send(answer)
            answer = writer.rows(name, rows=rows) if name == "submitted" else writer.run(name, rows=rows)
    except StopIteration as end:
        outcomes: list[Outcome] = end.value
        return outcomes
