"""One claimed task being run: what the worker knows of it, and the context's port to the store.

Made by the worker for each claim. Invariant: every write goes out under the claim's key, so that the store refuses it
once the lease is lost.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any

import orjson

from headway.ai.asking import Flights
from headway.ai.calls import CallKey, Settlement
from headway.ai.provider import Provider, Usage
from headway.core.errors import PermanentError
from headway.core.pacing import Heard, Turn
from headway.core.progress import Text, Track
from headway.core.states import Event
from headway.engine import children
from headway.engine.desk import LOOK_AGAIN_S, Line
from headway.engine.kinds import Kind, Step
from headway.engine.pricing import OFFLINE
from headway.store.calls import UnderWay
from headway.store.intents import Checkpoint, Claimed, FanOut, Finish, Log, OpenCall, Progress, SettleCall
from headway.store.rows import CallRow, StepRow
from headway.store.sharing import Said
from headway.store.store import Store
from headway.store.texts import storable
from headway.support.i18n import N_

if TYPE_CHECKING:
    from headway.engine.context import Context


class Ending(Enum):
    """Why an attempt is being stopped from outside."""

    CANCEL = "cancel"
    INTERRUPT = "interrupt"
    TIME = "time"
    SOFT_TIME = "soft time"
    DEADLINE = "deadline"
    PARKED = "parked"
    LOST = "lost"


_OVERRULING = (Ending.LOST, Ending.TIME, Ending.DEADLINE, Ending.INTERRUPT)


class Attempt:
    """A running claim. Implements `port.Port` for handlers that run in this process."""

    __slots__ = ("_line", "_mark", "claimed", "context", "ending", "handle", "held", "kind", "parking", "reached", "started",
                 "step", "steps", "store", "suspects", "worker")  # fmt: skip

    def __init__(
        self,
        claimed: Claimed,
        kind: Kind,
        store: Store,
        worker: str,
        mark: "Callable[[Attempt], None]",
        line: Line,
        suspects: asyncio.Semaphore,
        steps: Mapping[str, Step],
        step: Step | None = None,
    ) -> None:
        self.claimed = claimed
        self.kind = kind
        self.steps = steps
        """The app's, by name."""
        self.step = step
        """Of a chunk: the step that it runs."""
        self.store = store
        self.suspects = suspects
        """The few places in which a worker lets suspects run, each in a child of its own."""
        self.worker = worker
        self.context: Context | None = None
        self.handle: asyncio.Task[None] | None = None
        self.ending: Ending | None = None
        self.parking = False
        self.held = claimed.fence > 1
        self.started: float | None = None
        """When, on the monotonic clock, it began to run; None while it is being prepared, or waits for a place."""
        self.reached: Track | None = None
        self._mark = mark
        self._line = line

    # -- the context's port -------------------------------------------------------------------------------------------

    def progress(self, track: Track) -> None:
        """Remember that something moved; the worker's pump sends it."""
        if self.claimed.part == 0:  # chunks move their job's percentage by ending
            self.reached = track
            self._mark(self)

    async def record(self, step: StepRow) -> None:
        """Make a step durable."""
        await self.store.do(
            Checkpoint(
                self.claimed.key,
                step.name,
                step.key,
                step.input_hash,
                step.input,
                step.value or "null",
                step.started_at,
            )
        )

    async def log(self, text: str) -> None:
        """Keep a line."""
        await self.store.do(Log(self.claimed.key, time.time_ns() // 1_000_000, text))

    async def within_budget(self) -> None:
        """Whether more may be bought for the job. Raises BudgetSpent once what its round has bought reaches what it reserved."""
        if self.claimed.reserved is not None:
            await self._line.budgets.check(self.store, self.claimed.job_id)

    async def open_call(
        self, call: CallKey, request_hash: str, provider: str, model: str, tokens: int
    ) -> CallKey | bool:
        """A call's row, before the request."""
        key, line = self.claimed.key, self._line
        charged = self.claimed.reserved is not None and provider != OFFLINE
        if charged:
            await self.within_budget()
            line.budgets.asked(key[0], call, tokens)
        most = line.at_once if provider != OFFLINE else None
        about = line.prices.cost_micros(provider, model, Usage(tokens, 0))
        opened: object = False
        try:
            opened = await self.store.do(
                OpenCall(
                    key,
                    call.step,
                    call.key,
                    call.n,
                    request_hash,
                    provider,
                    model,
                    most,
                    line.probe_ms,
                    about,
                )
            )
        finally:
            if charged and opened is not True:
                line.budgets.heard(key[0], call)
        return _key_of(opened) if isinstance(opened, UnderWay) else opened is True

    async def join_call(self, request_hash: str) -> CallKey | None:
        """Another claim's call that asks the same."""
        found = await self.store.join_call(self.claimed.key, request_hash)
        return _key_of(found) if found is not None else None

    async def said(self, call: CallKey) -> Said | None:
        """What another claim's call has come to."""
        return await self.store.said(self.claimed.job_id, call.step, call.key, call.n)

    async def settle_call(self, call: CallKey, settlement: Settlement) -> None:
        """A call's row, after it."""
        said, usage = settlement, settlement.usage
        await self.store.do(
            SettleCall(
                self.claimed.key,
                call.step,
                call.key,
                call.n,
                said.outcome,
                said.answer,
                said.error,
                usage.input_tokens,
                usage.output_tokens,
                self._line.prices.cost_micros(said.provider, said.model, usage),
                said.shares,
            )
        )
        if said.outcome is not None:
            self._line.budgets.heard(self.claimed.job_id, call)

    async def calls(self) -> Sequence[CallRow]:
        """The job's calls as they are recorded now."""
        return await self.store.calls(self.claimed.job_id) or []

    async def turn(self, provider: str, model: str, tokens: int, charged: bool) -> Turn:
        """A place in the model's lane, once the provider has room."""
        line = self._line
        if line.at_once and await self.store.is_full(provider, line.at_once, line.probe_ms):
            return Turn(int(random.uniform(*LOOK_AGAIN_S) * 1000), "full", charged)
        return await self.store.turn(
            provider, model, line.rates, tokens, probe_ms=line.probe_ms, charged=charged
        )

    async def heard(self, provider: str, model: str, what: Heard, wait_ms: int | None, tokens: int) -> int:
        """Tell the lane."""
        return await self.store.heard(
            provider, model, what, wait_ms=wait_ms, rates=self._line.rates, tokens=tokens
        )

    async def hold(self, text: str | None) -> None:
        """Of a chunk: its job says what it waits for, or again what it said before."""
        if text is not None:
            self.held = True
        if self.held:
            await self.store.hold_text(self.claimed.job_id, text)
        self.held = text is not None

    async def read_file(self, name: str) -> bytes:
        """A file of the job, whole."""
        return b"".join([block async for block in self.store.read_file(self.claimed.job_id, name)])

    async def fan_out(self, chunks: FanOut) -> None:
        """Chunks, durable before anyone can claim them."""
        await self.store.do(replace(chunks, task=self.claimed.key))

    def park(self, delay_ms: int | None, for_chunks: bool) -> None:
        """Commit the park first; then the handler is cancelled, and what it returns or raises is dropped."""
        self.parking = True
        self.flush()
        self.store.put(self.finish(Event.PARK, delay_ms=delay_ms, for_chunks=for_chunks), self._parked)

    async def run_process(self, step: Step, args: Sequence[object], kwargs: Mapping[str, object]) -> Any:
        """A step's function in a child process."""
        return await children.run_step(step, args, kwargs, self.read_file)

    @property
    def alone(self) -> bool:
        """Whether it runs in a child process for being a suspect. One that no child could find runs in the worker after all."""
        if not self.claimed.suspect or self.kind.internal:
            return False
        return children.can_find(self.step.function if self.step is not None else self.kind.handler)

    @property
    def soft(self) -> bool:
        """Whether the soft time limit is all that has passed."""
        return self.ending is Ending.SOFT_TIME

    @property
    def is_over_time(self) -> bool:
        """Whether the time limit or the deadline has passed."""
        return self.ending in (Ending.TIME, Ending.DEADLINE)

    @property
    def asked(self) -> bool:
        """Whether the handler was only asked to end, by a cancel or the soft limit: what can look at `ctx.cancelled` may go on."""
        return self.ending in (Ending.CANCEL, Ending.SOFT_TIME)

    @property
    def provider(self) -> Provider:
        """Who answers questions. Raises PermanentError when the settings name nobody who can."""
        try:
            return self._line.provider()
        except ValueError as error:
            raise PermanentError(N_("No AI provider can be asked: {reason}"), reason=str(error)) from error

    @property
    def flights(self) -> Flights:
        """The requests of this process that are under way."""
        return self._line.flights

    # -- the worker's handles -----------------------------------------------------------------------------------------

    def finish(self, event: Event, **what: Any) -> Finish:
        """The intent that ends this claim."""
        ran = self.claimed.ran_ms
        if self.started is not None:
            ran += int((time.monotonic() - self.started) * 1000)
        chunked = self.claimed.part == 0 and (
            self.claimed.chunked or (self.context is not None and self.context.fanned)
        )
        what.setdefault("ran_ms", 0 if event is Event.FAIL else ran)
        limited = self.kind.limit is not None
        return Finish(self.claimed, self.worker, event, chunked=chunked, limited=limited, **what)

    def flush(self) -> None:
        """Send the progress that has not been sent."""
        track, self.reached = self.reached, None
        if track is not None:
            self.store.put(Progress(self.claimed.key, track.percent, stored(track.step)))

    def stop(self, ending: Ending) -> None:
        """Stop the handler from outside: coroutines are cancelled, children killed, threads asked. Nothing overrules
        the deadline."""
        if self.context is not None:
            self.context.cancelled = True
        if self.ending in (None, Ending.SOFT_TIME) or (
            ending in _OVERRULING and self.ending is not Ending.DEADLINE
        ):
            self.ending = ending
        if self.handle is None:
            return
        if (
            self.context is None
        ):  # a task that is cancelled before its first step never runs, nor says how it ended
            asyncio.get_running_loop().call_soon(self.handle.cancel)
        else:
            self.handle.cancel()

    def _parked(self, result: object) -> None:
        if self.context is not None:
            self.context.close()
        self.stop(Ending.PARKED)


def _key_of(call: UnderWay) -> CallKey:
    return CallKey(call.step, call.key, call.n)


def stored(text: Text | None) -> str | None:
    """A step text as the store keeps it."""
    if text is None:
        return None
    try:
        return orjson.dumps([text.id, dict(text.args)], default=str).decode()
    except TypeError:  # half a surrogate pair, or a key that is no text
        return orjson.dumps(
            [storable(text.id), {storable(str(k)): storable(str(v)) for k, v in text.args.items()}]
        ).decode()
