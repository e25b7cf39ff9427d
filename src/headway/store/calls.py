"""Calls to providers: opened before the request, settled after it, shared by whoever asks the same meanwhile.

Called by `apply` inside the batch's transaction, and by `sharing`. Invariant: of the claims of a job that ask the same
at the same time one is told to send it, and the others whose answer to wait for. A call in doubt, or of a claim
that has ended, is waited for by nobody.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from headway.core.errors import LeaseLost
from headway.store.driver import Value, Writer
from headway.store.intents import OpenCall, SettleCall, TaskKey, key_row
from headway.store.room import within_limits
from headway.store.submission import dump
from headway.store.texts import storable

Question = tuple[str, str]
"""A job and the hash of a request."""


class UnderWay(NamedTuple):
    """A call whose answer is waited for: what it asks, the claim that waits, and where it is recorded."""

    job_id: str
    request_hash: str
    part: int
    fence: int
    step: str
    key: str
    n: int


def open_calls(writer: Writer, intents: Sequence[OpenCall]) -> list[object]:
    """For each: True, it is to be sent; an `UnderWay`, whose answer to wait for; False, its provider has no room; LeaseLost."""
    going = within_limits(writer, intents)
    results: dict[int, object] = {id(intent): None for intent in going}
    for intent in intents:
        if id(intent) not in results:
            results[id(intent)] = join(writer, intent.task, intent.request_hash) or False
    while going:
        first_of_each = {(i.task[0], i.request_hash): i for i in reversed(going)}
        results |= _open(writer, first_of_each)
        going = [intent for intent in going if results[id(intent)] is None]
    return [results[id(intent)] for intent in intents]


def settle_calls(writer: Writer, intents: Sequence[SettleCall]) -> None:
    """Keep the answers; those without an outcome stay in doubt, and are waited for no longer."""
    for i in intents:
        if i.outcome is None:
            writer.run("give_up_call", id=i.task[0], step=i.step, key=i.key, n=i.n, fence=i.task[2])
    writer.run(
        "settle_call",
        rows=dump(
            {
                **key_row(i.task),
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
            if i.outcome is not None
        ),
    )


def _open(writer: Writer, asked: Mapping[Question, OpenCall]) -> dict[int, object]:
    """One call for each question; None for those that have to be asked once more."""
    rows = [
        {
            **key_row(i.task),
            "step": i.step,
            "key": i.key,
            "n": i.n,
            "request_hash": i.request_hash,
            "provider": i.provider,
            "model": i.model,
            "cost_micros": i.cost_micros,
        }
        for _, i in sorted(asked.items())  # everyone runs into the others' calls in the same order
    ]
    found = [UnderWay._make(row) for row in writer.rows("open_call", rows=dump(rows))]
    calls = {(call.job_id, call.request_hash): call for call in found}
    results: dict[int, object] = {}
    for question, intent in asked.items():
        call = calls.get(question)
        if call is None:
            results[id(intent)] = LeaseLost()
        elif call[4:] == (intent.step, intent.key, intent.n):
            results[id(intent)] = True
        else:
            results[id(intent)] = _share(writer, intent.task, call)
    return results


def join(writer: Writer, task: TaskKey, request_hash: str) -> UnderWay | None:
    """Have `task` share the call under way that asks this; None where there is none to wait for."""
    found = writer.rows("under_way", id=task[0], request_hash=request_hash)
    return _share(writer, task, UnderWay._make(found[0])) if found else None


def _share(writer: Writer, task: TaskKey, call: UnderWay) -> UnderWay | None:
    """Let `task` wait for the call, unless that would be for ever: one of its own, or of a claim that has ended, is given up."""
    place: dict[str, Value] = {"id": call.job_id, "step": call.step, "key": call.key, "n": call.n}
    claim = (call.job_id, call.part, call.fence)
    if claim != task and writer.rows("held", rows=dump([key_row(claim)])):
        return call if writer.run("share_call", **place) else None
    writer.run("give_up_call", fence=call.fence, **place)
    return None
