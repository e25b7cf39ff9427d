"""One hub per process: whoever watches a job waits here and gets each new snapshot once.

Called by the event streams, WebSockets, long polls and waiting submissions. The hub looks at the versions of
all watched jobs in one query: at once after a store's hint, at the latest every 250 ms, and never while
nobody watches; what changed is fetched in a second query. Invariant: a watcher sees versions rise, may miss
one in between, and never misses the last.
"""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import structlog

from headway.core.errors import HeadwayError
from headway.core.states import Status
from headway.http.rendering import Frame
from headway.store import Snapshot
from headway.store.driver import Hint

POLL_S = 0.25
_GAP_S = 0.02  # between two looks, however many hints come: a burst of commits is one look
_QUEUE_EVERY_S = 2.0
_OUTAGE_PAUSE_S = 1.0
_IDS_PER_QUERY = 1000
_FRAMES = 2048
_FRAME_AGE_S = 10.0
_log = structlog.get_logger(__name__)


def _same(one: Snapshot, other: Snapshot) -> bool:
    return one.version == other.version and one.queue_position == other.queue_position


class Feed(Protocol):
    """What the hub needs of a store."""

    async def versions(self, ids: list[str], /) -> dict[str, int]: ...

    async def snapshots(self, ids: list[str], /) -> dict[str, Snapshot]: ...

    def subscribe(self, listener: Callable[[set[Hint]], None], /) -> Callable[[], None]: ...


class _Channel:
    """One watched job: its newest frame, and the futures of those who wait for a newer one."""

    __slots__ = ("frame", "gone", "waiters", "watchers")

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.gone = False
        self.waiters: set[asyncio.Future[None]] = set()
        self.watchers = 0

    def wake(self) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()


class Watch:
    """One watcher of one job; use it as a context manager, so that the hub forgets it."""

    __slots__ = ("_channel", "_hub", "_job_id", "_seen")

    def __init__(self, hub: "Hub", job_id: str) -> None:
        self._hub = hub
        self._job_id = job_id
        self._seen: Frame | None = None

    def __enter__(self) -> Self:
        self._channel = self._hub._join(self._job_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hub._leave(self._job_id, self._channel)

    @property
    def over(self) -> bool:
        """Whether nothing more can come: the job was deleted, or the server is shutting down."""
        return self._channel.gone or self._hub.draining

    def begin(self, snapshot: Snapshot) -> Frame:
        """Tell the hub what the caller has just read; returns the newest frame, which counts as seen."""
        self._hub._offer(self._job_id, self._channel, snapshot)
        assert self._channel.frame is not None
        self._seen = self._channel.frame
        return self._seen

    async def next(self, timeout_s: float, gone: "asyncio.Future[None] | None" = None) -> Frame | None:
        """The newest frame as soon as it is another than the one seen; None after `timeout_s`, when it is
        `over`, or when `gone` (the reader's own end) is done."""
        channel = self._channel
        if channel.frame is self._seen and not self.over:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            channel.waiters.add(waiter)
            try:
                await asyncio.wait(
                    {waiter} if gone is None else {waiter, gone},
                    timeout=timeout_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                channel.waiters.discard(waiter)
        if channel.frame is self._seen:
            return None
        self._seen = channel.frame
        return channel.frame


class Hub:
    """Watches jobs for everyone in this process."""

    def __init__(self, feed: Feed, eta_s: Callable[[Snapshot], int | None], poll_s: float = POLL_S) -> None:
        self._feed = feed
        self._eta_s = eta_s
        self._poll_s = poll_s
        self._channels: dict[str, _Channel] = {}
        self._hint = asyncio.Event()
        self._anyone = asyncio.Event()
        self._unsubscribe: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue_looked_at = 0.0
        self._frames: dict[str, tuple[Frame, float]] = {}
        self.draining = False

    def start(self) -> None:
        """Begin to look; needs a running loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="headway-live")

    def hint(self, hints: set[Hint]) -> None:
        """Look now: something may have changed. The store's listener, called on this loop."""
        if "change" in hints:
            self._hint.set()

    def drain(self) -> None:
        """End every watch: the server is shutting down."""
        self.draining = True
        for channel in self._channels.values():
            channel.wake()

    async def close(self) -> None:
        """Stop looking."""
        self.drain()
        self._be_deaf()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def watchers(self) -> int:
        """How many watch right now."""
        return sum(channel.watchers for channel in self._channels.values())

    def watch(self, job_id: str) -> Watch:
        """A watch on a job that the caller has proved to be theirs to see."""
        return Watch(self, job_id)

    def frame(self, snapshot: Snapshot) -> Frame:
        """The frame of a snapshot read just now: the known one where nothing has changed since.

        A frame lives for 10 s at most, then the estimate of the time left is made anew. So the same version
        has the same bytes, and the same ETag, from one look to the next.
        """
        now = time.monotonic()
        known = self._frames.get(snapshot.id)
        if known is not None and now - known[1] < _FRAME_AGE_S and _same(known[0].snapshot, snapshot):
            return known[0]
        frame = Frame(snapshot, self._eta_s(snapshot))
        self._frames.pop(snapshot.id, None)
        self._frames[snapshot.id] = (frame, now)
        if len(self._frames) > _FRAMES:
            del self._frames[next(iter(self._frames))]  # the oldest: a dict keeps its order
        return frame

    def _join(self, job_id: str) -> _Channel:
        channel = self._channels.get(job_id)
        if channel is None:
            channel = self._channels[job_id] = _Channel()
        channel.watchers += 1
        if self._unsubscribe is None:  # hints that nobody waits for would wake the loop for nothing
            self._unsubscribe = self._feed.subscribe(self.hint)
        self._anyone.set()
        return channel

    def _leave(self, job_id: str, channel: _Channel) -> None:
        channel.watchers -= 1
        if not channel.watchers and self._channels.get(job_id) is channel:
            del self._channels[job_id]
            if not self._channels:
                self._anyone.clear()
                self._be_deaf()

    def _be_deaf(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _offer(self, job_id: str, channel: _Channel, snapshot: Snapshot) -> None:
        """Takes a snapshot that is newer, or of the same version with another place in the queue."""
        if channel.frame is not None:
            known = channel.frame.snapshot
            if snapshot.version < known.version or _same(snapshot, known):
                return
        channel.frame = self.frame(snapshot)
        channel.wake()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._anyone.wait()
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._hint.wait()
            except TimeoutError:
                pass  # the poll: hints may be lost, commits are not
            self._hint.clear()
            try:
                await self._look(loop.time())
            except HeadwayError as error:
                _log.warning("cannot look at watched jobs", error=str(error))
                await asyncio.sleep(_OUTAGE_PAUSE_S)
            await asyncio.sleep(_GAP_S)

    async def _look(self, now: float) -> None:
        watched = [(job_id, c) for job_id, c in self._channels.items() if c.frame is not None]
        queue_too = now - self._queue_looked_at >= _QUEUE_EVERY_S
        if queue_too:
            self._queue_looked_at = now
        for begin in range(0, len(watched), _IDS_PER_QUERY):
            part = dict(watched[begin : begin + _IDS_PER_QUERY])
            versions = await self._feed.versions(list(part))
            changed = []
            for job_id, channel in part.items():
                assert channel.frame is not None
                known = channel.frame.snapshot
                version = versions.get(job_id)
                if version is None:
                    channel.gone = True
                    channel.wake()
                elif version > known.version or (queue_too and known.status == Status.PENDING):
                    changed.append(job_id)
            if changed:
                for job_id, snapshot in (await self._feed.snapshots(changed)).items():
                    self._offer(job_id, part[job_id], snapshot)
