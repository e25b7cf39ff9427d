"""Fan-out inside a handler: many steps of one name, run by any worker, while the handler waits without a slot.

Called by `Context.fan_out`. The first call writes the chunks and parks the attempt; every later one answers from what has
ended. Invariant: a chunk that succeeded is never run again, whatever happens to the handler.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from headway.core.errors import PermanentError, ReplayMismatch, public
from headway.core.progress import Window
from headway.engine.hashing import canonical, input_hash
from headway.engine.kinds import Step
from headway.store.intents import FanOut, TaskKey
from headway.store.rows import ChunkRow
from headway.support.i18n import N_

_CHUNKS_A_WRITE = 500
_BYTES_A_WRITE = 1 << 20
_NOBODY: TaskKey = ("", 0, 0)


@dataclass(frozen=True, slots=True)
class ChunkFailure:
    """What stands in the place of a failed chunk's result when `keep_going`: its number, its error as the API shows it."""

    part: int
    error: Mapping[str, Any]


class ChunkFailed(PermanentError):
    """Raised by `fan_out` without `keep_going` when a chunk has failed for good; its siblings were stopped."""

    type = "chunk-failed"
    title = N_("A part of the work failed")

    def __init__(self, part: int, error: Mapping[str, Any]) -> None:
        super().__init__(N_("Part {part} failed: {reason}"), part=part, reason=str(error.get("message", "")))
        self.part = part


@dataclass(frozen=True, slots=True)
class Plan:
    """One fan-out as the handler asks for it: the step, and each chunk's arguments."""

    step: Step
    ordinal: int
    calls: Sequence[tuple[object, ...]]
    keep_going: bool
    concurrency: int | None

    def key(self, index: int) -> str:
        """The chunk's key under the step's name."""
        return f"{self.ordinal}:{index}"


def known_chunks(plan: Plan, rows: Sequence[ChunkRow]) -> dict[int, ChunkRow]:
    """The recorded chunks of this fan-out by index. Raises ReplayMismatch when the handler asks for others than are recorded."""
    prefix = f"{plan.ordinal}:"
    found = {
        int(row.key.removeprefix(prefix)): row
        for row in rows
        if row.name == plan.step.name and row.key.startswith(prefix)
    }
    if found and max(found) >= len(plan.calls):
        raise ReplayMismatch(
            f"the fan-out of {plan.step.name} was recorded with {max(found) + 1} chunks, and has {len(plan.calls)} now"
        )
    for index, row in found.items():
        if row.input_hash != input_hash(plan.calls[index], {}):
            raise ReplayMismatch(
                f"chunk {index + 1} of the fan-out of {plan.step.name} was recorded with other arguments than"
                f" {canonical(plan.calls[index], {}).decode()[:500]}"
            )
    return found


def writes(plan: Plan, known: Mapping[int, ChunkRow], first_part: int, window: Window) -> list[FanOut]:
    """The intents that make what is not there yet, in batches bounded in rows and bytes; none when every chunk has ended.

    Whose they are is filled in by the port.
    """
    base = min((row.part - index for index, row in known.items()), default=first_part)
    open_ = [
        n for n in range(len(plan.calls)) if n not in known or known[n].state not in ("completed", "failed")
    ]
    batches: list[list[dict[str, object]]] = [[]]
    size = 0
    for place, index in enumerate(open_):
        text = canonical(plan.calls[index], {}).decode()
        if len(batches[-1]) >= _CHUNKS_A_WRITE or size > _BYTES_A_WRITE:
            batches.append([])
            size = 0
        size += len(text)
        batches[-1].append(
            {
                "part": base + index,
                "key": plan.key(index),
                "input_hash": input_hash(plan.calls[index], {}),
                "input": text,
                "ready": plan.concurrency is None or place < plan.concurrency,
            }
        )
    return [
        FanOut(
            _NOBODY,
            plan.step.name,
            batch,
            len(plan.calls),
            window.start,
            window.end,
            plan.step.retry.times,
            not plan.keep_going,
            plan.concurrency is not None,
        )
        for batch in batches
        if batch
    ]


def refuse_failed(plan: Plan, known: Mapping[int, ChunkRow]) -> None:
    """Without `keep_going` the first failure is the fan-out's: its siblings are not started again. Raises ChunkFailed."""
    if plan.keep_going:
        return
    for _, row in sorted(known.items()):
        if row.state == "failed":
            raise ChunkFailed(row.part, public(row.error or {}))


def results(plan: Plan, known: Mapping[int, ChunkRow]) -> list[Any]:
    """What the chunks gave, in order."""
    return [
        ChunkFailure(known[index].part, public(known[index].error or {}))
        if known[index].state == "failed"
        else plan.step.result.load(known[index].result or "null")
        for index in range(len(plan.calls))
    ]


def arguments(step: Step, recorded: Sequence[object]) -> list[Any]:
    """A chunk's arguments from their record: by the function's annotations. Raises InvalidInput when they no longer fit."""
    return [codec.load(orjson.dumps(value)) for codec, value in zip(step.arguments, recorded, strict=False)]
