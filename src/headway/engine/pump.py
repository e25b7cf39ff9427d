"""Progress is coalesced: at most four times a second, everything that moved goes to the store as one update."""

import asyncio
import time

from headway.engine.attempt import Attempt

INTERVAL_S = 0.25


class Pump:
    """Collects attempts whose progress moved, and flushes them together."""

    def __init__(self) -> None:
        self._moved: set[Attempt] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0

    def mark(self, attempt: Attempt) -> None:
        """Something of this attempt moved: at once when the last flush is long ago, else at its turn."""
        self._moved.add(attempt)
        if self._timer is None:
            wait = max(0.0, self._last + INTERVAL_S - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self.flush)

    def drop(self, attempt: Attempt) -> None:
        """The attempt has ended, and its end says more."""
        self._moved.discard(attempt)

    def flush(self) -> None:
        """Send all that moved."""
        self._timer = None
        self._last = time.monotonic()
        moved, self._moved = self._moved, set()
        for attempt in moved:
            attempt.flush()
