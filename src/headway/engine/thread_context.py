"""What a plain function in a thread holds: the words of `Context`, blocking.

Made by the runner for handlers and steps that are no coroutines. Every word is said on the event loop that runs the attempt; once
the attempt is parked or over, the thread ends at its next word.
"""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from headway.ai.provider import Answer, Request
from headway.ai.structured import Check
from headway.core.errors import ContextClosed
from headway.engine.kinds import Handler, Step

if TYPE_CHECKING:
    from headway.engine.context import Context

M = TypeVar("M", bound=BaseModel)


class ThreadContext:
    """A context for plain functions in threads: the same words, blocking. Waits for the event loop that runs the attempt."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self.job_id = context.job_id
        self.attempt = context.attempt
        self.owner = context.owner

    @property
    def cancelled(self) -> bool:
        """True once the job was asked to end: look at it in every long loop."""
        return self._context.cancelled or self._context._parking.closed

    def progress(self, percent: float | None = None, step: str | None = None, **args: Any) -> None:
        """As `Context.progress`."""
        self._loop.call_soon_threadsafe(lambda: self._context.progress(percent, step, **args))

    @contextmanager
    def stage(self, step: str, start: float, end: float, **args: Any) -> Iterator[None]:
        """As `Context.stage`."""
        manager = self._context.stage(step, start, end, **args)
        self._on_loop(_call(manager.__enter__))
        try:
            yield
        except BaseException as error:
            failure = error
            self._on_loop(_call(lambda: manager.__exit__(type(failure), failure, None)), quiet=True)
            raise
        else:
            self._on_loop(_call(lambda: manager.__exit__(None, None, None)))

    def step(self, function: Handler | Step, *args: object, key: str | None = None, **kwargs: object) -> Any:
        """As `Context.step`, waiting for the result."""

        async def run() -> Any:
            return await self._context.step(function, *args, key=key, **kwargs)

        return self._on_loop(run())

    def fan_out(
        self, function: Handler | Step, items: Iterable[object], *args: object, **options: Any
    ) -> list[Any]:
        """As `Context.fan_out`; the thread ends there when the attempt is parked."""

        async def run() -> list[Any]:
            return await self._context.fan_out(function, items, *args, **options)

        given: list[Any] = self._on_loop(run())
        return given

    def sleep(self, seconds: float) -> None:
        """As `Context.sleep`; the thread ends there when the attempt is parked."""

        async def run() -> None:
            await self._context.sleep(seconds)

        self._on_loop(run())

    def ask(self, request: Request) -> Answer:
        """As `Context.ask`, waiting for the answer."""
        answer: Answer = self._on_loop(self._context.ask(request))
        return answer

    def ask_for(self, model: type[M], request: Request, check: Check[M] | None = None) -> M:
        """As `Context.ask_for`, waiting for the answer; `check` runs on the event loop."""
        found: M = self._on_loop(self._context.ask_for(model, request, check))
        return found

    def log(self, text: str) -> None:
        """As `Context.log`, waiting until it is kept."""
        self._on_loop(self._context.log(text))

    def file(self, name: str = "file") -> bytes:
        """The file's bytes."""

        async def run() -> bytes:
            return await self._context.file(name).read()

        content: bytes = self._on_loop(run())
        return content

    def _on_loop(self, work: Any, quiet: bool = False) -> Any:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._context._threads.add(future)
        try:
            return future.result()
        except ContextClosed:
            if quiet:
                return None
            raise
        except (asyncio.CancelledError, CancelledError) as ending:
            raise ContextClosed() from ending
        finally:
            self._context._threads.discard(future)


async def _call(function: Any) -> Any:
    return function()
