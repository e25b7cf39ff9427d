"""One batch of intents, in one transaction: each kind becomes one many-rowed statement, in a fixed order.

Called by the committer only. Order: submit, checkpoint, call, log, progress, heartbeat, finish, act, claim.
Every write by a worker is fenced. `leases` begins what workers hold, `moves` ends it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from headway.core.errors import HeadwayError, LeaseLost
from headway.store.calls import open_calls, settle_calls
from headway.store.chunks import fan_out
from headway.store.driver import Hint, Writer
from headway.store.intents import (
    Act,
    Checkpoint,
    Claim,
    Ends,
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
    key_of,
    key_row,
)
from headway.store.leases import claim, heartbeat, heartbeat_again
from headway.store.moves import finish
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
    hints.add("change")
    if not writer.alone:  # `submit_alone` has said it
        hints.add("work")
    return [[next(outcome) for _ in intent.jobs] for intent in intents]


def _checkpoint(writer: Writer, intents: Sequence[Checkpoint], hints: set[Hint]) -> list[Result]:
    rows = dump(
        {
            **key_row(i.task),
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
    return open_calls(writer, intents)


def _settle_call(writer: Writer, intents: Sequence[SettleCall], hints: set[Hint]) -> list[Result]:
    settle_calls(writer, intents)
    return [True] * len(intents)


def _log(writer: Writer, intents: Sequence[Log], hints: set[Hint]) -> list[Result]:
    rows = dump(
        {**key_row(i.key), "ord": n, "at": i.at, "text": storable(i.text)} for n, i in enumerate(intents)
    )
    written = writer.run("add_log", rows=rows, repeat=writer.repeat)
    return _fenced(writer, written, [i.key for i in intents])


def _progress(writer: Writer, intents: Sequence[Progress], hints: set[Hint]) -> list[Result]:
    latest: dict[TaskKey, dict[str, Any]] = {}  # UPDATE … FROM applies one source row per target
    for i in intents:
        row = latest.setdefault(i.key, {**key_row(i.key), "percent": 0, "step": None})
        row["percent"] = max(row["percent"], i.percent)
        row["step"] = i.step or row["step"]
    for _ in range(2):  # what another connection wrote at that moment was passed by
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


def _ends(writer: Writer, intents: Sequence[Ends], hints: set[Hint]) -> list[Result]:
    results = iter(finish(writer, [end for intent in intents for end in intent.finishes], hints))
    return [list(islice(results, len(intent.finishes))) for intent in intents]


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


def _fenced(writer: Writer, written: int, keys: Sequence[TaskKey]) -> list[Result]:
    """True, or LeaseLost for those whose fence has passed; asked only when fewer rows were written than
    sent."""
    if written == len(keys):
        return [True] * len(keys)
    held = set(map(key_of, writer.rows("held", rows=dump(map(key_row, keys)))))
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
    (Finish, finish),
    (Ends, _ends),
    (Act, _act),
    (Claim, _claim),
)
