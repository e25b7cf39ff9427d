"""`submit(conn=…)`: a job that exists when and if the caller's own PostgreSQL transaction commits."""

from typing import Any

from headway.core.states import Status
from headway.store.intents import NewJob, Submitted
from headway.store.rows import Snapshot


async def submit_in(conn: Any, job: NewJob) -> Submitted:
    """Insert through the caller's psycopg connection, sync or async; never commits. Workers find the job by
    polling or by the next hint. Raises IdempotencyMismatch, InsufficientCredits, HoldGone; the database's errors are the
    caller's."""
    from headway.store.borrowed import insert_borrowed

    outcome = (await insert_borrowed(conn, [job]))[0]
    if not isinstance(outcome, Submitted):
        raise outcome
    return outcome


def fresh(job: NewJob, now: int) -> Snapshot:
    """The snapshot of a job as it is accepted, at `now` (ms): no need to read back what was just written."""
    return Snapshot(
        id=job.id,
        kind=job.kind,
        owner=job.owner,
        status=Status.PENDING,
        percent=0,
        step=None,
        total_chunks=None,
        processed_chunks=None,
        failed_chunks=[],
        cancel_requested=False,
        tries=0,
        max_attempts=job.max_attempts,
        version=1,
        error=None,
        created_at=now,
        scheduled_at=job.scheduled_at,
        started_at=None,
        finished_at=None,
        cancelled_by=None,
        credits=None,
        running=False,
        ready=(job.scheduled_at or 0) <= now,
        queue=job.queue,
        reserved=job.charge.reserve or None if job.charge is not None else None,
    )
