"""The heartbeat: renews the leases of what the worker holds, from a thread that blocking handlers cannot starve.

A stepped core: `step(now)` is one beat. On PostgreSQL it has a connection of its own; on SQLite it goes first in the
committer's next batch. Invariant: a worker counts its leases as held only until the *sending* time of the last renewal
that was confirmed, plus the lease, less a margin, on its own monotonic clock; then it lets everything go by itself.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

import structlog

from headway.store.driver import Writer
from headway.store.intents import Heartbeat, TaskKey
from headway.store.leases import heartbeat, heartbeat_again
from headway.store.replies import Direct
from headway.store.store import Store

log = structlog.get_logger("headway.heartbeat")
_BEATS_A_LEASE = 3
_MARGIN = 0.1
_RETRIES_A_BEAT = 5
"""After a beat that failed the next comes so much sooner: two lost connections in a row must not cost every lease."""


class Holder(Protocol):
    """The worker, as the heartbeat sees it. All but `held` and `seen` are called on the heartbeat's thread."""

    def held(self) -> Sequence[TaskKey]:
        """The claims to renew."""

    def seen(self) -> dict[str, str | int | None]:
        """The worker's own row."""

    def confirmed(self, asked: Sequence[TaskKey], answer: dict[TaskKey, bool]) -> None:
        """What the store says of them: {key: cancel_requested} of those still held."""

    def overdue(self) -> None:
        """No renewal was confirmed in time: everything must be let go."""


class Pulse:
    """One worker's heartbeat. `lease_s` is the lease; `clock` is monotonic seconds."""

    def __init__(
        self,
        store: Store,
        holder: Holder,
        worker: str,
        lease_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._holder = holder
        self._worker = worker
        self._lease_s = lease_s
        self._clock = clock
        self._confirmed_at = clock()
        self._writer: Writer | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def interval_s(self) -> float:
        """Seconds between beats."""
        return self._lease_s / _BEATS_A_LEASE

    def start(self) -> None:
        """Beat until `stop`."""
        self._thread = threading.Thread(target=self._run, name="headway-heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after a beat that is under way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        if self._writer is not None:
            self._writer.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            now = self._clock()
            pause_s = self.interval_s if self.step(now) else self.interval_s / _RETRIES_A_BEAT
            self._stopping.wait(max(0.01, pause_s - (self._clock() - now)))

    def step(self, now: float) -> bool:
        """One beat, sent at `now`; whether it was confirmed."""
        keys = self._holder.held()
        intent = Heartbeat(self._worker, int(self._lease_s * 1000), keys, self._holder.seen())
        try:
            answer = self._send(intent)
        except Exception as error:  # noqa: BLE001 — the store is away or ill; the clock below decides what that means
            log.warning("heartbeat failed", worker=self._worker, error=repr(error))
            self.check()
            return False
        self._confirmed_at = now
        self._holder.confirmed(keys, answer)
        return True

    def check(self) -> None:
        """Let everything go when the last confirmation is too old. Called by the worker's loop too, since a beat
        may hang for longer than a lease."""
        if self._clock() >= self._confirmed_at + self._lease_s * (1 - _MARGIN):
            self._confirmed_at = self._clock()
            self._holder.overdue()

    def _send(self, intent: Heartbeat) -> dict[TaskKey, bool]:
        if not self._store.driver.own_heartbeat:
            future: Future[object] = Future()
            self._store.put(intent, Direct(future))
            answer = future.result(timeout=self._lease_s)
            return answer if isinstance(answer, dict) else {}
        writer = self._writer = self._writer or self._store.driver.writer()
        try:
            writer.begin()
            held = heartbeat(writer, intent)
            writer.commit()
            if len(held) < len(intent.keys):  # its locks are given up first: nobody waits in a circle
                writer.begin()
                held |= heartbeat_again(writer, intent, held)
                writer.commit()
        except Exception:
            self._writer = None
            writer.close()
            raise
        return held
