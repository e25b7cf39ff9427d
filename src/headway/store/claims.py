"""Claims that wait for work: what is ready is taken at once, and when nothing is, the next look waits until there may be something.

Two ways of one shape. `SharedClaims` go through the committer like all else. `OwnClaims` have a thread and a connection that itself
hears of work, so that between the word and the claim there is no hop, and no claim waits for a batch that is being written.
"""

import asyncio
import select
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from headway.store.committer import Committer, Done
from headway.store.driver import Driver, Ear, Hint
from headway.store.intents import Claim, Claimed
from headway.store.replies import Reply, resolve
from headway.support.waiting import came


class Claims(Protocol):
    """How one worker claims; one call of `take` at a time."""

    async def take(self, claim: Claim, wait_s: float = 0) -> list[Claimed]:
        """The tasks that are ready. With `wait_s` (seconds) it looks only once there may be some, or when that time has passed;
        empty when `wake` was called meanwhile. Raises StoreUnavailable."""

    def wake(self) -> None:
        """On the event loop: end the wait without a look."""

    def hear(self, hints: set[Hint]) -> None:
        """On the event loop: what the store was told by others."""

    def close(self) -> None:
        """Let go of what it holds; blocks for a claim that is under way."""


class SharedClaims:
    """Implements `Claims` by the committer and the hints of everyone."""

    def __init__(self, do: Callable[[Claim], Any]) -> None:
        self._do = do
        self._sign = asyncio.Event()
        self._heard = True

    async def take(self, claim: Claim, wait_s: float = 0) -> list[Claimed]:
        woken = wait_s > 0 and not self._heard and await came(self._sign, wait_s) and not self._heard
        self._sign.clear()
        if woken:
            return []
        self._heard = False
        tasks: list[Claimed] = await self._do(claim)
        return tasks

    def wake(self) -> None:
        self._sign.set()

    def hear(self, hints: set[Hint]) -> None:
        if "work" in hints:
            self._heard = True
            self._sign.set()

    def close(self) -> None:
        return


class OwnClaims:
    """Implements `Claims` by a committer of its own, whose only steps are claims, in a thread that listens between them."""

    def __init__(
        self, driver: Driver, ear: Callable[[], Ear], done: Done, hint: Callable[[set[Hint]], None]
    ) -> None:
        self._new_ear = ear
        self._done = done
        self._core = Committer(driver, done, hint, connect=self._connect)
        self._ear: Ear | None = None
        self._order: tuple[Claim, float, Reply] | None = None
        self._ordered = threading.Condition()
        self._closing = threading.Event()
        self._waiting = self._woken = False
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="headway-claims", daemon=True)

    async def take(self, claim: Claim, wait_s: float = 0) -> list[Claimed]:
        if not self._thread.is_alive():
            self._thread.start()
        future: asyncio.Future[list[Claimed]] = asyncio.get_running_loop().create_future()
        with self._ordered:
            self._order = (claim, wait_s, partial(resolve, future))
            self._ordered.notify()
        return await future

    def wake(self) -> None:
        self._woken = True
        if (
            self._waiting
        ):  # set before `_woken` is read there, and read here after it was set: one of the two sees it
            self._rope.send(b".")

    def hear(self, hints: set[Hint]) -> None:
        return  # it hears for itself

    def close(self) -> None:
        with self._ordered:
            self._closing.set()
            self._ordered.notify()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()
        self._bell.close()
        self._rope.close()

    def _run(self) -> None:
        while order := self._next():
            claim, wait_s, reply = order
            try:
                if wait_s and not self._there_may_be_work(wait_s):
                    self._done([(reply, [])])
                    continue
                self._core.put(claim, reply)
            except Exception as error:  # noqa: BLE001 — whatever it is, the worker hears of it and asks again
                self._ear = None
                self._done([(reply, error)])
                continue
            while pause := self._core.step():
                if pause > 0 and self._closing.wait(pause):
                    break
        self._core.close()

    def _next(self) -> tuple[Claim, float, Reply] | None:
        with self._ordered:
            self._ordered.wait_for(lambda: self._order is not None or self._closing.is_set())
            order, self._order = self._order, None
        if order is not None and self._closing.is_set():
            self._done([(order[2], [])])
            return None
        return order

    def _there_may_be_work(self, wait_s: float) -> bool:
        """Wait for the word of it, or for the time to pass; False when woken for something else."""
        ear = self._ear
        if ear is None:
            return True
        self._waiting = True
        if not self._woken and not ear.heard():
            signs = select.poll()  # unlike `select`, for sockets of any number
            signs.register(ear.fileno(), select.POLLIN)
            signs.register(self._bell.fileno(), select.POLLIN)
            signs.poll(wait_s * 1000)
        self._waiting = False
        woken, self._woken = self._woken, False
        _drain(self._bell)
        return ear.heard() or not woken

    def _connect(self) -> Ear:
        self._ear = self._new_ear()
        return self._ear


def _drain(bell: socket.socket) -> None:
    try:
        while bell.recv(64):
            pass
    except BlockingIOError:
        return
