"""What can be asked of the store in a group commit. An intent is plain data, safe to apply twice.

Made by the engine and the store's own methods, applied by `apply.py`, batched by `committer.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from headway.core.states import Event
from headway.store.driver import Row, Writer

T = TypeVar("T")
TaskKey = tuple[str, int, int]
"""(job_id, part, fence): the only name under which a worker may write."""


def key_of(row: Row) -> TaskKey:
    """The first three columns of a row as the name of a claim."""
    job_id, part, fence = row[:3]
    return (str(job_id), int(part or 0), int(fence or 0))


def key_row(key: TaskKey) -> dict[str, object]:
    """That name as a statement takes it."""
    return {"id": key[0], "part": key[1], "fence": key[2]}


@dataclass(slots=True)
class Intent:
    """Base of all: how much of a batch it fills, and of the committer's bounds."""

    def rows(self) -> int:
        """How many rows it writes, about."""
        return 1

    def size(self) -> int:
        """How many bytes it holds, about."""
        return 200

    def alone(self) -> bool:
        """Whether it is one statement, which needs no transaction around it."""
        return False

    def ending(self) -> Sequence[TaskKey]:
        """The claims that it ends."""
        return ()


@dataclass(slots=True)
class Charge:
    """What a job may cost its owner, in credits: `reserve` is put aside for it (None: all that its hold has, and at least
    `least`), `price` is what it is priced by (`core.settlement.Price` as text), frozen with the job. `hold`: the job's id is
    that of a hold, which it uses up. `monthly_grant` is paid into the purse first where it is due."""

    reserve: int | None
    price: str
    monthly_grant: int = 0
    hold: bool = False
    least: int = 0


@dataclass(slots=True)
class NewJob:
    """A job to be accepted. Times are milliseconds since the epoch; `input` is JSON text."""

    id: str
    owner: str
    kind: str
    input: str
    queue: str = "default"
    priority: int = 0
    max_attempts: int = 1
    scheduled_at: int | None = None
    deadline_at: int | None = None
    idempotency_key: str | None = None
    request_hash: str | None = None
    files: Sequence[str] = ()
    charge: Charge | None = None


@dataclass(slots=True)
class Submitted:
    """The job that a submission stands for: a new one, accepted `at` (ms), or (`created` false) the one that
    had its key already."""

    id: str
    created: bool
    at: int = field(default=0, compare=False)


@dataclass(slots=True)
class Submit(Intent):
    """Accept jobs; gives a list with a `Submitted`, or why not (IdempotencyMismatch, InsufficientCredits, HoldGone), for each."""

    jobs: Sequence[NewJob]

    def rows(self) -> int:
        return len(self.jobs)

    def size(self) -> int:
        return sum(300 + len(job.input) for job in self.jobs)

    def alone(self) -> bool:
        return not any(job.files or job.charge for job in self.jobs)


@dataclass(slots=True)
class Claim(Intent):
    """Take up to `n` ready tasks from the queues, in their order; gives a list of `Claimed`."""

    worker: str
    claim_id: str
    queues: Sequence[str]
    n: int
    lease_ms: int

    def alone(self) -> bool:
        return len(self.queues) == 1 and ":" not in self.queues[0]


@dataclass(slots=True)
class Claimed:
    """A task under this worker's lease. `chunked`: the job has fanned out before. `input` is JSON text;
    `ran_ms` is the running time that counts against its limits."""

    job_id: str
    part: int
    fence: int
    kind: str
    owner: str
    input: str
    tries: int
    max_attempts: int
    deaths: int
    suspect: bool
    percent: int
    claimed_at: int
    deadline_at: int | None
    ran_ms: int
    priority: int
    vt: float
    chunked: bool = True
    reserved: int | None = None
    """The credits that the job's round holds, which are its budget; None: nothing is charged."""
    key: TaskKey = field(init=False)
    """The name under which this claim may write."""

    def __post_init__(self) -> None:
        self.key = (self.job_id, self.part, self.fence)


@dataclass(slots=True)
class Finish(Intent):
    """A claim ends by `event`; `decide` says what becomes of the job. Gives the Transition, or LeaseLost; the
    same again when it is said twice. `leased` is False for the end of a task that nobody runs; `delay_ms` is how long it waits,
    by the database's clock; `for_chunks` parks until the last chunk has ended, and no longer than `delay_ms` if there is one;
    `chunked` says that the job may have chunk tasks; `unstarted` that nothing was run under this claim, so that no attempt is kept;
    `limited` that others of its kind may wait for its place."""

    task: Claimed
    worker: str
    event: Event
    result: str | None = None
    error: str | None = None
    delay_ms: int | None = None
    cancelled_by: str | None = None
    ran_ms: int | None = None
    leased: bool = True
    for_chunks: bool = False
    chunked: bool = False
    unstarted: bool = False
    limited: bool = False

    def size(self) -> int:
        return 300 + len(self.result or "") + len(self.error or "")

    def ending(self) -> Sequence[TaskKey]:
        return (self.task.key,)


@dataclass(slots=True)
class Ends(Intent):
    """Claims that ended together, each another one. Gives a list with what `Finish` gives for each, or with the exception that one
    came to."""

    finishes: Sequence[Finish]

    def rows(self) -> int:
        return len(self.finishes)

    def size(self) -> int:
        return sum(finish.size() for finish in self.finishes)

    def ending(self) -> Sequence[TaskKey]:
        return [finish.task.key for finish in self.finishes]


@dataclass(slots=True)
class Progress(Intent):
    """Where a running task is; `step` is a message id and its values as JSON text."""

    key: TaskKey
    percent: int
    step: str | None = None


@dataclass(slots=True)
class Checkpoint(Intent):
    """Record a finished step, once and for all. Gives True, or LeaseLost."""

    task: TaskKey
    name: str
    key: str
    input_hash: str
    input: str | None
    value: str
    started_at: int

    def size(self) -> int:
        return 300 + len(self.value) + len(self.input or "")


@dataclass(slots=True)
class FanOut(Intent):
    """Make chunks of the step `name`, `total` in all: each {part, key, input_hash, input, ready}. They fill
    the percentage from `start` to `end`. Gives True, or LeaseLost."""

    task: TaskKey
    name: str
    chunks: Sequence[dict[str, object]]
    total: int
    start: float
    end: float
    max_attempts: int
    fail_fast: bool
    capped: bool

    def rows(self) -> int:
        return len(self.chunks)

    def size(self) -> int:
        return 300 + sum(200 + len(str(chunk["input"])) for chunk in self.chunks)


@dataclass(slots=True)
class OpenCall(Intent):
    """Note that a provider is about to be asked. Gives True, or LeaseLost; the `calls.UnderWay` of another claim of the job that
    asks the same now, to wait for; False where a provider takes only so many requests at a time (`most`, none of which lasts
    longer than `longest_ms`) and has them. `cost_micros` is about what it will cost: what is said of it while it is in doubt."""

    task: TaskKey
    step: str
    key: str
    n: int
    request_hash: str
    provider: str
    model: str
    most: int | None = None
    longest_ms: int = 0
    cost_micros: int | None = None


@dataclass(slots=True)
class SettleCall(Intent):
    """Note what the provider answered; allowed to a late worker, since it was paid for. `outcome` None: its answer was not heard,
    and nobody waits for it any more. `shares`: others who had it, beside those that the store knows of."""

    task: TaskKey
    step: str
    key: str
    n: int
    outcome: str | None
    answer: str | None = None
    error: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micros: int | None = None
    shares: int = 0

    def size(self) -> int:
        return 300 + len(self.answer or "")


@dataclass(slots=True)
class Log(Intent):
    """A line that the owner can read; `at` in milliseconds."""

    key: TaskKey
    at: int
    text: str

    def size(self) -> int:
        return 200 + len(self.text)


@dataclass(slots=True)
class Heartbeat(Intent):
    """Extend the leases of what this worker holds. Gives {key: cancel_requested} of what it still holds."""

    worker: str
    lease_ms: int
    keys: Sequence[TaskKey]
    seen: dict[str, str | int | None] = field(default_factory=dict)

    def rows(self) -> int:
        return len(self.keys) + 1


@dataclass(slots=True)
class Act(Intent, Generic[T]):
    """Anything rare: `run` gets the open transaction; a HeadwayError that it raises undoes it alone."""

    run: Callable[[Writer], T]
    hints: frozenset[str] = frozenset()
    bytes: int = 200

    def size(self) -> int:
        return self.bytes
