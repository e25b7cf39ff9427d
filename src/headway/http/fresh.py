"""Answers that cost something and may be a few seconds old.

Used by `figures`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

_FRESH_S = 5.0


class Fresh:
    """Answers that are looked up again only when they are older than five seconds; one look at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def get(self, name: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """What `look` found, now or lately."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            at, value = self._kept.get(name, (float("-inf"), None))
            if time.monotonic() - at > _FRESH_S:
                value = await look()
                self._kept[name] = (time.monotonic(), value)
            return value
