"""A question to its answer: found among what was paid for, shared with who asks the same, or bought at the
provider's pace.

Called by the engine's contexts, which lend their `Desk`. Invariants: a long wait gives the slot back and
costs no try; a request is sent only in its turn; while the provider counts as down, or asks to wait, nobody's
question fails: its place is kept.
"""

import asyncio
import random
from collections.abc import MutableMapping
from typing import Protocol

from headway.ai.calls import CallKey, CallRecorder, Elsewhere, Flight, Place, Question, paid_call
from headway.ai.provider import Answer, OptionRefused, Provider, ProviderBusy, ProviderError, Request
from headway.core.errors import ContextClosed, LeaseLost
from headway.core.pacing import IN_PLACE_MS, Heard, Reason, Turn
from headway.core.retry import RetryPolicy
from headway.support.i18n import N_

PASSING = RetryPolicy(times=3, base_s=0.5, cap_s=4.0)
"""Passing failures of one question before it raises: short, since the step and the job try again as well."""
_TEXTS: dict[Reason, str] = {
    "pace": N_("Waiting for the provider's turn: your place is kept"),
    "full": N_("Waiting for the provider's turn: your place is kept"),
    "busy": N_("The provider asks us to wait: your place is kept"),
    "quota": N_("The provider's quota for today is used up: your place is kept"),
    "down": N_("The provider is down, your place is kept"),
    "probe": N_("The provider is down, your place is kept"),
}
_HEARD: dict[str, Heard] = {
    "rate-limited": "busy",
    "quota": "quota",
    "transient": "failed",
    "in-doubt": "failed",
}

Flights = MutableMapping[tuple[str, str], Flight]
"""The requests of a process under way, by job and request hash."""


class Desk(CallRecorder, Protocol):
    """What a context lends to a question: its records, its lane, its way to wait."""

    @property
    def job_id(self) -> str:
        """Whose question it is."""

    @property
    def flights(self) -> Flights:
        """What is under way in this process."""

    async def turn(self, provider: str, model: str, tokens: int, charged: bool) -> Turn:
        """A place in the lane."""

    async def heard(self, provider: str, model: str, what: Heard, wait_ms: int | None, tokens: int) -> int:
        """Tell the lane; gives for how long it is paused now, in ms."""

    async def wait(self, ms: int, text: str) -> None:
        """Wait that long, in place when it is short, else without the slot, while the job says `text`."""

    async def join(self, request_hash: str) -> CallKey | None:
        """The call of another claim of the job that asks the same just now; its answer is this one's as well."""

    async def answer_to(self, call: CallKey) -> Answer | None:
        """Wait for what another claim's call comes to; None: to nothing."""


async def ask(desk: Desk, provider: Provider, place: Place, request: Request) -> Answer:
    """The answer to `request`. Raises ProviderError, or ProviderBusy after some tries."""
    provider.accept(request)
    question = Question.of(place, provider, request)
    if (known := await desk.settled(place, question.hash)) is not None:
        return known
    tries = 0
    while True:
        try:
            if (answer := await _share_or_buy(desk, question)) is not None:
                return answer
        except OptionRefused:
            continue  # each option can be refused once
        except ProviderBusy as busy:
            paused_ms = busy.paused_ms
            if busy.kind in ("rate-limited", "quota") or paused_ms > 0:
                continue  # the lane is paused: wait in it with everybody
            tries += 1
            if tries >= PASSING.times:
                raise
            pause_s = PASSING.delay(tries, random.uniform, busy.retry_after_s)
            await desk.wait(int(pause_s * 1000), _TEXTS["busy"])


async def _share_or_buy(desk: Desk, question: Question) -> Answer | None:
    """The answer, another's or one's own; None where another's came to nothing. Raises what the request raises."""
    flights, key = desk.flights, (desk.job_id, question.hash)
    if key not in flights and question.provider.paced:
        elsewhere = await _take_turn(desk, question)
        if elsewhere is not None:
            return await desk.answer_to(elsewhere)
    joined = flights.get(key)
    if joined is not None:
        joined.shares += 1
    flight = joined or _take_off(desk, question)
    try:
        return await asyncio.shield(flight.task)
    except Elsewhere as other:
        call = other.call if joined is None else await desk.join(question.hash)
        return await desk.answer_to(call) if call is not None else None
    except (LeaseLost, ContextClosed):
        if joined is None:
            raise
        return None  # it is the other's claim that has ended


def _take_off(desk: Desk, question: Question) -> Flight:
    flights, key = desk.flights, (desk.job_id, question.hash)
    flight = flights[key] = Flight()
    flight.task = asyncio.create_task(_fly(desk, question, flight))
    flight.task.add_done_callback(lambda task: _landed(flights, key, task))
    return flight


async def _fly(desk: Desk, question: Question, flight: Flight) -> Answer:
    """Send the request and tell the lane what came of it."""
    provider, model = question.provider, question.model
    try:
        answer = await paid_call(desk, question, flight)
    except ProviderError as error:
        if provider.paced:
            wait_ms = None if error.retry_after_s is None else int(error.retry_after_s * 1000) + 1
            heard = _HEARD.get(error.kind, "alive")
            error.paused_ms = await desk.heard(provider.name, model, heard, wait_ms, 0)
        raise
    if provider.paced:
        used = (answer.usage.input_tokens or 0) + (answer.usage.output_tokens or 0)
        await desk.heard(provider.name, model, "alive", None, used - question.tokens if used else 0)
    return answer


def _landed(flights: Flights, key: tuple[str, str], task: asyncio.Task[Answer]) -> None:
    del flights[key]
    if not task.cancelled():
        task.exception()  # heard by those who wait, or by nobody


async def _take_turn(desk: Desk, question: Question) -> CallKey | None:
    """Wait until the request may be sent; or gives the call of another claim that asks the same meanwhile."""
    provider, model, tokens = question.provider.name, question.model, question.tokens
    turn = await desk.turn(provider, model, tokens, False)
    in_vain_ms = 0
    while turn.wait_ms > 0:
        if (elsewhere := await desk.join(question.hash)) is not None:
            return elsewhere
        wait_ms = turn.wait_ms
        if turn.reason == "full":  # nobody knows for how long: a while in place, then without the slot
            in_vain_ms += wait_ms
            wait_ms = wait_ms if in_vain_ms <= IN_PLACE_MS else IN_PLACE_MS + wait_ms
        elif turn.reason != "pace":  # all wait for one moment: not all at it
            wait_ms += int(random.uniform(0, min(2_000, wait_ms / 10)))
        charged = turn.charged and wait_ms <= IN_PLACE_MS
        await desk.wait(wait_ms, _TEXTS.get(turn.reason, _TEXTS["pace"]))
        turn = await desk.turn(provider, model, tokens, charged)
    return None
