"""A committer that a test steps by hand, over a real database that fails on demand."""

from typing import Any

from tests.conftest import Clock
from tests.store.faults import FaultyDriver
from tests.store.verbs import LEASE_MS, new_job

from headway.core.ids import new_id
from headway.store import Store
from headway.store.committer import Committer
from headway.store.driver import Hint
from headway.store.intents import (
    Act,
    Claim,
    Claimed,
    Intent,
    NewJob,
    Submit,
)
from headway.store.store import driver_for


class Bench:
    """A committer without its thread: `put` what you like, `step` it, look at the replies."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.store = Store.open(url, shift=clock)
        self.driver = FaultyDriver(driver_for(url, clock))
        self.seconds = 0.0
        self.jitter: list[tuple[float, float]] = []
        self.hints: list[set[Hint]] = []
        self.committer = Committer(
            self.driver,  # type: ignore[arg-type]  # delegates what it does not name
            lambda replies: [reply(result) for reply, result in replies],  # type: ignore[arg-type,return-value]
            self.hints.append,
            clock=lambda: self.seconds,
            uniform=self.draw,
            queue_rows=2_800,
            queue_bytes=10 << 20,
        )

    def draw(self, low: float, high: float) -> float:
        self.jitter.append((low, high))
        return high

    def put(self, *intents: Intent) -> list[Any]:
        """Hand intents over; the list fills with their results as they are answered."""
        replies: list[Any] = [None] * len(intents)
        for place, intent in enumerate(intents):
            self.committer.put(intent, lambda result, place=place: replies.__setitem__(place, result))  # type: ignore[misc]
        return replies

    def steps(self) -> None:
        """Step until nothing is left to do at once."""
        while self.committer.step():
            pass

    def now(self, *intents: Intent) -> list[Any]:
        replies = self.put(*intents)
        self.steps()
        return replies

    def running(self, **more: Any) -> Claimed:
        [_, [task]] = self.now(Submit([new_job(**more)]), Claim("w1", new_id(), ("default",), 1, LEASE_MS))
        return task

    def rows(self, name: str, **params: Any) -> Any:
        return self.store.read_sync(lambda r: r.rows(name, **params))

    def lines(self, job_id: str) -> list[str]:
        return [row[2] for row in self.rows("log_of", id=job_id, after=0, n=100)]

    def status(self, job_id: str) -> str:
        return str(self.rows("snapshot", id=job_id, owner=None)[0][3])

    def depth(self) -> tuple[int, int, int]:
        ready, waiting, leased, _ = self.rows("depth")[0]
        return (ready, waiting, leased)


def bad() -> Submit:
    """What the database refuses: an owner is required."""
    return Submit([NewJob(new_job().id, None, "essay", "{}")])  # type: ignore[arg-type]


def claim(n: int, claim_id: str = "c") -> Claim:
    return Claim("w1", claim_id, ("default",), n, LEASE_MS)


def act(query: str, /, **params: Any) -> Act[int]:
    return Act(lambda w: w.run(query, **params))
