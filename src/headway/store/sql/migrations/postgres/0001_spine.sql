-- The wide, cold row of a job: written at submission and at its end, not in between. Until the end `status` says
-- 'pending'; what moves is in `tasks`. Times are milliseconds since the epoch, here and everywhere.
CREATE TABLE jobs (
    id               UUID PRIMARY KEY,
    owner            TEXT NOT NULL,
    kind             TEXT NOT NULL,
    queue            TEXT NOT NULL,
    priority         BIGINT NOT NULL DEFAULT 0,
    max_attempts     BIGINT NOT NULL DEFAULT 1,
    input            TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    scheduled_at     BIGINT,
    deadline_at      BIGINT,
    idempotency_key  TEXT,
    request_hash     TEXT,
    status           TEXT NOT NULL DEFAULT 'pending',
    result           TEXT,
    error            TEXT,
    started_at       BIGINT,
    finished_at      BIGINT,
    worker           TEXT,
    fence            BIGINT NOT NULL DEFAULT 0,
    version          BIGINT NOT NULL DEFAULT 1,
    percent          BIGINT NOT NULL DEFAULT 0,
    step             TEXT,
    tries            BIGINT NOT NULL DEFAULT 0,
    total_chunks     BIGINT,
    processed_chunks BIGINT,
    failed_chunks    TEXT,
    cancelled_by     TEXT,
    credits          BIGINT
) WITH (fillfactor = 80);
CREATE INDEX jobs_by_owner ON jobs (owner, id);
CREATE UNIQUE INDEX jobs_by_key ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The narrow, hot row of what can be claimed: part 0 is the job's body, 1…n are chunks. Exactly one holds:
-- ready (claimable), worker IS NOT NULL (leased), or neither (waiting: for due_at, or for chunks). Of a body: `open_chunks`
-- counts its chunk tasks, `fan_…` say which part of the percentage the running fan-out fills. Of a chunk: `fail_fast` ends its
-- siblings when it fails, `capped` lets the next one start when it ends.
CREATE TABLE tasks (
    job_id           UUID NOT NULL,
    part             BIGINT NOT NULL,
    kind             TEXT NOT NULL,
    owner            TEXT NOT NULL,
    queue            TEXT NOT NULL,
    priority         BIGINT NOT NULL,
    vt               DOUBLE PRECISION NOT NULL,
    made_at          BIGINT NOT NULL,
    max_attempts     BIGINT NOT NULL,
    ready            BOOLEAN NOT NULL,
    due_at           BIGINT,
    deadline_at      BIGINT,
    worker           TEXT,
    claim_id         TEXT,
    claimed_at       BIGINT,
    lease_until      BIGINT,
    fence            BIGINT NOT NULL DEFAULT 0,
    tries            BIGINT NOT NULL DEFAULT 0,
    deaths           BIGINT NOT NULL DEFAULT 0,
    suspect          BOOLEAN NOT NULL DEFAULT FALSE,
    cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
    cancelled_by     TEXT,
    started_at       BIGINT,
    ran_ms           BIGINT NOT NULL DEFAULT 0,
    percent          BIGINT NOT NULL DEFAULT 0,
    step             TEXT,
    total_chunks     BIGINT,
    processed_chunks BIGINT,
    failed_chunks    TEXT,
    open_chunks      BIGINT NOT NULL DEFAULT 0,
    fan_from         DOUBLE PRECISION,
    fan_to           DOUBLE PRECISION,
    fan_ended        BIGINT,
    fan_total        BIGINT,
    fail_fast        BOOLEAN NOT NULL DEFAULT FALSE,
    capped           BOOLEAN NOT NULL DEFAULT FALSE,
    version          BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (job_id, part)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2);
CREATE INDEX tasks_ready ON tasks (queue, priority DESC, vt, job_id, part) WHERE ready;
CREATE INDEX tasks_leased ON tasks (worker) WHERE worker IS NOT NULL;
CREATE INDEX tasks_due ON tasks (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tasks_deadline ON tasks (deadline_at) WHERE deadline_at IS NOT NULL;

-- Virtual time (start-time fair queueing): the place behind each owner's last task in a queue's line. A new task stands there, or
-- beside whoever is at the front now, whichever is later.
CREATE TABLE turns (
    queue TEXT NOT NULL,
    owner TEXT NOT NULL,
    vt    DOUBLE PRECISION NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (queue, owner)
);
CREATE INDEX turns_by_vt ON turns (queue, vt);

-- What the job's row cannot say: every claim that did not end in a first-try success.
CREATE TABLE attempts (
    job_id     UUID NOT NULL,
    part       BIGINT NOT NULL,
    fence      BIGINT NOT NULL,
    attempt    BIGINT NOT NULL,
    worker     TEXT,
    started_at BIGINT,
    ended_at   BIGINT NOT NULL,
    outcome    TEXT NOT NULL,
    error      TEXT,
    PRIMARY KEY (job_id, part, fence)
);

-- Recorded results of steps, by step name and key (the caller's, or the ordinal of the call).
CREATE TABLE checkpoints (
    job_id     UUID NOT NULL,
    name       TEXT NOT NULL,
    key        TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    input      TEXT,
    value      TEXT,
    fence      BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    PRIMARY KEY (job_id, name, key)
);

-- The cold home of a fan-out's chunks: written with the input when they are made, filled at their end. `outcome` is NULL until
-- then; `key` is the fan-out's ordinal and the chunk's index.
CREATE TABLE chunks (
    job_id     UUID NOT NULL,
    part       BIGINT NOT NULL,
    name       TEXT NOT NULL,
    key        TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    input      TEXT NOT NULL,
    outcome    TEXT,
    value      TEXT,
    error      TEXT,
    tries      BIGINT NOT NULL DEFAULT 0,
    fence      BIGINT NOT NULL DEFAULT 0,
    made_at    BIGINT NOT NULL,
    ended_at   BIGINT,
    PRIMARY KEY (job_id, part)
);

-- One row per request to a provider: written before it (in doubt), settled after it.
CREATE TABLE calls (
    job_id        UUID NOT NULL,
    step          TEXT NOT NULL,
    key           TEXT NOT NULL,
    n             BIGINT NOT NULL,
    request_hash  TEXT NOT NULL,
    provider      TEXT NOT NULL,
    model         TEXT NOT NULL,
    fence         BIGINT NOT NULL,
    started_at    BIGINT NOT NULL,
    settled_at    BIGINT,
    outcome       TEXT,
    answer        TEXT,
    error         TEXT,
    input_tokens  BIGINT,
    output_tokens BIGINT,
    cost_micros   BIGINT,
    PRIMARY KEY (job_id, step, key, n)
);

CREATE TABLE log_lines (
    job_id UUID NOT NULL,
    n      BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (job_id, n)
);

CREATE TABLE workers (
    id           TEXT PRIMARY KEY,
    host         TEXT NOT NULL,
    pid          BIGINT NOT NULL,
    version      TEXT NOT NULL,
    queues       TEXT NOT NULL,
    concurrency  BIGINT NOT NULL,
    state        TEXT NOT NULL,
    started_at   BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    memory_mb    BIGINT,
    running      BIGINT NOT NULL DEFAULT 0,
    runs         TEXT
);

-- Files are rows, so that any worker can read them and they go with their job.
CREATE TABLE files (
    id           UUID PRIMARY KEY,
    owner        TEXT NOT NULL,
    job_id       UUID,
    name         TEXT NOT NULL,
    filename     TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         BIGINT,
    sha256       TEXT,
    created_at   BIGINT NOT NULL
);
CREATE INDEX files_by_job ON files (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX files_loose ON files (created_at) WHERE job_id IS NULL;

CREATE TABLE file_blocks (
    file_id UUID NOT NULL,
    n       BIGINT NOT NULL,
    data    BYTEA NOT NULL,
    PRIMARY KEY (file_id, n)
);

CREATE TABLE accounts (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_tokens (
    hash       TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    account_id TEXT,
    csrf       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE shares (
    id         TEXT PRIMARY KEY,
    job_id     UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX shares_by_job ON shares (job_id);

-- The one clock of every write: of the moment, not of the transaction's start.
CREATE FUNCTION headway_now() RETURNS BIGINT LANGUAGE sql VOLATILE
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
