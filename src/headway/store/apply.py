"""One batch of intents, in one transaction: each kind becomes one many-rowed statement, in a fixed order.

Called by the committer only. Order: submit, checkpoint, call, log, progress, heartbeat, finish, act, claim.
Every write by a worker is fenced; a finish that misses is looked at again, since a cancel may have come
first.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from headway.core.errors import HeadwayError, LeaseLost
from headway.core.states import Event, Job, Phase, Status, Transition, decide
from headway.store.chunks import Move, end_body, end_chunks, fan_out, key_of
from headway.store.driver import Hint, Row, Value, Writer
from headway.store.endings import End, end_jobs
from headway.store.intents import (
    Act,
    Checkpoint,
    Claim,
    Claimed,
    FanOut,
    Finish,
    Heartbeat,
    Intent,
    Log,
    OpenCall,
    Progress,
    SettleCall,
    Submit,
    TaskKey,
)
from headway.store.room import room, within_limits
from headway.store.submission import dump, insert_jobs
from headway.store.texts import storable

Result = object
Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Applied:
    """What a batch came to: a result for each intent, in the batch's order, and the hints to give after the
    commit."""

    results: list[Result]
    hints: set[Hint] = field(default_factory=set)


def apply(writer: Writer, batch: Sequence[Intent]) -> Applied:
    """Write the batch inside the writer's open transaction. Raises the database's error; the caller rolls
    back."""
    applied = Applied([None] * len(batch))
    kinds: dict[type[Intent], list[tuple[int, Any]]] = defaultdict(list)
    for place, intent in enumerate(batch):
        kinds[type(intent)].append((place, intent))
    for kind, write in _ORDER:
        entries = kinds.get(kind)
        if entries:
            places = [place for place, _ in entries]
            for place, result in zip(
                places, write(writer, [i for _, i in entries], applied.hints), strict=True
            ):
                applied.results[place] = result
    return applied


def _submit(writer: Writer, intents: Sequence[Submit], hints: set[Hint]) -> list[Result]:
    outcome = iter(insert_jobs(writer, [job for intent in intents for job in intent.jobs]))
    hints.update(("work", "change"))
    return [[next(outcome) for _ in intent.jobs] for intent in intents]


def _checkpoint(writer: Writer, intents: Sequence[Checkpoint], hints: set[Hint]) -> list[Result]:
    rows = dump(
        {
            **_key(i.task),
            "name": i.name,
            "key": i.key,
            "input_hash": i.input_hash,
            "input": i.input,
            "value": i.value,
            "started_at": i.started_at,
        }
        for i in intents
    )
    return _fenced(writer, writer.run("checkpoint", rows=rows), [i.task for i in intents])


def _open_call(writer: Writer, intents: Sequence[OpenCall], hints: set[Hint]) -> list[Result]:
    going = within_limits(writer, intents)
    opened = iter(_write_calls(writer, going) if going else [])
    admitted = set(map(id, going))
    return [next(opened) if id(intent) in admitted else False for intent in intents]


def _write_calls(writer: Writer, intents: Sequence[OpenCall]) -> list[Result]:
    rows = dump(
        {
            **_key(i.task),
            "step": i.step,
            "key": i.key,
            "n": i.n,
            "request_hash": i.request_hash,
            "provider": i.provider,
            "model": i.model,
            "cost_micros": i.cost_micros,
        }
        for i in intents
    )
    return _fenced(writer, writer.run("open_call", rows=rows), [i.task for i in intents])


def _settle_call(writer: Writer, intents: Sequence[SettleCall], hints: set[Hint]) -> list[Result]:
    writer.run(
        "settle_call",
        rows=dump(
            {
                **_key(i.task),
                "step": i.step,
                "key": i.key,
                "n": i.n,
                "outcome": i.outcome,
                "answer": None if i.answer is None else storable(i.answer),
                "error": None if i.error is None else storable(i.error),
                "input_tokens": i.input_tokens,
                "output_tokens": i.output_tokens,
                "cost_micros": i.cost_micros,
                "shares": i.shares,
            }
            for i in intents
        ),
    )
    return [True] * len(intents)


def _log(writer: Writer, intents: Sequence[Log], hints: set[Hint]) -> list[Result]:
    rows = dump(
        {**_key(i.key), "ord": n, "at": i.at, "text": storable(i.text)} for n, i in enumerate(intents)
    )
    written = writer.run("add_log", rows=rows, repeat=writer.repeat)
    return _fenced(writer, written, [i.key for i in intents])


def _progress(writer: Writer, intents: Sequence[Progress], hints: set[Hint]) -> list[Result]:
    latest: dict[TaskKey, dict[str, Any]] = {}  # UPDATE … FROM applies one source row per target
    for i in intents:
        row = latest.setdefault(i.key, {**_key(i.key), "percent": 0, "step": None})
        row["percent"] = max(row["percent"], i.percent)
        row["step"] = i.step or row["step"]
    for _ in range(
        2
    ):  # what another connection wrote at that moment was passed by; what says nothing new is too
        if writer.run("progress", rows=dump(latest.values())) == len(latest):
            break
    hints.add("change")
    return [True] * len(intents)


def _heartbeat(writer: Writer, intents: Sequence[Heartbeat], hints: set[Hint]) -> list[Result]:
    results: list[Result] = []
    for intent in intents:
        held = heartbeat(writer, intent)
        results.append(held | heartbeat_again(writer, intent, held))
    return results


def heartbeat(writer: Writer, intent: Heartbeat) -> dict[TaskKey, bool]:
    """Renew the leases and the worker's own row; {key: cancel_requested} of what is held and could be written at once."""
    if intent.seen:
        writer.run("worker_seen", **intent.seen)
    return _renew(writer, "heartbeat", intent, intent.keys) if intent.keys else {}


def heartbeat_again(writer: Writer, intent: Heartbeat, held: Container[TaskKey]) -> dict[TaskKey, bool]:
    """The same for the others: those that were being written, and are now waited for, and those that are lost."""
    found: dict[TaskKey, bool] = {}
    for _ in range(2):  # a row that was waited for has moved on, and is locked now
        rest = [key for key in intent.keys if key not in held and key not in found]
        if rest:
            found |= _renew(writer, "heartbeat_again", intent, rest)
    return found


def _renew(writer: Writer, query: str, intent: Heartbeat, keys: Sequence[TaskKey]) -> dict[TaskKey, bool]:
    rows = writer.rows(query, rows=dump(map(_key, keys)), worker=intent.worker, lease_ms=intent.lease_ms)
    return {key_of(row): bool(row[3]) for row in rows}


def _finish(writer: Writer, intents: Sequence[Finish], hints: set[Hint]) -> list[Result]:
    """Ends and releases, decided on the usual view first (no cancel); what misses is decided again on what is
    there.

    A death is decided on what is there at once: a checkpoint since the claim may have cleared the deaths
    before it.
    """
    decided: dict[Hashable, Transition] = {}  # a batch is mostly the same move, again and again
    results: list[Result] = []
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
    releases: Rows = []
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
    if move.status is Status.COMPLETED:
        return (
            task.job_id,
            task.fence,
            cancel,
            intent.leased,
            move.status,
            intent.result,
            None,
            None,
            100,
            None,
        )
    failed = move.status is Status.FAILED
    told = failed or (intent.event is Event.STOP and not cancel)  # the handler's Cancel, with its reason
    return (
        task.job_id,
        task.fence,
        cancel,
        intent.leased,
        move.status,
        None,
        intent.error if told else None,
        move.changes.get("tries"),  # type: ignore[return-value]  # the core counts in whole numbers
        None,
        None if failed else intent.cancelled_by,
    )


def _release_row(intent: Finish, move: Transition, cancel: bool, now: int) -> dict[str, Any]:
    job_id, part, fence = intent.task.key
    due = intent.due_at
    if move.phase is Phase.READY:
        due = None
    elif due is None and not intent.for_chunks:
        due = now + intent.delay_ms
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
    writer: Writer, missed: Sequence[tuple[int, Finish]], results: list[Result], hints: set[Hint]
) -> None:
    """Finishes that wrote nothing: a cancel came first, they were said before (a lost reply), or the lease is
    lost."""
    asked = dump(_key(i.task.key) for _, i in missed)
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


def _act(writer: Writer, intents: Sequence[Act[Any]], hints: set[Hint]) -> list[Result]:
    results: list[Result] = []
    for intent in intents:
        writer.savepoint()
        try:
            results.append(intent.run(writer))
        except HeadwayError as refusal:
            writer.rollback_to()
            results.append(refusal)
        else:
            writer.release()
            hints.update(hint for hint in ("work", "change") if hint in intent.hints)
    return results


def _claim(writer: Writer, intents: Sequence[Claim], hints: set[Hint]) -> list[Result]:
    results: list[Result] = [claim(writer, intent) for intent in intents]
    if any(results):
        hints.add("change")
    return results


def claim(writer: Writer, intent: Claim) -> list[Claimed]:
    """Take ready tasks, queue by queue, the most urgent and longest waiting first."""
    if writer.repeat:  # to claim again would take more than was asked for: read back what the lost reply held
        held = writer.packed("claimed", worker=intent.worker, claim_id=intent.claim_id)
        if held:
            return sorted(map(_claimed, held), key=_rank)
    taken: list[Claimed] = []
    for queue in intent.queues:
        wanted = room(writer, queue, intent.n - len(taken))
        if wanted <= 0:
            continue
        rows = writer.packed(
            "claim",
            queue=queue,
            n=wanted,
            worker=intent.worker,
            claim_id=intent.claim_id,
            lease_ms=intent.lease_ms,
        )
        taken += sorted(map(_claimed, rows), key=_rank)
    return taken


def _claimed(row: Sequence[Value]) -> Claimed:
    task = Claimed(*row)  # type: ignore[arg-type]  # columns in order
    task.suspect = bool(task.suspect)
    task.chunked = bool(task.chunked)
    return task


def _rank(task: Claimed) -> tuple[int, float, str, int]:
    return (-task.priority, task.vt, task.job_id, task.part)


def _key(key: TaskKey) -> dict[str, Any]:
    return {"id": key[0], "part": key[1], "fence": key[2]}


def _fenced(writer: Writer, written: int, keys: Sequence[TaskKey]) -> list[Result]:
    """True, or LeaseLost for those whose fence has passed; asked only when fewer rows were written than
    sent."""
    if written == len(keys):
        return [True] * len(keys)
    held = set(map(key_of, writer.rows("held", rows=dump(map(_key, keys)))))
    return [True if key in held else LeaseLost() for key in keys]


_ORDER: Sequence[tuple[type[Intent], Callable[[Writer, Sequence[Any], set[Hint]], list[Result]]]] = (
    (Submit, _submit),
    (Checkpoint, _checkpoint),
    (OpenCall, _open_call),
    (SettleCall, _settle_call),
    (Log, _log),
    (Progress, _progress),
    (Heartbeat, _heartbeat),
    (FanOut, fan_out),
    (Finish, _finish),
    (Act, _act),
    (Claim, _claim),
)
