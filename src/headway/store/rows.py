"""What the store gives back: plain frozen records. Times are milliseconds since the epoch, None where there
is none."""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from headway.core.progress import Text
from headway.core.states import TERMINAL, Status
from headway.store.driver import Row


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a person sees of a job. `running` and `queue_position` may change without a new `version`."""

    id: str
    kind: str
    owner: str
    status: Status
    percent: int
    step: Text | None
    total_chunks: int | None
    processed_chunks: int | None
    failed_chunks: list[int]
    cancel_requested: bool
    tries: int
    max_attempts: int
    version: int
    error: dict[str, Any] | None
    created_at: int
    scheduled_at: int | None
    started_at: int | None
    finished_at: int | None
    cancelled_by: str | None
    credits: int | None
    running: bool
    ready: bool
    queue: str
    reserved: int | None = None
    """Credits that this round holds, None where nothing is charged; `credits` is what all rounds have settled."""
    queue_position: int | None = None

    @property
    def attempt(self) -> int:
        """Which try this is, or was: 1 for the first. Only a failure's own try is among the `tries`
        already."""
        return max(1, min(self.tries + (self.status is not Status.FAILED), self.max_attempts))

    @property
    def finished(self) -> bool:
        """Whether the status is terminal."""
        return self.status in TERMINAL


@dataclass(frozen=True, slots=True)
class Attempt:
    """One claim of a task; `outcome` and `ended_at` are None while it runs."""

    part: int
    fence: int
    attempt: int
    worker: str | None
    started_at: int | None
    ended_at: int | None
    outcome: str | None
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A recorded step. `input` and `value` are JSON text."""

    name: str
    key: str
    input_hash: str
    input: str | None
    value: str | None
    started_at: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """One request to a provider; `outcome` None means in doubt: it was sent, and no answer was recorded."""

    step: str
    key: str
    n: int
    request_hash: str
    provider: str
    model: str
    started_at: int
    settled_at: int | None
    outcome: str | None
    answer: str | None
    error: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_micros: int | None
    shares: int = 0
    """How many other callers in the same job were given this very answer."""
    round: int = 1
    """The job's round that it was made in."""
    stale: bool = False
    """Whether all was begun anew since: it is a record only, and its answer is not given again."""


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """One chunk of a fan-out: the step's `name` and its `key`, `state` as in a job's status, `result` JSON
    text once it is done."""

    part: int
    name: str
    key: str
    input_hash: str
    state: str
    attempt: int
    error: dict[str, Any] | None
    result: str | None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that the handler wrote for the owner."""

    n: int
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a job: `name` is the field it came in, `filename` what its owner called it, `size` in
    bytes."""

    id: str
    name: str
    filename: str
    content_type: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class UploadRow(FileRow):
    """A file as it was sent, and the job that has taken it, with that job's idempotency key."""

    job_id: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Share:
    """A watch link."""

    id: str
    job_id: str
    created_at: int
    expires_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker process as it last described itself; `runs` are job ids."""

    id: str
    host: str
    pid: int
    version: str
    queues: list[str]
    concurrency: int
    state: str
    started_at: int
    heartbeat_at: int
    memory_mb: int | None
    running: int
    runs: list[str]


@dataclass(frozen=True, slots=True)
class KindStatus:
    """How many jobs of a kind have a status, and how long the ended ones took on average."""

    kind: str
    status: str
    count: int
    average_seconds: float | None


@dataclass(frozen=True, slots=True)
class Depth:
    """The queue at one look."""

    ready: int
    waiting: int
    leased: int
    oldest_ready_s: float | None
    failed_last_hour: int


@dataclass(frozen=True, slots=True)
class Violation:
    """A row that breaks one of the rules of DESIGN section 6."""

    rule: int
    what: str
    row: str


_CHUNK_STATES = {"succeeded": Status.COMPLETED, "failed": Status.FAILED}


def snapshot(row: Row) -> Snapshot:
    """A row of the queries' snapshot columns."""
    values: list[Any] = list(row)
    values[3] = Status(values[3])
    values[8] = sorted(json.loads(values[8])) if values[8] else []
    values[5] = _counted(text(values[5]), values[6], values[7], len(values[8]))
    values[9] = bool(values[9])
    values[13] = json.loads(values[13]) if values[13] else None
    values[20] = bool(values[20])
    values[21] = bool(values[21])
    return Snapshot(*values)


def _counted(step: Text | None, total: int | None, processed: int | None, failed: int) -> Text | None:
    """A step text with the numbers of the chunk that is being worked on, where it has places for them."""
    if step is None or total is None:
        return step
    return Text(step.id, {"done": min(total, (processed or 0) + failed + 1), "total": total, **step.args})


def chunk(row: Row) -> ChunkRow:
    """A row of the query `chunks_of`."""
    part, name, key, input_hash, outcome, failure, value, tries, running = row
    state = _CHUNK_STATES.get(str(outcome), Status.PROCESSING if running else Status.PENDING)
    attempt = int(tries or 0) + (state is not Status.FAILED)
    return ChunkRow(
        int(part or 0), str(name), str(key), str(input_hash), state, attempt, error(failure),
        value if isinstance(value, str) else None,
    )  # fmt: skip


def text(stored: str | None) -> Text | None:
    """A step text as it is stored: `[id, {name: value}]` in JSON."""
    if not stored:
        return None
    message, args = json.loads(stored)
    return Text(message, args)


def error(stored: object) -> dict[str, Any] | None:
    """An error as it is stored: a JSON object."""
    return json.loads(stored) if isinstance(stored, str) else None


def with_position(of: Snapshot, position: int | None) -> Snapshot:
    """The same snapshot with its place in the queue."""
    return of if position is None else replace(of, queue_position=position)


def now_ms() -> int:
    """This host's clock, for caches and displays; never for decisions."""
    return time.time_ns() // 1_000_000
