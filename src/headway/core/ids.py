"""Ids of jobs, files, shares: UUID version 7 (RFC 9562, section 5.7), so that newer rows sort and land
last."""

import os
import threading
import time
from collections.abc import Callable

_RANDOM_BITS = 74


class IdSource:
    """Makes UUIDv7 texts that rise strictly within one process, even when the clock stands still or steps
    back.

    `clock` returns milliseconds since the epoch; `entropy(n)` returns n random bytes. Both are injected by
    tests. Locked: without it two threads of one millisecond could step from the same place.
    """

    __slots__ = ("_clock", "_entropy", "_last_ms", "_lock", "_tail")

    def __init__(
        self,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._clock = clock
        self._entropy = entropy
        self._lock = threading.Lock()
        self._last_ms = -1
        self._tail = 0

    def __call__(self) -> str:
        """The next id: 36 characters, lower case, with hyphens."""
        with self._lock:
            ms, tail = self._next()
        number = ms << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _next(self) -> tuple[int, int]:
        """Milliseconds and the 74 bits behind them."""
        now = self._clock()
        if now > self._last_ms:
            self._last_ms = now
            self._tail = int.from_bytes(self._entropy(10), "big") >> 7  # 73 bits: room to count upwards
        else:  # same millisecond: step by a random 32-bit stride, so that ids stay unguessable and rising
            self._tail += 1 + int.from_bytes(self._entropy(4), "big")
            if self._tail >> _RANDOM_BITS:
                self._last_ms += 1
                self._tail = int.from_bytes(self._entropy(10), "big") >> 7
        return self._last_ms, self._tail


new_id = IdSource()
