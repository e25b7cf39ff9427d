"""`submit(conn=…)`: a job that exists when and if the caller's own PostgreSQL transaction commits."""

from dataclasses import replace
from typing import Any

from headway.core.errors import IdempotencyMismatch
from headway.core.states import Status
from headway.store.apply import insert_jobs
from headway.store.intents import NewJob
from headway.store.rows import Snapshot


async def submit_in(conn: Any, job: NewJob) -> Snapshot:
    """Insert through the caller's psycopg connection, sync or async; never commits. Workers find the job by polling or by the
    next hint. Raises IdempotencyMismatch; the database's errors are the caller's."""
    import psycopg

    from headway.store.postgres import BorrowedWriter

    if isinstance(conn, psycopg.AsyncConnection):
        submitted, now = await _insert_async(conn, job)
    else:
        writer = BorrowedWriter(conn)
        submitted, now = insert_jobs(writer, [job])[0], writer.now
    if isinstance(submitted, IdempotencyMismatch):
        raise submitted
    return replace(fresh(job, now), id=submitted.id)


async def _insert_async(conn: Any, job: NewJob) -> Any:
    """The async connection's own libpq connection is borrowed by a sync one's methods on a thread, while its lock is held."""
    import asyncio

    from headway.store.postgres import BorrowedWriter, borrow

    async with conn.lock:
        with borrow(conn) as sync:
            writer = await asyncio.to_thread(BorrowedWriter, sync)
            return (await asyncio.to_thread(insert_jobs, writer, [job]))[0], writer.now


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
        ready=job.scheduled_at is None,
        queue=job.queue,
    )
