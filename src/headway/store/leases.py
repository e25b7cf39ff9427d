"""The right to tasks: claims give it, heartbeats renew it.

Called by `apply`, and by the engine's heartbeat on a connection of its own. Invariant: a claim takes no more than was asked for and
than its queue's limit leaves, also when it is repeated after a lost reply.
"""

from collections.abc import Container, Sequence

from headway.store.driver import Value, Writer
from headway.store.intents import Claim, Claimed, Heartbeat, TaskKey, key_of, key_row
from headway.store.room import room
from headway.store.submission import dump


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
    rows = writer.rows(query, rows=dump(map(key_row, keys)), worker=intent.worker, lease_ms=intent.lease_ms)
    return {key_of(row): bool(row[3]) for row in rows}


def claim(writer: Writer, intent: Claim) -> list[Claimed]:
    """Take ready tasks, queue by queue, the most urgent and longest waiting first."""
    if writer.repeat:  # to claim again would take more than was asked for: read back what the lost reply held
        held = writer.packed("claimed", worker=intent.worker, claim_id=intent.claim_id)
        if held:
            return _in_order(writer, held)
    taken: list[Claimed] = []
    for queue in intent.queues:
        if len(taken) >= intent.n:
            break
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
        taken += _in_order(writer, rows)
    return taken


def _in_order(writer: Writer, rows: Sequence[Sequence[Value]]) -> list[Claimed]:
    """Claimed rows as tasks, each with its work: what is too large to be given with others is fetched by itself."""
    tasks = sorted(map(_claimed, rows), key=_rank)
    for task in tasks:
        if not task.input:
            [[work]] = writer.rows("work", id=task.job_id, part=task.part)
            task.input = str(work)
    return tasks


def _claimed(row: Sequence[Value]) -> Claimed:
    task = Claimed(*row)  # type: ignore[arg-type]  # columns in order
    task.suspect = bool(task.suspect)
    task.chunked = bool(task.chunked)
    return task


def _rank(task: Claimed) -> tuple[int, float, str, int]:
    return (-task.priority, task.vt, task.job_id, task.part)
