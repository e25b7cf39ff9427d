"""How the result of an intent reaches whoever waits for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
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


def resolve(future: "asyncio.Future[Any]", result: object) -> None:
    """Give the result to a future of the event loop's, on that loop; one that nobody waits for any more is left alone."""
    if future.done():
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
