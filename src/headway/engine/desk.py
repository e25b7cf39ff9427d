"""Where a context's questions to a model are handled: what was asked before, whose turn it is, how to wait
for it.

Made by each `Context`; used by `ai.asking`. `Line` is what all attempts of a process share. Invariant: an
answer that is on record is given again as often as it was given, and not bought.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headway.ai.asking import Flights
from headway.ai.calls import CallKey, Place, Question, Settlement
from headway.ai.prices import Prices, prices
from headway.ai.provider import Answer, Provider, Usage
from headway.core.pacing import Heard, Rates, Turn
from headway.engine.budget import Budgets
from headway.store.rows import CallRow
from headway.store.sharing import Said
from headway.support.settings import Settings

_PROBE_GRACE_MS = 2_000
LOOK_AGAIN_S = (0.05, 0.25)
"""How long to wait before one looks again for room at a provider, or for another claim's answer."""


@dataclass(slots=True)
class Line:
    """A process's line to its provider. `probe_ms` is how long the others wait for the first who tries a
    provider that was down."""

    provider: Callable[[], Provider]
    rates: Rates
    prices: Prices
    probe_ms: int
    budgets: Budgets
    flights: Flights = field(default_factory=dict)
    at_once: int | None = None
    """How many requests of all workers together may be at the provider; None is no limit."""


def line(settings: Settings, provider: Callable[[], Provider]) -> Line:
    """The line that the settings describe. Raises ValueError for a file of prices that cannot be read."""
    return Line(
        provider,
        Rates(settings.ai_rpm, settings.ai_tpm),
        prices(settings.prices),
        int(settings.ai_timeout * 1000) + _PROBE_GRACE_MS,
        Budgets(settings.ai_timeout + _PROBE_GRACE_MS / 1000),
        at_once=settings.ai_concurrency,
    )


class CallPort(Protocol):
    """The part of a context's port that questions need."""

    async def open_call(
        self, call: CallKey, request_hash: str, provider: str, model: str, tokens: int
    ) -> CallKey | bool:
        """Note that a provider is about to be asked for about so many tokens: True. Or False, while it has no room; or the call of
        another claim of the job that asks the same. Raises LeaseLost, BudgetSpent."""

    async def settle_call(self, call: CallKey, settlement: Settlement) -> None:
        """Note what it answered."""

    async def join_call(self, request_hash: str) -> CallKey | None:
        """The call of another claim of the job that asks this just now, from now on shared with this one."""

    async def said(self, call: CallKey) -> Said | None:
        """What another claim's call has come to; None while it is waited for."""

    async def calls(self) -> Sequence[CallRow]:
        """The job's calls as they are recorded now."""

    async def turn(self, provider: str, model: str, tokens: int, charged: bool) -> Turn:
        """A place in the model's lane (`store.pacing`)."""

    async def heard(self, provider: str, model: str, what: Heard, wait_ms: int | None, tokens: int) -> int:
        """Tell the lane what came of a request; gives for how long it is paused, in ms."""

    @property
    def provider(self) -> Provider:
        """Who answers questions."""

    @property
    def flights(self) -> Flights:
        """The requests of this process that are under way."""


class CallDesk:
    """The calls of one attempt. Implements `ai.asking.Desk`; `wait` is the context's own; `about_to_ask`
    raises once it is closed."""

    def __init__(
        self,
        port: CallPort,
        job_id: str,
        recorded: Sequence[CallRow],
        wait: Callable[[int, str], Awaitable[None]],
        about_to_ask: Callable[[], Awaitable[None]],
    ) -> None:
        self.job_id = job_id
        self.recorded = list(recorded)
        self._wait = wait
        self._port = port
        self._about_to_ask = about_to_ask
        self._asked: dict[Place, int] = {}
        self._answers: dict[tuple[Place, str], list[CallRow]] = {}
        self._spare: dict[str, list[CallRow]] = {}
        self._doubtful: set[tuple[Place, str]] = set()
        for row in recorded:
            place = (row.step, row.key)
            self._asked[place] = max(row.n + 1, self._asked.get(place, 0))
            if row.stale:
                continue
            if row.outcome == "succeeded":
                self._keep(row)
            elif row.outcome is None:
                self._doubtful.add((place, row.request_hash))

    @property
    def flights(self) -> Flights:
        """The requests of this process that are under way."""
        return self._port.flights

    async def wait(self, ms: int, text: str) -> None:
        """Wait as the context does."""
        await self._wait(ms, text)

    def next_call(self, place: Place) -> CallKey:
        """The next ordinal in that place."""
        n = self._asked.get(place, 0)
        self._asked[place] = n + 1
        return CallKey(*place, n)

    async def settled(self, place: Place, request_hash: str) -> Answer | None:
        """The answer on record to this very request: of this place, or one that was shared with it. A call
        that was in doubt when the attempt began is looked up again, since the worker before may have settled
        it meanwhile."""
        if (place, request_hash) in self._doubtful:
            self._doubtful.discard((place, request_hash))
            for row in await self._port.calls():
                here = (row.step, row.key) == place and row.request_hash == request_hash
                if here and row.outcome == "succeeded" and row not in self.recorded:
                    self._keep(row)
        rows = self._answers.get((place, request_hash)) or self._spare.get(request_hash)
        if not rows:
            return None
        return _answer(rows.pop(0))

    async def open(self, call: CallKey, question: Question) -> CallKey | None:
        """Before the request, once there is room for it; or another claim's call that asks the same."""
        await self._about_to_ask()
        about = (question.hash, question.provider.name, question.model, question.tokens)
        while not (opened := await self._port.open_call(call, *about)):
            await _a_moment()
        return None if opened is True else opened

    async def join(self, request_hash: str) -> CallKey | None:
        """Another claim's call that asks the same."""
        return await self._port.join_call(request_hash)

    async def answer_to(self, call: CallKey) -> Answer | None:
        """What another claim's call comes to; None: nobody waits for its answer any more."""
        while (said := await self._port.said(call)) is None:
            await _a_moment()
        return _answer(said) if said.outcome == "succeeded" else None

    async def settle(self, call: CallKey, settlement: Settlement) -> None:
        """After it; allowed even when the attempt is over, since it was paid for."""
        await self._port.settle_call(call, settlement)

    async def turn(self, provider: str, model: str, tokens: int, charged: bool) -> Turn:
        """A place in the lane."""
        return await self._port.turn(provider, model, tokens, charged)

    async def heard(self, provider: str, model: str, what: Heard, wait_ms: int | None, tokens: int) -> int:
        """Tell the lane."""
        return await self._port.heard(provider, model, what, wait_ms, tokens)

    def _keep(self, row: CallRow) -> None:
        self._answers.setdefault(((row.step, row.key), row.request_hash), []).append(row)
        self._spare.setdefault(row.request_hash, []).extend([row] * row.shares)


def _answer(row: CallRow | Said) -> Answer:
    return Answer(row.answer or "", row.model, Usage(row.input_tokens, row.output_tokens))


async def _a_moment() -> None:
    await asyncio.sleep(random.uniform(*LOOK_AGAIN_S))
