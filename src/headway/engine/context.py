"""What a handler holds: progress, stages, steps, sleeps, logs, files, questions to a model, and the flag to stop.

A context belongs to one attempt and dies with it: once closed it refuses every call, and what a closed context's
stages or progress say is dropped. `Port` is its only way out, so that the same context works in the worker and in a
child process.
"""

import asyncio
import contextvars
import random
import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from headway.ai.asking import ask
from headway.ai.provider import Answer, Provider, Request
from headway.ai.structured import Check, answer_for
from headway.core.errors import InvalidInput, PermanentError, ReplayMismatch
from headway.core.pacing import IN_PLACE_MS
from headway.core.progress import Text, Track, Window
from headway.core.retry import classify
from headway.engine.desk import CallDesk
from headway.engine.fanout import Plan, known_chunks, refuse_failed, results, writes
from headway.engine.files import JobFile
from headway.engine.hashing import input_hash, shown
from headway.engine.kinds import Handler, Step, step_of
from headway.engine.parking import Parking
from headway.engine.port import Port
from headway.engine.thread_context import ThreadContext
from headway.engine.waiting import in_thread
from headway.store.rows import CallRow, ChunkRow, StepRow
from headway.support.i18n import N_

SLEEP_IN_PLACE_S = 1.0
"""Shorter sleeps keep their slot: giving it back would cost two transactions."""
_SLEEP = "ctx.sleep"
_FAN_OUT = "ctx.fan_out"
"""The names under which sleeps are recorded and fan-outs counted; no function can have them."""

_WHOLE = Window()
_here: contextvars.ContextVar[tuple[str, str]] = contextvars.ContextVar("headway_step", default=("", ""))
_within: contextvars.ContextVar[frozenset[object]] = contextvars.ContextVar(
    "headway_within", default=frozenset()
)
"""The open steps around this place: while a question in them waits, they wait too."""
_SAID_FROM_MS = 1_000
"""Shorter waits for a turn are not worth a word."""
M = TypeVar("M", bound=BaseModel)


class Context:
    """One attempt of one job, as its handler sees it."""

    def __init__(
        self,
        port: Port,
        *,
        job_id: str,
        attempt: int,
        owner: str,
        percent: int = 0,
        steps: Sequence[StepRow] = (),
        calls: Sequence[CallRow] = (),
        logged: Sequence[str] = (),
        chunks: Sequence[ChunkRow] = (),
        scope: str = "",
    ) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.owner = owner
        self.cancelled = False
        """True once the job was asked to end, or its soft time limit has passed: finish what you can and return."""
        self._port = port
        self._track = Track(percent)
        self._window = _WHOLE
        self._stage: Text | None = None
        self._scope = scope  # of a chunk: before the keys of the steps inside it
        self._steps = {(row.name, row.key): row for row in steps} if steps else {}
        self._replayed_to = percent if steps or chunks else 0
        self._chunks = chunks
        self._next_part = 1 + max(row.part for row in chunks) if chunks else 1
        self.fanned = False
        """Whether this attempt has made chunks."""
        self._logged = Counter(logged) if logged else {}
        self._calls = calls
        self._desk: CallDesk | None = None
        self._ordinals: dict[str, int] = {}
        self._threads: set[Future[Any]] = set()
        self._parking = Parking(port.park)
        self._counted = self._parking.counted
        self._refuse_if_closed = self._parking.refuse_if_closed

    # -- telling ------------------------------------------------------------------------------------------------------

    def progress(
        self,
        percent: float | None = None,
        step: str | None = None,
        *,
        done: int | None = None,
        total: int | None = None,
        **args: object,
    ) -> None:
        """Say how far the current stage is: `percent` of it, or `done` of `total`; and perhaps a new step text.

        `step` is a message id whose `{names}` are filled from `args`, `done` and `total` in the language of whoever looks.
        Sent on at most four times a second. A closed context drops it.
        """
        if self._parking.closed:
            return
        if percent is None and total:
            percent = 100.0 * (done or 0) / total
        reached = self._window.at(percent) if percent is not None else self._track.percent
        if reached < self._replayed_to:  # a replay passes places that everyone has seen
            return
        values = {
            **args,
            **({"done": done} if done is not None else {}),
            **({"total": total} if total is not None else {}),
        }
        text = Text(step, values) if step is not None else self._refilled(values)
        if self._track.report(reached, text):
            self._port.progress(self._track)

    @contextmanager
    def stage(self, step: str, start: float, end: float, **args: Any) -> Iterator[None]:
        """A named window of the percentage: what is reported inside fills `start` to `end` percent of the enclosing stage."""
        outer_window, outer_stage = self._window, self._stage
        self._window = outer_window.inner(start, end)
        self._stage = Text(step, dict(args))
        try:
            self.progress(0, step, **args)
            yield
            self.progress(100)
        finally:
            self._window, self._stage = outer_window, outer_stage

    async def log(self, text: str) -> None:
        """Keep a line that the job's owner can read; a line that a replay says again is kept once. Raises LeaseLost,
        ContextClosed."""
        self._refuse_if_closed()
        if self._logged.get(text, 0) > 0:
            self._logged[text] -= 1
            return
        await self._counted(self._port.log(text))

    def _refilled(self, values: Mapping[str, object]) -> Text | None:
        """The stage's own text with new numbers, when it has places for them."""
        stage = self._stage
        if stage is None or not values or not any(f"{{{name}}}" in stage.id for name in values):
            return None
        return Text(stage.id, {**stage.args, **values})

    # -- steps --------------------------------------------------------------------------------------------------------

    def step(
        self, function: Handler | Step, *args: object, key: str | None = None, **kwargs: object
    ) -> Awaitable[Any]:
        """Run a function once and for all: its result is recorded, and a replay answers from the record.

        Its place among the calls of that name is taken now, not when it is awaited; `key` names it instead. Raises what the
        function raises after its retries; ReplayMismatch when the record has other input under the same name and key.
        """
        self._refuse_if_closed()
        step = (
            function
            if isinstance(function, Step)
            else getattr(function, "__headway_step__", None) or step_of(function)
        )
        if key is None:
            key = str(self._ordinal(step.name))
        return self._counted(self._step(step, self._scope + key, args, kwargs))

    async def _step(self, step: Step, key: str, args: Sequence[object], kwargs: Mapping[str, object]) -> Any:
        hashed = input_hash(args, kwargs)
        known = self._steps.get((step.name, key))
        if known is not None:
            if known.input_hash != hashed:
                raise ReplayMismatch(
                    f"step {step.name}[{key}] was recorded with {known.input}, and is called now with {shown(args, kwargs)}"
                )
            return step.result.load(known.value or "null")
        self._replayed_to = 0
        started = time.time_ns() // 1_000_000
        value = await self._with_retries(step, key, args, kwargs)
        try:
            text = step.result.dump(value)
            value = step.result.load(text)
        except InvalidInput as error:
            raise PermanentError(
                N_("Step {step} returned what cannot be recorded: {reason}"),
                step=step.name,
                reason=str(error),
            ) from error
        self._refuse_if_closed()
        row = StepRow(step.name, key, hashed, shown(args, kwargs), text, started, time.time_ns() // 1_000_000)
        await self._port.record(row)
        self._steps[(step.name, key)] = row
        return value

    async def _with_retries(
        self, step: Step, key: str, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> Any:
        for tries in range(1, step.retry.times + 1):
            place = _here.set((step.name, key))
            within = _within.set(_within.get() | {object()})
            try:
                async with asyncio.timeout(step.timeout):
                    return await self._call(step, args, kwargs)
            except Exception as error:
                verdict = classify(error)
                if not verdict.transient or tries == step.retry.times:
                    raise
                await asyncio.sleep(step.retry.delay(tries, random.uniform, verdict.retry_after_s))
            finally:
                _here.reset(place)
                _within.reset(within)
        raise AssertionError("unreachable")

    async def _call(self, step: Step, args: Sequence[object], kwargs: Mapping[str, object]) -> Any:
        if step.process:
            return await self._port.run_process(step, args, kwargs)
        if step.takes_context:
            args = (self if step.is_async else ThreadContext(self), *args)
        if not step.is_async:
            return await in_thread(partial(step.function, *args, **kwargs))
        try:
            return await step.function(*args, **kwargs)
        except SystemExit as error:  # asyncio would end the whole worker with it
            raise RuntimeError(repr(error)) from error

    # -- fanning out --------------------------------------------------------------------------------------------------

    def fan_out(
        self,
        function: Handler | Step,
        items: Iterable[object],
        *args: object,
        keep_going: bool = False,
        concurrency: int | None = None,
    ) -> Awaitable[list[Any]]:
        """Run `function(item, *args)` for every item, on any worker, and give the results in the items' order.

        The function is registered with `@app.step`; its arguments and results are JSON or models. Meanwhile this attempt holds no
        slot: the handler is called again from the top when the last chunk has ended. `concurrency` bounds how many run at once.
        With `keep_going` a failed chunk gives a `ChunkFailure`; without, the first one stops its siblings and raises ChunkFailed.
        Raises ReplayMismatch, TypeError for a function that is no registered step.
        """
        self._refuse_if_closed()
        step = function if isinstance(function, Step) else getattr(function, "__headway_step__", None)
        if not isinstance(step, Step):
            raise TypeError(
                f"{function!r} is not a step: decorate it with @app.step, so that every worker finds it"
            )
        if self._scope:
            raise PermanentError(N_("A part of a fan-out cannot fan out itself"))
        calls = [(item, *args) for item in items]
        plan = Plan(step, self._ordinal(f"{_FAN_OUT}:{step.name}"), calls, keep_going, concurrency)
        first_part, self._next_part = self._next_part, self._next_part + len(calls)
        return self._counted(self._fan_out(plan, first_part, self._window))

    async def _fan_out(self, plan: Plan, first_part: int, window: Window) -> list[Any]:
        known = known_chunks(plan, self._chunks)
        refuse_failed(plan, known)
        making = writes(plan, known, first_part, window)
        if not making:
            return results(plan, known)
        self.fanned = True
        for chunks in making:
            await self._port.fan_out(chunks)
        await self._parking.wait_for_chunks()

    async def run_chunk(self, step: Step, key: str, args: Sequence[object]) -> Any:
        """The work of a chunk, under its own name, so that what it asks a provider is recorded there."""
        place = _here.set((step.name, key))
        try:
            return await self._call(step, [self._bound(arg) for arg in args], {})
        finally:
            _here.reset(place)

    def _bound(self, value: object) -> object:
        return value.bind(self._port.read_file) if isinstance(value, JobFile) else value

    # -- waiting ------------------------------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait without a slot: the attempt is parked, and the handler is called again from the top when the time has come.

        Under a second it waits in place, and so it does while another call of this attempt is at work. Anything outside
        steps runs again after a sleep. How long it is parked is told by the database's clock; a worker whose own clock is behind
        that of the worker before it waits the rest.
        """
        self._refuse_if_closed()
        return self._counted(self._sleep(f"{self._scope}{self._ordinal(_SLEEP)}", seconds))

    def _ordinal(self, name: str) -> int:
        """How many calls of that name this attempt has made before."""
        ordinal = self._ordinals.get(name, 0)
        self._ordinals[name] = ordinal + 1
        return ordinal

    async def _sleep(self, key: str, seconds: float) -> None:
        known = self._steps.get((_SLEEP, key))
        now = time.time_ns() // 1_000_000
        if known is None:
            if seconds < SLEEP_IN_PLACE_S:
                await asyncio.sleep(seconds)
                return
            wake_at = now + int(seconds * 1000)
            row = StepRow(_SLEEP, key, "", None, str(wake_at), now, now)
            await self._port.record(row)
            self._steps[(_SLEEP, key)] = row
        else:
            wake_at = int(known.value or 0)
        left = (wake_at - time.time_ns() // 1_000_000) / 1000
        if left < (SLEEP_IN_PLACE_S / 10 if known is None else SLEEP_IN_PLACE_S):
            await asyncio.sleep(max(0.0, left))
            return
        await self._parking.sleep(left)

    # -- asking -------------------------------------------------------------------------------------------------------

    @property
    def provider(self) -> Provider:
        """Who answers `ask`: its `name` and its usual `model`."""
        return self._port.provider

    async def ask(self, request: Request) -> Answer:
        """Ask the configured provider, paid once: an answer that was recorded earlier is given again.

        Raises ProviderError, ProviderBusy when it may pass, ContextClosed, LeaseLost.
        """
        self._refuse_if_closed()
        if self._desk is None:
            self._desk = CallDesk(
                self._port, self.job_id, self._calls, self._wait_for_turn, self._about_to_ask
            )
        return await self._counted(ask(self._desk, self._port.provider, _here.get(), request))  # type: ignore[no-any-return]

    async def ask_for(self, model: type[M], request: Request, check: Check[M] | None = None) -> M:
        """Ask for an answer of `model`'s form; one that does not fit, or that `check` complains of, is asked for once more.

        Raises as `ask`, and ProviderError when it never has the form.
        """
        return await answer_for(self.ask, model, request, check)

    async def _wait_for_turn(self, ms: int, text: str) -> None:
        """Wait for a provider: a little in place, longer without the slot, and no try is spent. Steps around it wait too."""
        before = self._track.step
        if ms >= _SAID_FROM_MS:
            await self._say_waiting(Text(text))
        if ms <= IN_PLACE_MS:
            await asyncio.sleep(ms / 1000)
        else:
            await self._parking.sleep(ms / 1000, around=_within.get())
        if ms >= _SAID_FROM_MS:
            await self._say_waiting(before)

    async def _about_to_ask(self) -> None:
        """A request is sent: nothing is waited for, whatever an attempt before this one had to say."""
        self._refuse_if_closed()
        if self._scope:
            await self._port.hold(None)
        elif self._track.step is None:
            await self._say_waiting(self._stage)

    async def _say_waiting(self, text: Text | None) -> None:
        if self._scope:
            await self._port.hold(text.id if text is not None else None)
        elif text is not None and self._track.report(self._track.percent, text):
            self._port.progress(self._track)

    # -- files and life -----------------------------------------------------------------------------------------------

    def file(self, name: str = "file") -> JobFile:
        """A file that came with the job, by the name of its field."""
        return JobFile(name=name, job_id=self.job_id).bind(self._port.read_file)

    def close(self) -> None:
        """End the context: every further call raises ContextClosed, and what its stages say is dropped."""
        self._parking.close()
        for waiting in list(self._threads):
            waiting.cancel()
