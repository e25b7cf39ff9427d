"""A job on the command line: a row of a list, a page of its own, or JSON.

Called by `jobs`. The JSON has the fields of the HTTP answers, with what only operators see added.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from headway.cli import output, times
from headway.cli.faults import Fault
from headway.cli.output import Column

if TYPE_CHECKING:
    from headway.store import Attempt, CallRow, ChunkRow, LogLine, Snapshot, StepRow, Store

_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of a job, apart from its input and result."""

    job: "Snapshot"
    attempts: "Sequence[Attempt]"
    steps: "Sequence[StepRow]"
    calls: "Sequence[CallRow]"
    chunks: "Sequence[ChunkRow]"
    log: "Sequence[LogLine]"


async def read(store: "Store", job_id: str) -> Record:
    """Read it. Raises Fault where there is none."""
    job = await store.snapshot(job_id)
    if job is None:
        raise Fault(f"{job_id}: there is no such job")
    return Record(
        job,
        await store.attempts(job_id) or [],
        await store.steps(job_id) or [],
        await store.calls(job_id) or [],
        await store.chunks(job_id) or [],
        await store.log(job_id, limit=_LINES) or [],
    )


def snapshot_data(job: "Snapshot") -> dict[str, Any]:
    """The snapshot of the contract, and whose it is, in which queue."""
    from headway.http.rendering import as_dict, owner_links

    return {**as_dict(job, "en", owner_links(job.id), None), "owner": job.owner, "queue": job.queue}


def as_data(record: Record) -> dict[str, Any]:
    """Everything, for JSON; the values of steps and the answers of calls are parsed where they are JSON."""
    return {
        "job": snapshot_data(record.job),
        "attempts": [_row(each) for each in record.attempts],
        "steps": [_row(each) for each in record.steps],
        "calls": [_row(each) for each in record.calls],
        "chunks": [_row(each) for each in record.chunks],
        "log": [_row(each) for each in record.log],
    }


def write_list(jobs: "Sequence[Snapshot]") -> None:
    """One job a line."""
    from headway.store.rows import now_ms

    now = now_ms()
    columns = (
        Column("id"),
        Column("kind"),
        Column("status"),
        Column("%", right=True),
        Column("created", spare=True),
        Column("ago", right=True),
        Column("took", right=True, spare=True),
        Column("step or error", cut=True),
    )
    rows = [
        (
            job.id,
            job.kind,
            job.status.value,
            job.percent,
            times.exact(job.created_at),
            times.relative(job.created_at, now).removesuffix(" ago"),
            times.between(job.started_at, job.finished_at),
            _error(job.error) or _step(job),
        )
        for job in jobs
    ]
    output.table(columns, rows)


def write(record: Record) -> None:
    """The page: facts first, then what happened."""
    from headway.store.rows import now_ms

    job, now = record.job, now_ms()
    output.say(f"{job.id}  {job.kind}  {_status(job)}  {job.percent} %")
    output.facts(
        [
            ("owner", job.owner),
            ("queue", job.queue + (f", place {job.queue_position}" if job.queue_position else "")),
            ("attempt", f"{job.attempt} of {job.max_attempts}"),
            ("created", times.moment(job.created_at, now)),
            ("scheduled", job.scheduled_at and times.moment(job.scheduled_at, now)),
            ("started", job.started_at and times.moment(job.started_at, now)),
            ("finished", job.finished_at and times.moment(job.finished_at, now)),
            ("took", times.between(job.started_at, job.finished_at)),
            (
                "chunks",
                job.total_chunks
                and f"{job.processed_chunks} of {job.total_chunks}, failed: {job.failed_chunks}",
            ),
            ("step", _step(job)),
            ("error", _error(job.error)),
            ("credits", job.credits),
        ]
    )
    _write_attempts(record.attempts)
    _write_steps(record.steps)
    _write_calls(record.calls)
    _write_chunks(record.chunks)
    if record.log:
        output.heading("Log")
        output.table(
            (Column("at"), Column("text", fold=True)), [(times.exact(e.at), e.text) for e in record.log]
        )


def _write_attempts(attempts: "Sequence[Attempt]") -> None:
    if not attempts:
        return
    output.heading("Attempts")
    columns = (
        Column("part", right=True),
        Column("attempt", right=True),
        Column("fence", right=True, spare=True),
        Column("worker"),
        Column("started", spare=True),
        Column("took", right=True),
        Column("outcome"),
        Column("error", fold=True),
    )
    rows = [
        (
            each.part,
            each.attempt,
            each.fence,
            each.worker,
            times.exact(each.started_at),
            times.between(each.started_at, each.ended_at),
            each.outcome or "running",
            _error(each.error),
        )
        for each in attempts
    ]
    output.table(columns, rows)


def _write_steps(steps: "Sequence[StepRow]") -> None:
    if not steps:
        return
    output.heading("Steps")
    columns = (Column("step"), Column("key"), Column("started", spare=True), Column("took", right=True))
    rows = [
        (s.name, s.key, times.exact(s.started_at), times.between(s.started_at, s.ended_at)) for s in steps
    ]
    output.table(columns, rows)


def _write_calls(calls: "Sequence[CallRow]") -> None:
    if not calls:
        return
    output.heading("Calls")
    columns = (
        Column("step"),
        Column("provider"),
        Column("model"),
        Column("started", spare=True),
        Column("took", right=True),
        Column("in", right=True),
        Column("out", right=True),
        Column("cost", right=True),
        Column("outcome"),
    )
    rows = [
        (
            each.step,
            each.provider,
            each.model,
            times.exact(each.started_at),
            times.between(each.started_at, each.settled_at),
            each.input_tokens,
            each.output_tokens,
            None if each.cost_micros is None else f"{each.cost_micros / 1_000_000:.6f}",
            each.outcome or "in doubt",
        )
        for each in calls
    ]
    output.table(columns, rows)


def _write_chunks(chunks: "Sequence[ChunkRow]") -> None:
    if not chunks:
        return
    output.heading("Chunks")
    columns = (
        Column("chunk", right=True),
        Column("state"),
        Column("attempt", right=True),
        Column("error", fold=True),
    )
    output.table(columns, [(each.part, each.state, each.attempt, _error(each.error)) for each in chunks])


def _row(row: Any) -> dict[str, Any]:
    """A record of the store with RFC 3339 times and its JSON texts parsed."""
    from headway.http.rendering import timestamp

    data: dict[str, Any] = asdict(row)
    for name, value in data.items():
        if name == "at" or name.endswith("_at"):
            data[name] = timestamp(value)
        elif name in ("input", "value", "answer", "result") and isinstance(value, str):
            data[name] = _parsed(value)
    return data


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # a model's answer may be plain text
        return text


def _status(job: "Snapshot") -> str:
    if job.cancel_requested and not job.finished:
        return f"{job.status.value}, cancel requested"
    return job.status.value + (f" by {job.cancelled_by}" if job.cancelled_by else "")


def _step(job: "Snapshot") -> str:
    from headway.support.i18n import gettext

    return "" if job.step is None else gettext("en", job.step.id, **job.step.args)


def _error(error: dict[str, Any] | None) -> str:
    from headway.http.rendering import error_text

    shown = error_text(error, "en")
    if error is not None and "incident" in error:  # operators see its own words, and where it arose
        shown = error
    return "" if shown is None else f"{shown['type']}: {shown['message']}"
