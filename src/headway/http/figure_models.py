"""The shapes of `/api/figures` and `/api/ops/…`, for the API's documentation; see `models`."""

from typing import Literal

from pydantic import AwareDatetime, Field

from headway.http.models import JobError, Strict


class PublicFigures(Strict):
    """Figures of the last day that name nobody; null where there is nothing to measure."""

    accepted_within_ms: float | None = Field(description="Half of the submissions were answered within it.")
    wait_seconds: float | None = Field(description="Median from when a job could begin to when it began.")
    work_seconds: float | None = Field(description="Median from a job's begin to its end.")
    completed: int
    offline: bool = Field(description="Whether no provider is asked.")


class OpsWindow(Strict):
    """What happened within the last `seconds`. Times are of the newest 10,000 jobs that ended."""

    seconds: int
    accepted: int
    completed: int
    failed: int
    cancelled: int
    per_second: float = Field(description="Jobs ended per second.")
    failure_share: float | None = Field(description="Failed among those that completed or failed.")
    wait_p50_seconds: float | None
    wait_p95_seconds: float | None
    work_p50_seconds: float | None
    work_p95_seconds: float | None
    utilisation: float | None = Field(
        description="Share of the workers' slots in use, since `watched_since`."
    )


class OpsNow(Strict):
    """One look: tasks ready, slots in use and in all, how long the oldest ready task has waited, open watches
    of this process."""

    ready: int
    running: int
    slots: int
    oldest_seconds: float | None
    watchers: int


class OpsPoint(Strict):
    """One look of the last hour."""

    at: AwareDatetime
    ready: int
    running: int
    slots: int


class OpsOverview(Strict):
    """Windows by name: `5m`, `1h`, `24h`."""

    windows: dict[str, OpsWindow]
    now: OpsNow
    watched_since: AwareDatetime
    series: list[OpsPoint]


class OpsQueue(Strict):
    """The unfinished tasks of one kind in one queue."""

    queue: str
    kind: str
    ready: int
    waiting: int
    running: int
    oldest_seconds: float | None


class OpsQueues(Strict):
    """All queues."""

    queues: list[OpsQueue]


class OpsWorker(Strict):
    """A worker process as it last described itself; `lost`: it stopped without a word."""

    id: str
    host: str
    pid: int
    version: str
    queues: list[str]
    state: str
    live: bool
    running: int
    concurrency: int
    memory_mb: int | None
    started_at: AwareDatetime
    seen_at: AwareDatetime
    runs: list[str]


class OpsWorkers(Strict):
    """All workers that were seen lately."""

    workers: list[OpsWorker]


class OpsProvider(Strict):
    """A provider's model and its lane."""

    provider: str
    model: str
    state: Literal["open", "paused", "down", "probing"]
    reason: str | None
    paused_seconds: float
    failures: int = Field(description="Failures in a row; from five on the breaker is open.")
    refusals: int


class OpsProviders(Strict):
    """Each model that was ever asked."""

    providers: list[OpsProvider]


class OpsFailure(Strict):
    """Jobs of a kind that failed of the same error within the last day."""

    kind: str
    error: JobError | None
    count: int
    last_at: AwareDatetime
    last_id: str


class OpsFailures(Strict):
    """The most frequent first."""

    failures: list[OpsFailure]
