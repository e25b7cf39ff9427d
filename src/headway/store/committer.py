"""Group commit: intents are handed over, gathered while a transaction is in flight, and committed together.

`Committer` is a stepped core (one `step` = one transaction, or one failed try); `start` wraps it in the one
thread that writes. Rules: nobody is answered before the commit; a batch that fails is run again in halves
until only the culprit fails; two intents of one task that do not commute go to successive batches; queues are
bounded in rows and in bytes; a lost connection is made again and the same batch run again, which is why every
intent is safe to repeat.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from headway.core.errors import Overloaded, StoreUnavailable
from headway.store.apply import Applied, Result, apply
from headway.store.driver import Driver, Hint, Writer
from headway.store.intents import (
    Act,
    Checkpoint,
    Claim,
    Ends,
    FanOut,
    Finish,
    Heartbeat,
    Intent,
    Log,
    OpenCall,
    Progress,
    SettleCall,
    Submit,
    TaskKey,
)
from headway.store.replies import Gathered, Reply

Entry = tuple[Intent, Reply | None, float]
Done = Callable[[list[tuple[Reply, Result]]], None]
"""Takes the replies of one committed batch, on the committer's thread; hands them on to the loop in one
hop."""

BATCH_ROWS = 1_000
BATCH_BYTES = 4 << 20
QUEUE_ROWS = 50_000
QUEUE_BYTES = 256 << 20
PATIENCE_S = 5.0
_TRIES = 3
_ALWAYS_TAKEN = (Checkpoint, Ends, FanOut, Finish, Heartbeat, Log, OpenCall, Progress, SettleCall)
"""What attempts under way write down, about one of each per slot: refusing it would lose what was paid for, or end a job that has
done no wrong. What people and other programs ask for is refused before."""


class Committer:
    """Gathers intents and commits them in batches.

    `done` gets the replies of each batch; `hint` the hints. `connect` makes the connection, if the driver's `writer` does not;
    `clock` is monotonic seconds, `uniform` draws jitter; `queue_rows` and `queue_bytes` bound what may wait.
    """

    def __init__(
        self,
        driver: Driver,
        done: Done,
        hint: Callable[[set[Hint]], None],
        *,
        connect: Callable[[], Writer] | None = None,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
        queue_rows: int = QUEUE_ROWS,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        self._driver = driver
        self._done = done
        self._hint = hint
        self._connect = connect or driver.writer
        self._clock = clock
        self._uniform = uniform
        self._queue_rows = queue_rows
        self._queue_bytes = queue_bytes
        self._queue: deque[Entry] = deque()
        self._held_over: list[Entry] = []
        self._rows = self._bytes = 0
        self._door = threading.Lock()
        self._writer: Writer | None = None
        self._unsure = False
        self._failures = 0
        self._last_outage: float | None = None
        self._awake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def last_outage(self) -> float | None:
        """When, on `clock`, the store was last found away; None when it never was."""
        return self._last_outage

    def put(self, intent: Intent, reply: Reply | None = None) -> None:
        """Queue an intent; `reply` gets its result, or an exception, after the commit. Raises Overloaded when
        full, and StoreUnavailable once closed.

        What a worker's attempts write is taken even when the queue is full.
        """
        rows, size = intent.rows(), intent.size()
        entry = (intent, reply, self._clock())
        with self._door:
            if self._closing.is_set():
                raise StoreUnavailable()
            full = self._rows + rows > self._queue_rows or self._bytes + size > self._queue_bytes
            if full and not isinstance(intent, _ALWAYS_TAKEN):
                raise Overloaded()
            self._rows += rows
            self._bytes += size
            if isinstance(intent, Heartbeat):
                self._queue.appendleft(entry)
            else:
                self._queue.append(entry)
        if not self._awake.is_set():
            self._awake.set()

    def start(self) -> None:
        """Begin the thread that writes."""
        self._thread = threading.Thread(target=self._run, name="headway-committer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Commit what is queued, then end the thread and the connection. What cannot be committed is
        refused."""
        with self._door:
            self._closing.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join()
        else:
            self._run()

    def _run(self) -> None:
        while not self._closing.is_set() or self._queue or self._held_over:
            self._awake.wait()
            self._awake.clear()
            while pause := self.step():
                if pause > 0 and self._closing.wait(pause):
                    self._refuse_all()
        if self._writer is not None:
            self._writer.close()

    def step(self) -> float:
        """Commit one batch. Returns 0 when nothing is left, a negative number to be called again at once, or
        the pause to keep, in seconds, because the store is away."""
        if self._writer is not None and (self._queue or self._held_over):
            self._writer.await_turn()
        batch = self._gather()
        if not batch:
            return 0.0
        left = self._commit(batch)
        self._unsure = bool(left)
        if left:
            return self._wait_for_store(left)
        self._failures = 0
        return -1.0

    def _gather(self) -> list[Entry]:
        """The next batch: in order, bounded, and with no two ends of one task."""
        batch: list[Entry] = []
        later: list[Entry] = []
        ending: set[TaskKey] = set()
        rows = size = 0
        waiting = deque(self._held_over)
        while (waiting or self._queue) and rows < BATCH_ROWS and size < BATCH_BYTES:
            entry = waiting.popleft() if waiting else self._queue.popleft()
            intent = entry[0]
            if keys := intent.ending():
                if not ending.isdisjoint(keys):
                    later.append(entry)
                    continue
                ending.update(keys)
            rows += intent.rows()
            size += intent.size()
            batch.append(entry)
        self._held_over = [*later, *waiting]
        self._count(-rows, -size)
        return batch

    def _count(self, rows: int, size: int) -> None:
        with self._door:
            self._rows += rows
            self._bytes += size

    def _commit(self, batch: Sequence[Entry]) -> list[Entry]:
        """Commit a batch; one that fails is run again in halves, in order, until only the culprit fails and
        hears why.
        Returns what could not be committed because the store is away, in order."""
        try:
            applied = self._transact([intent for intent, _, _ in batch])
        except Exception as error:  # noqa: BLE001 — told apart by the driver; the culprit's own goes to its reply
            if self._driver.is_away(error) or self._driver.is_passing(error):
                return list(batch)
            if len(batch) == 1 and len(batch := _taken_apart(batch[0])) == 1:
                self._answer(batch, Applied([error]))
                return []
            middle = len(batch) // 2
            left = self._commit(batch[:middle])
            return [*left, *batch[middle:]] if left else self._commit(batch[middle:])
        self._answer(batch, applied)
        return []

    def _transact(self, intents: Sequence[Intent]) -> Applied:
        """One transaction. The first try takes for granted what is nearly always so; whatever fails is tried again at once without
        that, and passing failures (deadlocks and the like) once more."""
        for tries in range(_TRIES):
            writer = self._writer = self._writer or self._connect()
            writer.repeat = self._unsure
            writer.careful = self._unsure or tries > 0
            try:
                writer.begin(alone=len(intents) == 1 and intents[0].alone() and not writer.careful)
                applied = apply(writer, intents)
                writer.commit()
            except Exception as error:
                self._undo(writer, error)
                passing = self._driver.is_passing(error)
                if self._driver.is_away(error) or tries == _TRIES - 1 or (tries > 0 and not passing):
                    raise
            else:
                return applied
        raise AssertionError("unreachable")

    def _undo(self, writer: Writer, error: Exception) -> None:
        """Roll back; a connection that is gone, or that cannot even do that, is let go."""
        try:
            if not self._driver.is_away(error):
                writer.rollback()
                return
        except Exception as second:  # noqa: BLE001 — only the first error matters
            error.add_note(f"rolling back: {second}")
        self._writer = None
        try:
            writer.close()
        except Exception as second:  # noqa: BLE001 — as above
            error.add_note(f"closing: {second}")

    def _answer(self, batch: Sequence[Entry], applied: Applied) -> None:
        replies = [
            (reply, result)
            for (_, reply, _), result in zip(batch, applied.results, strict=True)
            if reply is not None
        ]
        if replies:
            self._done(replies)
        if applied.hints:
            self._hint(applied.hints)

    def _wait_for_store(self, left: Sequence[Entry]) -> float:
        """Keep what workers wrote, first in line and in order; refuse what people wait for once their
        patience is over.
        Returns a jittered pause."""
        now = self._last_outage = self._clock()
        self._count(sum(entry[0].rows() for entry in left), sum(entry[0].size() for entry in left))
        self._held_over, refused = _patient([*left, *self._held_over], now)
        with self._door:
            patient, late = _patient(self._queue, now)
            self._queue = deque(patient)
        refused += late
        self._count(-sum(entry[0].rows() for entry in refused), -sum(entry[0].size() for entry in refused))
        self._refuse(refused)
        self._failures += 1
        return self._uniform(0.02, min(2.0, 0.05 * 2.0 ** min(self._failures, 10)))

    def _refuse_all(self) -> None:
        left = [*self._held_over, *self._queue]
        self._held_over = []
        self._queue.clear()
        self._refuse(left)

    def _refuse(self, entries: Sequence[Entry]) -> None:
        replies: list[tuple[Reply, Result]] = [
            (reply, StoreUnavailable()) for _, reply, _ in entries if reply is not None
        ]
        if replies:
            self._done(replies)


def in_batches(finishes: Iterable[Finish]) -> Iterator[list[Finish]]:
    """Ends in lists that fill one batch each, at most."""
    batch: list[Finish] = []
    size = 0
    for finish in finishes:
        if batch and (len(batch) >= BATCH_ROWS or size + finish.size() > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(finish)
        size += finish.size()
    if batch:
        yield batch


def _patient(entries: Iterable[Entry], now: float) -> tuple[list[Entry], list[Entry]]:
    """Those that may go on waiting, and those for which somebody has waited long enough."""
    kept: list[Entry] = []
    late: list[Entry] = []
    for entry in entries:
        impatient = isinstance(entry[0], Submit | Act | Claim) and now - entry[2] > PATIENCE_S
        (late if impatient else kept).append(entry)
    return kept, late


def _taken_apart(entry: Entry) -> list[Entry]:
    """Ends that came together, one by one, so that the culprit among them can be found; anything else as it is."""
    intent, reply, at = entry
    if not isinstance(intent, Ends):
        return [entry]
    gathered = Gathered(reply, len(intent.finishes))
    return [(finish, gathered.place(n), at) for n, finish in enumerate(intent.finishes)]
