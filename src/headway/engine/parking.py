"""When an attempt gives its slot back: once every call of it that is open only waits.

Made by each `Context`. Invariant: while the attempt is being parked, and once it is closed, no call of it goes on.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from headway.core.errors import ContextClosed

_NO_STEPS: frozenset[object] = frozenset()


class Parking:
    """The open calls of one attempt. `park` is told once that all wait: for how long (ms), and whether for chunks."""

    def __init__(self, park: Callable[[int | None, bool], None]) -> None:
        self.closed = False
        self._park = park
        self._parking = False
        self._open = 0
        self._fanning = 0
        self._sleeping: dict[object, float] = {}
        self._around: dict[object, frozenset[object]] = {}
        self._halted: set[asyncio.Future[None]] = set()

    def refuse_if_closed(self) -> None:
        """Raises ContextClosed."""
        if self.closed:
            raise ContextClosed()

    def close(self) -> None:
        """End every wait; whoever waits hears a cancel."""
        self.closed = True
        for halt in list(self._halted):
            halt.cancel()

    async def counted(self, work: Awaitable[Any]) -> Any:
        """Count a call as open while it runs. Raises what it raises, and ContextClosed."""
        if self.closed or self._parking:
            if asyncio.iscoroutine(work):
                work.close()
            self.refuse_if_closed()
            await self._until_closed()  # the park is being committed
        self._open += 1
        try:
            return await work
        finally:
            self._open -= 1
            if (self._sleeping or self._fanning) and not self.closed:
                self._look_soon()

    async def sleep(self, seconds: float, around: frozenset[object] = _NO_STEPS) -> None:
        """Inside a counted call: wait a while, without the slot as soon as every other open call waits too. Of calls that are steps
        with this wait in them, `around` names each."""
        loop = asyncio.get_running_loop()
        halt: asyncio.Future[None] = loop.create_future()
        wake_at = loop.time() + seconds
        timer = loop.call_at(wake_at, self._end_sleep, halt)
        self._sleeping[halt], self._around[halt] = wake_at, around
        self._look_soon()
        try:
            await self._until_closed(halt)
        finally:
            timer.cancel()
            del self._sleeping[halt], self._around[halt]

    async def wait_for_chunks(self) -> NoReturn:
        """Inside a counted call: wait for what this attempt does not live to see. Raises ContextClosed."""
        self._fanning += 1
        self._look_soon()
        try:
            await self._until_closed()
        finally:
            self._fanning -= 1
        raise ContextClosed()

    def _end_sleep(self, halt: "asyncio.Future[None]") -> None:
        """Its time came while other calls kept the attempt from being parked."""
        if not self._parking and not halt.done():
            halt.set_result(None)

    async def _until_closed(self, halt: "asyncio.Future[None] | None" = None) -> None:
        """Wait for a future that nothing resolves once the attempt is being parked; the close cancels it."""
        halt = halt or asyncio.get_running_loop().create_future()
        self._halted.add(halt)
        try:
            await halt
        finally:
            self._halted.discard(halt)

    def _look_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._park_if_all_wait)

    def _park_if_all_wait(self) -> None:
        waiting = len(self._sleeping) + self._fanning + len(frozenset().union(*self._around.values()))
        if not self.closed and not self._parking and waiting and waiting == self._open:
            self._parking = True
            self._park(self._shortest_ms(), self._fanning > 0)

    def _shortest_ms(self) -> int | None:
        """How long the first of those who sleep has yet to sleep; a moment too long rather than too short."""
        if not self._sleeping:
            return None
        left = min(self._sleeping.values()) - asyncio.get_running_loop().time()
        return max(0, math.ceil(left * 1000))
