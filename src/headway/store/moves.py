"""How claims end: each end or release is decided in the core, written as rows, and decided again where it missed.

Called by `apply` for workers, by `jobs` for people, and by the janitor. Invariant: what is written of a claim is written under its
fence and under the cancel flag that the decision was made on.
"""

from collections.abc import Container, Hashable, Sequence
from dataclasses import replace
from typing import Any

from headway.core.errors import LeaseLost
from headway.core.states import Event, Job, Phase, Status, Transition, decide
from headway.store.chunks import Move, end_body, end_chunks
from headway.store.driver import Hint, Row, Writer
from headway.store.endings import End, end_jobs
from headway.store.intents import Finish, TaskKey, key_of, key_row
from headway.store.submission import dump


def finish(writer: Writer, intents: Sequence[Finish], hints: set[Hint]) -> list[object]:
    """Ends and releases, decided on the usual view first (no cancel); what misses is decided again on what is
    there.

    A death is decided on what is there at once: a checkpoint since the claim may have cleared the deaths
    before it.
    """
    decided: dict[Hashable, Transition] = {}  # a batch is mostly the same move, again and again
    results: list[object] = []
    for i in intents:
        if i.event is Event.DIE:
            results.append(None)
            continue
        task = i.task
        likeness = (i.event, task.tries, task.max_attempts)
        move = decided.get(likeness)
        if move is None:
            move = decided[likeness] = decide(_view(i), i.event, writer.now)
        results.append(move)
    usual = [
        (i, move, False) for i, move in zip(intents, results, strict=True) if isinstance(move, Transition)
    ]
    missed = write_moves(writer, usual, hints)
    look = [(n, i) for n, i in enumerate(intents) if i.event is Event.DIE or i.task.key in missed]
    if look:
        _decide_again(writer, look, results, hints)
    return results


def _view(intent: Finish, cancel_requested: bool = False) -> Job:
    task = intent.task
    return Job(
        Status.PROCESSING,
        Phase.LEASED,
        cancel_requested,
        task.tries,
        task.max_attempts,
        task.deaths,
        task.suspect,
    )


def write_moves(writer: Writer, moves: Sequence[Move], hints: set[Hint]) -> set[TaskKey]:
    """Write the ends and the releases; returns the keys of those whose guard no longer held (nothing of them
    was written)."""
    ends: list[End] = []
    releases: list[dict[str, Any]] = []
    chunks: list[Move] = []
    written: list[Row] = []
    for intent, move, cancel in moves:
        if move.phase is not Phase.GONE:
            releases.append(_release_row(intent, move, cancel, writer.now))
        elif intent.task.part:
            chunks.append((intent, move, cancel))
        elif intent.chunked and (held := end_body(writer, intent, move, cancel)) is not None:
            written += held
        else:
            ends.append(_end_row(intent, move, cancel))
    ended = end_jobs(writer, ends) if ends else []
    if releases:
        released = writer.rows("release", rows=dump(releases))
        if any(row[3] for row in released):
            hints.add("work")
        written += released
    if chunks:
        written += end_chunks(writer, chunks, hints)
    hints.add("change")
    if any(intent.limited for intent, _, _ in moves):
        hints.add("work")
    missed = {intent.task.key for intent, _, _ in moves}.difference(ended, map(key_of, written))
    _write_attempts(writer, moves, missed)
    return missed


def _end_row(intent: Finish, move: Transition, cancel: bool) -> End:
    task = intent.task
    completed, failed = move.status is Status.COMPLETED, move.status is Status.FAILED
    told = failed or (intent.event is Event.STOP and not cancel)  # the handler's Cancel, with its reason
    return (
        task.job_id,
        task.fence,
        cancel,
        intent.leased,
        move.status,
        intent.result if completed else None,
        intent.error if told else None,
        move.changes.get("tries"),  # type: ignore[return-value]  # the core counts in whole numbers
        100 if completed else None,
        intent.cancelled_by if move.status is Status.CANCELLED else None,
    )


def _release_row(intent: Finish, move: Transition, cancel: bool, now: int) -> dict[str, Any]:
    job_id, part, fence = intent.task.key
    by_chunks_alone = intent.for_chunks and intent.delay_ms is None
    due = None if move.phase is Phase.READY or by_chunks_alone else now + (intent.delay_ms or 0)
    return {
        "id": job_id,
        "part": part,
        "fence": fence,
        "cancel": cancel,
        "ready": move.phase is Phase.READY,
        "parked": intent.for_chunks,
        "due_at": due,
        "tries": move.changes.get("tries"),
        "deaths": move.changes.get("deaths"),
        "suspect": move.changes.get("suspect"),
        "ran_ms": intent.ran_ms,
    }


def _decide_again(
    writer: Writer, missed: Sequence[tuple[int, Finish]], results: list[object], hints: set[Hint]
) -> None:
    """Finishes that wrote nothing: a cancel came first, they were said before (a lost reply), or the lease is
    lost."""
    asked = dump(key_row(i.task.key) for _, i in missed)
    standing = {key_of(row): row for row in writer.rows("standing", rows=asked)}
    recorded = {key_of(row): row[3] for row in writer.rows("ended", rows=asked)}
    again: list[Move] = []
    for place, intent in missed:
        key, row = intent.task.key, standing.get(intent.task.key)
        if row is not None and row[4]:
            cancel = bool(row[3])
            there = replace(_view(intent, cancel), deaths=int(row[7] or 0), suspect=bool(row[8]))
            results[place] = move = decide(there, intent.event, writer.now)
            again.append((intent, move, cancel))
        else:
            likely = (decide(_view(intent, cancel), intent.event, writer.now) for cancel in (False, True))
            results[place] = next((move for move in likely if move.outcome == recorded.get(key)), LeaseLost())
    if again and (lost := write_moves(writer, again, hints)):
        for place, intent in missed:
            if intent.task.key in lost:
                results[place] = LeaseLost()


def _write_attempts(writer: Writer, moves: Sequence[Move], missed: Container[TaskKey]) -> None:
    """Every end of a claim is kept, but for the first-try success, which the job's own row tells."""
    rows = [
        {
            "id": i.task.job_id,
            "part": i.task.part,
            "fence": i.task.fence,
            "attempt": i.task.tries + 1,
            "worker": i.worker,
            "started_at": i.task.claimed_at,
            "outcome": move.outcome,
            "error": i.error,
        }
        for i, move, _ in moves
        if (move.status is not Status.COMPLETED or i.task.fence > 1)
        and i.leased
        and not i.unstarted
        and i.task.key not in missed
    ]
    if rows:
        writer.run("add_attempts", rows=dump(rows))
