"""The shapes of answers, for the API's documentation.

Answers are written by `rendering` and the routes themselves, as bytes; a test holds them against these
models.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from headway.support.complaints import complaint

StatusName = Literal["pending", "processing", "completed", "failed", "cancelled"]


class Strict(BaseModel):
    """No field more, no field less than documented."""

    model_config = ConfigDict(extra="forbid")


class Links(Strict):
    """Where the job's parts are. A watch link can only read: its `cancel` and `retry` are null."""

    self: str
    events: str
    result: str
    cancel: str | None
    retry: str | None


class JobCredits(Strict):
    """What a job costs: what its round has reserved, which is its budget, and what all its rounds have settled so far."""

    reserved: int | None
    settled: int | None


class JobError(BaseModel):
    """Why a job failed: a stable `type` for programs, a `message` for people. `internal` is for operators only: an unforeseen
    exception's own words, and where it arose."""

    type: str
    message: str
    internal: dict[str, object] | None = None


class SnapshotBody(Strict):
    """What a person sees of a job. Every field is always present, `null` where unknown."""

    id: str
    kind: str
    status: StatusName
    percent: int = Field(ge=0, le=100, description="Never goes down except by a retry.")
    step: str | None = Field(description="What is being done, in the reader's language.")
    total_chunks: int | None
    processed_chunks: int | None
    failed_chunks: list[int]
    eta_seconds: int | None = Field(description="Estimated time left; not part of the version.")
    queue_position: int | None = Field(
        description="While pending; null beyond 1,000; not part of the version."
    )
    cancel_requested: bool
    attempt: int
    max_attempts: int
    version: int = Field(description="Grows by one with each committed visible change.")
    error: JobError | None
    created_at: AwareDatetime
    scheduled_at: AwareDatetime | None
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    processing_seconds: float | None
    cancelled_by: str | None
    credits: JobCredits | None = Field(description="Null where nothing is charged.")
    links: Links


class FinishedBody(SnapshotBody):
    """The snapshot with its result, for a submission that waited; `result` is null where the job failed."""

    result: Any


class JobList(Strict):
    """One page of jobs, newest first; `next` is the cursor of the following page, null on the last. `titles`, by id,
    only where they were asked for."""

    jobs: list[SnapshotBody]
    next: str | None
    titles: dict[str, str] | None = None


class RetryBody(Strict):
    """How to retry: everything that is not done (the default), some chunks, or all anew."""

    chunks: list[Annotated[int, Field(ge=1)]] | None = Field(None, min_length=1)
    scratch: bool = False

    @field_validator("scratch")
    @classmethod
    def _one_of_both(cls, scratch: bool, given: ValidationInfo) -> bool:
        if scratch and given.data.get("chunks") is not None:
            raise complaint("both", "Name chunks, or start from scratch: not both")
        return scratch


class Attempt(Strict):
    """One claim of the job (`part` 0) or of a chunk, and how it ended; `outcome` is null while it runs."""

    part: int
    attempt: int
    worker: str | None
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    outcome: str | None
    error: JobError | None


class Attempts(Strict):
    """All attempts, oldest first."""

    attempts: list[Attempt]


class Call(Strict):
    """One request to a provider; in doubt while `outcome` is null. `cost` is in millionths of a US dollar; in doubt, about
    what it will cost. `round` is the job's: 1, and one more with each retry. `shares`: how many others of the job asked the same
    while it was under way, and sent no request of their own."""

    step: str
    key: str
    n: int
    round: int
    provider: str
    model: str
    input_tokens: int | None
    output_tokens: int | None
    cost: int | None
    started_at: AwareDatetime
    duration_seconds: float | None
    outcome: str | None
    in_doubt: bool
    shares: int
    error: JobError | None


class Calls(Strict):
    """All calls of a job in their order, and how many are in doubt."""

    calls: list[Call]
    in_doubt: int


class Step(Strict):
    """A finished step of the handler."""

    name: str
    key: str
    started_at: AwareDatetime
    ended_at: AwareDatetime


class Steps(Strict):
    """The finished steps of a job in their order."""

    steps: list[Step]


class Chunk(Strict):
    """One part of a fan-out; `result` is there once it is done, whatever becomes of the others."""

    n: int
    status: str
    attempt: int
    error: JobError | None
    result: Any


class Chunks(Strict):
    """The chunks of a job in their order; none for a job that has no fan-out."""

    chunks: list[Chunk]


class LogLine(Strict):
    """A line that the handler wrote."""

    n: int
    at: AwareDatetime
    text: str


class Log(Strict):
    """Lines in their order; ask again with `?after=next` for what comes later."""

    lines: list[LogLine]
    next: int


class Share(Strict):
    """A watch link: a page for people, an address for programs' event streams, and until when they work."""

    url: str
    events: str
    expires_at: AwareDatetime


class Quote(BaseModel):
    """What a job would cost and take; null where it cannot be known before. Kinds add figures of their own."""

    model_config = ConfigDict(extra="allow")

    kind: str
    credits: int = Field(description="What would be reserved; what is really used is settled at the end.")
    tokens: int | None
    chunks: int | None
    seconds: float | None
    file_id: str | None = Field(
        default=None, description="With `?keep=true`: the file, to be submitted by its id."
    )


class StandingBody(Strict):
    """An account's credits; offline work is free."""

    balance: int
    reserved: int = Field(description="Put aside for jobs under way and for holds; not part of the balance.")
    monthly_grant: int
    next_grant_at: AwareDatetime | None


class KindPriceBody(Strict):
    """What a kind costs: once for each job, and for 1,000 tokens by tier ("" where there is one rate)."""

    per_job: int
    per_1000_tokens: dict[str, int]


class CreditsBody(StandingBody):
    """An account's credits, and what jobs cost; a kind that is not listed is free."""

    prices: dict[str, KindPriceBody]


class LedgerEntry(Strict):
    """One movement: `amount` of the balance, `reserved` of what is put aside; `balance` is the balance after it."""

    id: str
    at: AwareDatetime
    entry: Literal["grant", "hold", "reserve", "settle", "release"]
    amount: int
    reserved: int
    balance: int
    job_id: str | None
    kind: str | None
    round: int | None
    month: str | None = Field(description="Of a monthly grant, such as 2026-11.")
    reason: str | None
    made_by: str | None


class LedgerBody(Strict):
    """A page of the ledger, newest first; `next` is the cursor of the following page, null on the last."""

    entries: list[LedgerEntry]
    next: str | None


class GrantBody(Strict):
    """Credits for an account, by its id or its e-mail address."""

    account: str = Field(min_length=1, max_length=200)
    amount: int = Field(ge=1, le=1_000_000_000)
    reason: str = Field(min_length=1, max_length=500)


class RefundBody(Strict):
    """What a job has cost, or a part of it, goes back to its owner. Without `amount`: all that was not given back yet."""

    job_id: str
    amount: int | None = Field(None, ge=1, le=1_000_000_000)
    reason: str = Field(min_length=1, max_length=500)


class Health(Strict):
    """Liveness."""

    status: Literal["ok"]
    version: str


class Readiness(Strict):
    """Readiness: `ready` only when every check is true."""

    status: Literal["ready", "not ready"]
    checks: dict[str, bool]
