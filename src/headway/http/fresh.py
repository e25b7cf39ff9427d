"""Answers that cost something and may be a few seconds old.

Used by `figures`. Invariant: however large the installation, and however many ask, looking costs at most a
fiftieth of the time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

_FRESH_S = 5.0
_COST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    until: float


class Fresh:
    """Answers that are kept for five seconds, or for fifty times as long as they took; one look at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, name: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """What `look` found, now or lately."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            kept = self._kept.get(name)
            began = self._clock()
            if kept is None or began >= kept.until:
                value = await look()
                ended = self._clock()
                kept = _Kept(value, ended + max(_FRESH_S, (ended - began) / _COST_SHARE))
                self._kept[name] = kept
            return kept.value
