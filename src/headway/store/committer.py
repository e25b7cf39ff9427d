"""Group commit: intents are handed over, gathered while a transaction is in flight, and committed together.

`Committer` is a stepped core (one `step` = one transaction, or one failed try); `start` wraps it in the one thread that
writes. Rules: nobody is answered before the commit; a batch that fails is run again in halves until only the culprit
fails; two intents of one task that do not commute go to successive batches; queues are bounded in rows and in bytes;
a lost connection is made again and the same batch run again, which is why every intent is safe to repeat.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from headway.core.errors import Overloaded, StoreUnavailable
from headway.store.apply import Applied, Result, apply
from headway.store.driver import Driver, Hint, Writer
from headway.store.intents import Act, Claim, Finish, Heartbeat, Intent, Submit, TaskKey

Reply = Callable[[Result], None]
Entry = tuple[Intent, Reply | None, float]
Done = Callable[[list[tuple[Reply, Result]]], None]
"""Takes the replies of one committed batch, on the committer's thread; hands them on to the loop in one hop."""

BATCH_ROWS = 1_000
BATCH_BYTES = 4 << 20
QUEUE_ROWS = 50_000
QUEUE_BYTES = 256 << 20
PATIENCE_S = 5.0
_PASSING_TRIES = 10


class Committer:
    """Gathers intents and commits them in batches.

    `done` gets the replies of each batch; `hint` the hints. `clock` is monotonic seconds, `uniform` draws jitter.
    """

    def __init__(
        self,
        driver: Driver,
        done: Done,
        hint: Callable[[set[Hint]], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._driver = driver
        self._done = done
        self._hint = hint
        self._clock = clock
        self._uniform = uniform
        self._queue: deque[Entry] = deque()
        self._held_over: list[Entry] = []
        self._bytes = 0
        self._counting = threading.Lock()
        self._writer: Writer | None = None
        self._failures = 0
        self._last_outage: float | None = None
        self._awake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def last_outage(self) -> float | None:
        """When, on `clock`, the store was last found away; None when it never was."""
        return self._last_outage

    def put(self, intent: Intent, reply: Reply | None = None) -> None:
        """Queue an intent; `reply` gets its result, or an exception, after the commit. Raises Overloaded when full.

        A worker's own ends and heartbeats are taken even when the queue is full: they make room.
        """
        size = intent.size()
        full = len(self._queue) >= QUEUE_ROWS or self._bytes + size > QUEUE_BYTES
        if full and not isinstance(intent, Finish | Heartbeat):
            raise Overloaded()
        self._count(size)
        entry = (intent, reply, self._clock())
        if isinstance(intent, Heartbeat):
            self._queue.appendleft(entry)
        else:
            self._queue.append(entry)
        self._awake.set()

    def start(self) -> None:
        """Begin the thread that writes."""
        self._thread = threading.Thread(target=self._run, name="headway-committer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Commit what is queued, then end the thread and the connection."""
        self._closing = True
        self._awake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._awake.wait()
            self._awake.clear()
            while pause := self.step():
                if pause > 0 and self._closing:
                    break
                if pause > 0:
                    time.sleep(pause)
            if self._closing:
                self._fail_all(StoreUnavailable())
                break
        if self._writer is not None:
            self._writer.close()

    def step(self) -> float:
        """Commit one batch. Returns 0 when nothing is left, a negative number to be called again at once, or the pause to
        keep, in seconds, because the store is away."""
        batch = self._gather()
        if not batch:
            return 0.0
        try:
            self._commit(batch)
        except Exception as error:  # noqa: BLE001 — told apart by the driver; the culprit's own goes to its reply
            if not self._driver.is_away(error):
                self._halve(batch, error)
                return -1.0
            return self._wait_for_store(batch)
        self._failures = 0
        return -1.0

    def _gather(self) -> list[Entry]:
        """The next batch: in order, bounded, and with no two ends of one task."""
        batch: list[Entry] = []
        later: list[Entry] = []
        ending: set[TaskKey] = set()
        rows = size = 0
        waiting = self._held_over
        self._held_over = []
        while (waiting or self._queue) and rows < BATCH_ROWS and size < BATCH_BYTES:
            entry = waiting.pop(0) if waiting else self._queue.popleft()
            intent = entry[0]
            if isinstance(intent, Finish):
                if intent.task.key in ending:
                    later.append(entry)
                    continue
                ending.add(intent.task.key)
            rows += len(intent.jobs) if isinstance(intent, Submit) else 1
            size += intent.size()
            batch.append(entry)
        self._held_over = later + waiting
        self._count(-size)
        return batch

    def _count(self, size: int) -> None:
        with self._counting:
            self._bytes += size

    def _put_back(self, entries: Sequence[Entry]) -> None:
        """First in line again, in their order."""
        self._count(sum(intent.size() for intent, _, _ in entries))
        self._held_over = [*entries, *self._held_over]

    def _commit(self, batch: Sequence[Entry]) -> None:
        """One transaction; passing failures (deadlocks and the like) are tried again at once."""
        intents = [intent for intent, _, _ in batch]
        for attempt in range(_PASSING_TRIES):
            writer = self._writer = self._writer or self._driver.writer()
            try:
                writer.begin()
                applied = apply(writer, intents)
                writer.commit()
                break
            except Exception as error:
                self._undo(writer, error)
                if not self._driver.is_passing(error) or attempt == _PASSING_TRIES - 1:
                    raise
        self._answer(batch, applied)

    def _undo(self, writer: Writer, error: Exception) -> None:
        if self._driver.is_away(error):
            self._writer = None
            try:
                writer.close()
            except Exception as closing:  # noqa: BLE001 — the connection is gone; only the first error matters
                error.add_note(f"closing: {closing}")
        else:
            writer.rollback()

    def _answer(self, batch: Sequence[Entry], applied: Applied) -> None:
        if applied.hints:
            self._hint(applied.hints)
        replies = [
            (reply, result) for (_, reply, _), result in zip(batch, applied.results, strict=True) if reply is not None
        ]
        if replies:
            self._done(replies)

    def _halve(self, batch: Sequence[Entry], error: Exception) -> None:
        """Find the intent that fails and let the others through, in their order."""
        if len(batch) == 1:
            if (reply := batch[0][1]) is not None:
                self._done([(reply, error)])
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            try:
                self._commit(half)
            except Exception as again:  # noqa: BLE001 — as in `step`
                if self._driver.is_away(again):
                    self._put_back(half)
                else:
                    self._halve(half, again)

    def _wait_for_store(self, batch: list[Entry]) -> float:
        """Keep what workers wrote, refuse what people wait for once their patience is over; jittered pause before the next try."""
        now = self._last_outage = self._clock()
        refused: list[tuple[Reply, Result]] = []
        kept: list[Entry] = []
        for entry in batch:
            intent, reply, since = entry
            if isinstance(intent, Submit | Act | Claim) and now - since > PATIENCE_S:
                if reply is not None:
                    refused.append((reply, StoreUnavailable()))
            else:
                kept.append(entry)
        self._put_back(kept)
        if refused:
            self._done(refused)
        self._failures += 1
        return self._uniform(0.02, min(2.0, 0.05 * 2.0 ** min(self._failures, 10)))

    def _fail_all(self, error: Exception) -> None:
        left = [*self._held_over, *self._queue]
        self._held_over = []
        self._queue.clear()
        replies: list[tuple[Reply, Result]] = [(reply, error) for _, reply, _ in left if reply is not None]
        if replies:
            self._done(replies)
