"""Chunks of a fan-out, inside a batch: made, ended, counted; and the ends of bodies that have some.

Called by `apply` and `jobs`. Invariant: a body's `open_chunks` is the number of its chunk tasks, and whoever takes it to 0
wakes the body exactly once, or ends the job when it was cancelled.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headway.core.errors import LeaseLost
from headway.core.states import Event, Job, Phase, Status, Transition, decide
from headway.store.driver import Hint, Row, Value, Writer
from headway.store.endings import end_jobs, is_large, plain_end
from headway.store.intents import FanOut, Finish
from headway.store.submission import dump, take_place

Move = tuple[Finish, Transition, bool]
"""How a claim ends, where that leads, and the cancel flag that it was decided on."""


@dataclass(slots=True)
class _Ended:
    """What a batch did to one body's chunks."""

    ended: int = 0
    succeeded: int = 0
    failed: list[int] = field(default_factory=list)
    capped: int = 0
    stop: bool = False


def fan_out(writer: Writer, intents: Sequence[FanOut], hints: set[Hint]) -> list[object]:
    """Make chunks; True for each, or LeaseLost when the body has another owner."""
    results: list[object] = []
    for intent in intents:
        job_id, _, fence = intent.task
        line = writer.rows("body_line", id=job_id, fence=fence)
        if not line:
            results.append(LeaseLost())
            continue
        queue, priority, owner = line[0]
        place = take_place(writer, str(queue), int(priority or 0), str(owner), len(intent.chunks))
        about: dict[str, Value] = {"id": job_id, "fence": fence, "name": intent.name}
        writer.run(
            "fan_out",
            rows=dump(intent.chunks),
            max_attempts=intent.max_attempts,
            fail_fast=intent.fail_fast,
            capped=intent.capped,
            vt=place,
            **about,
        )
        window: dict[str, Value] = {"fan_from": intent.start, "fan_to": intent.end, "fan_total": intent.total}
        writer.run("fan_in", **about, **window)
        results.append(True)
    hints.update(("work", "change"))
    return results


def end_chunks(writer: Writer, moves: Sequence[Move], hints: set[Hint]) -> list[Row]:
    """End chunks and tell their bodies; gives the (id, part, fence) of what was written."""
    by_key = {intent.task.key: (intent, move) for intent, move, _ in moves}
    rows = [_chunk_row(intent, move, cancel) for intent, move, cancel in moves]
    rows.sort(key=lambda row: (row["id"], row["part"]))  # everyone locks in the order of the keys
    written = writer.rows("end_chunks", rows=dump(rows))
    bodies: dict[str, _Ended] = defaultdict(_Ended)
    for job_id, part, fence, fail_fast, capped in written:
        intent, move = by_key[(str(job_id), int(part or 0), int(fence or 0))]
        if move.status is Status.COMPLETED and is_large(intent.result):
            writer.run("keep_value", id=job_id, part=part, fence=fence, value=intent.result)
        body = bodies[str(job_id)]
        body.ended += 1
        body.succeeded += move.status is Status.COMPLETED
        body.capped += bool(capped)
        if move.status is Status.FAILED:
            body.failed.append(int(part or 0))
            body.stop = body.stop or bool(fail_fast)
    if bodies:
        _tell_bodies(writer, bodies, hints)
    return [row[:3] for row in written]


def end_body(writer: Writer, intent: Finish, move: Transition, cancel: bool) -> list[Row] | None:
    """Before a body with chunks ends: what has not started goes. Gives the row of a body that has to wait, cancelled, for
    chunks that run, or nothing when the guard has failed; None when it may end now (chunks that ran have lost their
    fence)."""
    job_id, _, fence = intent.task.key
    standing = writer.rows("standing", rows=dump([{"id": job_id, "part": 0}]))
    if [(row[2], bool(row[3]), bool(row[4])) for row in standing] != [(fence, cancel, intent.leased)]:
        return []  # another owner's chunks are not ours to touch
    if move.status is not Status.CANCELLED:
        writer.run("drop_chunks", id=job_id)
        return None
    running = stop_chunks(writer, job_id)
    if not running:
        return None
    held = writer.run("hold_cancelled", id=job_id, fence=fence, left=running)
    return [(job_id, 0, fence)] if held else []


def stop_chunks(writer: Writer, job_id: str) -> int:
    """Chunks that have not started go, those that run are asked to stop; returns how many run."""
    writer.run("drop_idle_chunks", id=job_id)
    return writer.run("flag_chunks", id=job_id)


def _chunk_row(intent: Finish, move: Transition, cancel: bool) -> dict[str, Any]:
    job_id, part, fence = intent.task.key
    outcome = {Status.COMPLETED: "succeeded", Status.FAILED: "failed"}.get(move.status)
    return {
        "id": job_id,
        "part": part,
        "fence": fence,
        "cancel": cancel,
        "outcome": outcome,
        "value": intent.result if outcome == "succeeded" and not is_large(intent.result) else None,
        "error": intent.error if outcome == "failed" else None,
        "tries": move.changes.get("tries"),
    }


def _tell_bodies(writer: Writer, bodies: dict[str, _Ended], hints: set[Hint]) -> None:
    rows = [
        {
            "id": job_id,
            "part": 0,
            "ended": body.ended,
            "succeeded": body.succeeded,
            "failed": dump_parts(body.failed) if body.failed else None,
        }
        for job_id, body in sorted(bodies.items())
    ]
    counted = writer.rows("count_chunks", rows=dump(rows))
    if len(counted) < len(
        rows
    ):  # a body that another connection wrote at that moment was passed by, and is locked now
        told = {str(row[0]) for row in counted}
        counted += writer.rows("count_chunks", rows=dump(row for row in rows if row["id"] not in told))
    capped = [{"id": job_id, "n": body.capped} for job_id, body in sorted(bodies.items()) if body.capped]
    if capped and writer.run("next_chunks", rows=dump(capped)):
        hints.add("work")
    for job_id, fence, left, cancelled, leased in counted:
        body = bodies[str(job_id)]
        left = int(left or 0)
        if body.stop and left:
            left = stop_chunks(writer, str(job_id))
            writer.run("close_chunks", id=str(job_id), left=left)
        if left == 0 and not leased:
            hints.add("work")
            if cancelled:
                _end_cancelled(writer, str(job_id), int(fence or 0))


def _end_cancelled(writer: Writer, job_id: str, fence: int) -> None:
    """The last chunk of a cancelled job has ended: so has the job; its handler is not called again."""
    move = decide(Job(Status.PROCESSING, Phase.WAITING, cancel_requested=True), Event.STOP, writer.now)
    end_jobs(writer, [plain_end(job_id, fence, True, move.status)])


def dump_parts(parts: Sequence[int]) -> str:
    """Chunk numbers as JSON text."""
    return "[" + ",".join(map(str, sorted(parts))) + "]"
