"""How the result of an intent reaches whoever waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

Reply = Callable[[object], None]
"""Called once with the result, or with the exception that it came to."""


class Direct:
    """A reply that may run on the committer's own thread: how code without an event loop waits."""

    __slots__ = ("_future",)

    def __init__(self, future: "Future[object]") -> None:
        self._future = future

    def __call__(self, result: object) -> None:
        if isinstance(result, BaseException):
            self._future.set_exception(result)
        else:
            self._future.set_result(result)


class Gathered:
    """Many results that one reply takes, as a list: each has its place in it."""

    def __init__(self, reply: Reply | None, count: int) -> None:
        self._reply = reply
        self._results: list[object] = [None] * count
        self._missing = count

    def place(self, n: int) -> Reply:
        """The reply that takes result number `n`."""
        return partial(self._take, n)

    def _take(self, n: int, result: object) -> None:
        self._results[n] = result
        self._missing -= 1
        if not self._missing and self._reply is not None:
            self._reply(self._results)


def resolve(future: "asyncio.Future[Any]", result: object) -> None:
    """Give the result to a future of the event loop's, on that loop; one that nobody waits for any more is left alone."""
    if future.done():
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
