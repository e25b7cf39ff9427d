"""What can be done to jobs from outside a worker: submit, cancel, retry, delete, prune. Each is one
transaction.

The owner stands in the SQL's WHERE: another's job is JobNotFound.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from headway.core.errors import Conflict, FieldError, InvalidInput, JobNotFound
from headway.core.states import Event, Illegal, Job, Phase, Status, Transition, decide
from headway.store.base import Base
from headway.store.chunks import dump_parts, stop_chunks
from headway.store.driver import Hint, Row, Writer
from headway.store.endings import end_jobs, plain_end
from headway.store.intents import Claimed, Finish, NewJob, Submit, Submitted
from headway.store.ledger import Refusal, Terms, reserve_round
from headway.store.moves import write_moves
from headway.store.submission import take_place
from headway.support.i18n import N_

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ROWS_PER_INTENT = 500
_INTENTS_IN_FLIGHT = 16
_PRUNE_BATCH = 200
_CHUNKS_TOLD = 20


def is_id(text: str) -> bool:
    """Whether a text can be an id of ours at all; what cannot is not asked of the database."""
    return _ID.fullmatch(text) is not None


class Jobs(Base):
    """The verbs on jobs."""

    async def submit(self, jobs: Iterable[NewJob]) -> list[Submitted]:
        """Accept jobs durably; they are drawn while those before them are being written. Raises IdempotencyMismatch when a key
        of theirs was used with another request, and InsufficientCredits or HoldGone when one cannot be paid for (the others are
        accepted all the same), Overloaded, StoreUnavailable."""
        results: list[Submitted | Refusal] = []
        under_way: deque[asyncio.Future[list[Submitted | Refusal]]] = deque()
        try:
            for part in _parts(jobs):
                if len(under_way) == _INTENTS_IN_FLIGHT:
                    results += await under_way.popleft()
                under_way.append(self.begin(Submit(part)))
            while under_way:
                results += await under_way.popleft()
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)
        return _or_raise(results)

    def submit_sync(self, jobs: Iterable[NewJob]) -> list[Submitted]:
        """`submit` for code without an event loop."""
        return _or_raise([r for part in _parts(jobs) for r in self.do_sync(Submit(part))])

    async def cancel(self, job_id: str, owner: str | None, *, by: str) -> None:
        """Ask a job to end: at once when nothing of it runs, else by a flag that its worker hears of. Again:
        the same.

        Raises JobNotFound, and Conflict once it is completed or failed.
        """
        _check(job_id)
        await self.act(lambda w: _cancel(w, job_id, owner, by), "change")

    async def retry(
        self,
        job_id: str,
        owner: str | None,
        *,
        chunks: Sequence[int] | None = None,
        scratch: bool = False,
        monthly_grant: int = 0,
    ) -> None:
        """Another round of an ended job, of these failed or unfinished `chunks` or of all; recorded steps stay unless `scratch`.
        What it was priced by is reserved again, after `monthly_grant` where that is due. Raises JobNotFound, Conflict, InvalidInput
        for other chunks, InsufficientCredits."""
        _check(job_id)
        wanted = None if chunks is None else sorted(set(chunks))
        await self.act(lambda w: _retry(w, job_id, owner, wanted, scratch, monthly_grant), "work", "change")

    async def delete(self, job_id: str, owner: str | None) -> None:
        """Remove an ended job with its files, steps and results. Raises JobNotFound, Conflict while it is
        unfinished."""
        _check(job_id)
        await self.act(lambda w: _delete(w, job_id, owner), "change")

    async def prune(self, older_than_hours: float, *, dry_run: bool = False) -> int:
        """Delete ended jobs older than that, in small transactions, and files that no job came for; returns
        how many jobs."""

        def batch(writer: Writer) -> int:
            cutoff = writer.now - int(older_than_hours * 3_600_000)
            ids = [
                str(row[0])
                for row in writer.rows("prunable", before=id_floor(cutoff), cutoff=cutoff, n=_PRUNE_BATCH)
            ]
            for job_id in ids:
                writer.run("delete_job", id=job_id)
            return len(ids)

        def count(writer: Writer) -> int:
            cutoff = writer.now - int(older_than_hours * 3_600_000)
            return _int(writer.rows("prunable_count", before=id_floor(cutoff), cutoff=cutoff)[0][0])

        if dry_run:
            return await self.act(count)
        while await self.act(_drop_loose_files):
            pass
        await self.act(lambda w: w.run("forget_turns"))
        pruned = 0
        while done := await self.act(batch):
            pruned += done
        return pruned


def id_floor(ms: int) -> str:
    """The smallest UUIDv7 of a moment: ids made before it sort below."""
    text = f"{max(ms, 0) << 80:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def end_waiting(writer: Writer, row: Row, event: Event, error: str | None, hints: set[Hint]) -> bool:
    """End a task that nobody runs (a row of the `overdue` columns); False when it moved meanwhile."""
    task, job = seen_task(row)
    move = decide(job, event, writer.now)
    intent = Finish(task, "", event, error=error, leased=False, chunked=True)
    return not write_moves(writer, [(intent, move, job.cancel_requested)], hints)


def seen_task(row: Row) -> tuple[Claimed, Job]:
    """A row of the `standing` columns as the claim it was and as decisions see it."""
    job_id, part, fence, cancel, leased, tries, most, deaths, suspect, started, ready = row[:11]
    phase = Phase.LEASED if leased else Phase.READY if ready else Phase.WAITING
    status = Status.PROCESSING if started else Status.PENDING
    job = Job(status, phase, bool(cancel), _int(tries), _int(most), _int(deaths), bool(suspect))
    task = Claimed(
        str(job_id), _int(part), _int(fence), "", "", "", job.tries, job.max_attempts, job.deaths,
        job.suspect, 0, 0, None, 0, 0, 0.0,
    )  # fmt: skip
    return task, job


def _cancel(writer: Writer, job_id: str, owner: str | None, by: str) -> None:
    job, fence = _load(writer, job_id, owner)
    running = stop_chunks(writer, job_id) if job.phase is not Phase.GONE else 0
    move = _decide(replace(job, running_chunks=running), Event.CANCEL, writer.now)
    if move.changes:
        writer.run("close_chunks", id=job_id, left=running)
        writer.run("cancel_flag", id=job_id, fence=fence, by=by)
    elif job.phase is not Phase.GONE:
        end_jobs(writer, [plain_end(job_id, fence, job.cancel_requested, move.status, by)])


def _retry(
    writer: Writer,
    job_id: str,
    owner: str | None,
    chunks: Sequence[int] | None,
    scratch: bool,
    monthly_grant: int,
) -> None:
    job, _ = _load(writer, job_id, owner)
    if writer.repeat and job.phase is not Phase.GONE:  # it was committed before, and the reply was lost
        return
    if scratch and job.status is Status.COMPLETED:
        job = Job(job.status, job.phase, failed_chunks=1)  # all anew is allowed of any ended job
    move = _decide(job, Event.RETRY, writer.now)
    if chunks is not None:
        _check_chunks(writer, job_id, chunks)
    terms = Terms.of(writer.rows("terms", id=job_id)[0])
    if scratch:
        writer.run("forget_steps", id=job_id)
    else:
        writer.run("reset_chunks", id=job_id, parts=None if chunks is None else dump_parts(chunks))
    ((queue, priority, whose),) = writer.rows("job_line", id=job_id)
    place = take_place(writer, str(queue), int(priority or 0), str(whose))
    writer.run("retry", id=job_id, status=str(move.guard["status"]), vt=place)
    writer.run("recount_chunks", id=job_id)
    needed = terms.needed(None if chunks is None else len(chunks), scratch)
    reserve_round(writer, job_id, terms, needed, monthly_grant)


def _check_chunks(writer: Writer, job_id: str, chunks: Sequence[int]) -> None:
    """Raises InvalidInput unless another round has something to do for each of them."""
    left = {_int(part) for (part,) in writer.rows("chunks_left", id=job_id)}
    idle = [str(n) for n in chunks if n not in left]
    if idle or not chunks:
        told = ", ".join(idle[:_CHUNKS_TOLD]) or "-"
        message = N_("Name chunks that failed or are unfinished, not these: {chunks}")
        raise InvalidInput([FieldError("chunks", message, {"chunks": told})])


def _delete(writer: Writer, job_id: str, owner: str | None) -> None:
    try:
        job, _ = _load(writer, job_id, owner)
    except JobNotFound:
        if writer.repeat:  # as in `_retry`
            return
        raise
    if job.phase is not Phase.GONE:
        raise Conflict(N_("The job is unfinished: cancel it first"))
    writer.run("delete_job", id=job_id)


def _decide(job: Job, event: Event, now: int) -> Transition:
    try:
        return decide(job, event, now)
    except Illegal:
        raise Conflict(
            N_("A job that is {status} does not allow: {event}"), status=job.status.value, event=event.value
        ) from None


def _load(writer: Writer, job_id: str, owner: str | None) -> tuple[Job, int]:
    """The job as decisions see it, with its fence; locked until the transaction ends."""
    writer.rows("lock_task", id=job_id)
    rows = writer.rows("job_row", id=job_id, owner=owner)
    if not rows:
        raise JobNotFound()
    (
        status,
        finished,
        fence,
        failed,
        task_fence,
        cancel,
        ready,
        leased,
        started,
        tries,
        most,
        deaths,
        suspect,
    ) = rows[0]
    if finished:
        failed_chunks = len(json.loads(failed)) if isinstance(failed, str) else 0
        return Job(Status(str(status)), Phase.GONE, failed_chunks=failed_chunks), _int(fence)
    phase = Phase.LEASED if leased else Phase.READY if ready else Phase.WAITING
    now = Status.PROCESSING if started else Status.PENDING
    return Job(now, phase, bool(cancel), _int(tries), _int(most), _int(deaths), bool(suspect)), _int(
        task_fence
    )


def _drop_loose_files(writer: Writer) -> int:
    ids = [str(row[0]) for row in writer.rows("loose_files", cutoff=writer.now - 3_600_000, n=_PRUNE_BATCH)]
    for file_id in ids:
        writer.run("drop_file", id=file_id)
    return len(ids)


def _parts(jobs: Iterable[NewJob]) -> Iterator[list[NewJob]]:
    drawn = iter(jobs)
    while part := list(islice(drawn, _ROWS_PER_INTENT)):
        yield part


def _or_raise(results: list[Submitted | Refusal]) -> list[Submitted]:
    accepted: list[Submitted] = []
    for result in results:
        if not isinstance(result, Submitted):
            raise result
        accepted.append(result)
    return accepted


def _check(job_id: str) -> None:
    if not is_id(job_id):
        raise JobNotFound()


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float | str) else 0
