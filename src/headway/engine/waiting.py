"""Waiting for work that a cancel cannot end by itself: threads, and children that were asked and not killed.

Called by the runner, by contexts and by `children`. Invariant: a cancel that only asks leaves the work running and waited
for, so that a job does not say `cancelled` while something of it runs; a cancel that tells leaves the work behind.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any


async def outlast(work: "asyncio.Future[Any]", asked: Callable[[], bool]) -> Any:
    """Wait for `work`, through every cancel of which `asked()` says that it only asks. Raises what the work raises."""
    while True:
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if work.done() or not asked():
                work.add_done_callback(_unheard)
                raise


def _unheard(work: "asyncio.Future[Any]") -> None:
    """What it came to interests nobody any more, and is no error of the event loop."""
    if not work.cancelled():
        work.exception()


async def in_thread(
    function: Callable[..., Any], *args: object, asked: Callable[[], bool] = lambda: False
) -> Any:
    """Run a plain function in a thread of its own that does not keep the process alive; contextvars go with it.

    A cancelled wait leaves the thread to notice by itself, unless `asked()`. SystemExit ends the function, not the process.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(value: object, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)

    def run() -> None:
        value, failure = None, None
        try:
            value = context.run(function, *args)
        except BaseException as error:  # noqa: BLE001 — carried to the loop
            failure = RuntimeError(repr(error)) if isinstance(error, StopIteration | SystemExit) else error
        try:
            loop.call_soon_threadsafe(settle, value, failure)
        except RuntimeError:  # the loop is gone, and with it whoever waited
            return

    threading.Thread(target=run, name="headway-handler", daemon=True).start()
    return await outlast(future, asked)
