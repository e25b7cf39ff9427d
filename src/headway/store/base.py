"""The store's two ways in: `do` for writes (through the committer), `read` for reads. The rest of the store
is built on them."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

from headway.core.errors import StoreUnavailable
from headway.store.claims import Claims, OwnClaims, SharedClaims
from headway.store.committer import Committer
from headway.store.driver import Driver, Hint, Reader, Writer
from headway.store.intents import Act, Intent
from headway.store.replies import Direct, Reply, resolve

T = TypeVar("T")
Listener = Callable[[set[Hint]], None]


class Base:
    """Connections, threads, hints. One object per process; `start` binds it to the running event loop."""

    def __init__(self, driver: Driver, *, reader_threads: int = 4) -> None:
        self.driver = driver
        self.committer = Committer(driver, self._deliver, self.tell)
        self._readers = ThreadPoolExecutor(reader_threads, thread_name_prefix="headway-read")
        self._local = threading.local()
        self._open_readers: list[Reader] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: list[Listener] = []
        self._heard: set[Hint] = set()
        self._hearing = threading.Lock()
        self._stop_listening: Callable[[], None] | None = None
        self._started = False

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin committing, and answer on the running event loop. Again: binds to the loop of now."""
        self._loop = asyncio.get_running_loop()
        self.start_sync()

    def start_sync(self) -> None:
        """Begin committing, for code without an event loop; harmless when it was started already."""
        if not self._started:
            self._started = True
            self.committer.start()

    def close(self) -> None:
        """Commit what is queued and let every connection go."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        if self._started:
            self.committer.close()
        self._readers.shutdown(wait=True)
        for reader in self._open_readers:
            reader.close()
        self._open_readers.clear()
        self.driver.close()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that replies and hints are given on."""
        return self._loop

    # -- writing ---------------------------------------------------------------------------------------------

    def put(self, intent: Intent, reply: Reply | None = None) -> None:
        """Hand an intent to the committer; `reply` is called on the event loop after the commit."""
        self.committer.put(intent, reply)

    async def do(self, intent: Intent) -> Any:
        """Hand an intent over and wait for its commit; raises what it came to when that is an exception."""
        return await self.begin(intent)

    def begin(self, intent: Intent) -> "asyncio.Future[Any]":
        """Hand an intent over now, and wait for its commit later."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # the reply would be posted where nobody waits
            raise RuntimeError(
                "the store answers on the event loop that it was started on: call start() on this one"
            )
        future: asyncio.Future[Any] = loop.create_future()
        self.committer.put(intent, partial(resolve, future))
        return future

    def do_sync(self, intent: Intent) -> Any:
        """The same for code without an event loop; blocks the calling thread."""
        future: Future[object] = Future()
        self.committer.put(intent, Direct(future))
        return future.result()

    def since_outage(self) -> float | None:
        """How many seconds ago this process last found the store away; None when it never did."""
        last = self.committer.last_outage
        return time.monotonic() - last if last is not None else None

    async def act(self, run: Callable[[Writer], T], *hints: Hint, size: int = 200) -> T:
        """Run `run` inside the next transaction and return what it returns."""
        return cast(T, await self.do(Act(run, frozenset(hints), size)))

    def claims(self) -> Claims:
        """What a worker claims by; its own to close."""
        if self.driver.ear is None:
            return SharedClaims(self.do)
        return OwnClaims(self.driver, self.driver.ear, self._deliver, self.tell)

    # -- reading ---------------------------------------------------------------------------------------------

    async def read(self, run: Callable[[Reader], T]) -> T:
        """Run `run` with a reading connection. On SQLite at once: a read by key costs less than a hop to a
        thread."""
        if self.driver.dialect == "sqlite":
            return self._read_again(run)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_again, run)

    async def read_slowly(self, run: Callable[[Reader], T]) -> T:
        """The same on a thread of its own, for reads that may take long."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_again, run)

    def read_sync(self, run: Callable[[Reader], T]) -> T:
        """The same on the calling thread."""
        return self._read_again(run)

    def _read_again(self, run: Callable[[Reader], T]) -> T:
        """A reading connection may have died while idle: one new one is tried before the store counts as
        away."""
        for fresh in (False, True):
            try:
                return run(self._reader())
            except Exception as error:
                if not self.driver.is_away(error):
                    raise
                self._drop_reader()
                if fresh:
                    raise StoreUnavailable() from error
        raise AssertionError("unreachable")

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self.driver.reader()
            self._open_readers.append(reader)
        return reader

    def _drop_reader(self) -> None:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is not None:
            self._local.reader = None
            self._open_readers.remove(reader)
            reader.close()

    # -- hints -----------------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the event loop when this or another process committed something; returns what
        ends it."""
        if self._stop_listening is None:
            self._stop_listening = self.driver.listen(self._heard_outside)
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, hints: set[Hint]) -> None:
        """Give a hint here and to the other processes: after a commit, on the committer's thread or any
        other."""
        self.driver.hint(hints)
        self._heard_outside(hints)

    def _heard_outside(self, hints: set[Hint]) -> None:
        loop = self._loop
        if not self._listeners or loop is None:
            return
        with self._hearing:
            scheduled = bool(self._heard)
            self._heard |= hints
        if not scheduled:
            _call(loop, self._tell)

    def _tell(self) -> None:
        with self._hearing:
            hints, self._heard = self._heard, set()
        for listener in list(self._listeners):
            listener(hints)

    def _deliver(self, replies: Sequence[tuple[Reply, object]]) -> None:
        """On the committer's thread: one hop to the loop for a whole batch."""
        later = []
        for reply, result in replies:
            if isinstance(reply, Direct):
                reply(result)
            else:
                later.append((reply, result))
        if later and self._loop is not None:
            _call(self._loop, _reply_all, later)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: object) -> None:
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:  # the loop is closed: whoever waited there is gone
        return


def _reply_all(replies: Sequence[tuple[Reply, object]]) -> None:
    for reply, result in replies:
        reply(result)
