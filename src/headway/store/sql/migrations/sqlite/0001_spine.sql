-- The wide, cold row of a job: written at submission and at its end, not in between. Until the end `status` says
-- 'pending'; what moves is in `tasks`. Times are milliseconds since the epoch, here and everywhere.
CREATE TABLE jobs (
    id               TEXT PRIMARY KEY,
    owner            TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    priority         INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL DEFAULT 1,
    input            TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    scheduled_at     INTEGER,
    deadline_at      INTEGER,
    idempotency_key  TEXT,
    request_hash     TEXT,
    status           TEXT    NOT NULL DEFAULT 'pending',
    result           TEXT,
    error            TEXT,
    started_at       INTEGER,
    finished_at      INTEGER,
    worker           TEXT,
    fence            INTEGER NOT NULL DEFAULT 0,
    version          INTEGER NOT NULL DEFAULT 1,
    percent          INTEGER NOT NULL DEFAULT 0,
    step             TEXT,
    tries            INTEGER NOT NULL DEFAULT 0,
    total_chunks     INTEGER,
    processed_chunks INTEGER,
    failed_chunks    TEXT,
    cancelled_by     TEXT,
    credits          INTEGER
) STRICT;
CREATE INDEX jobs_by_owner ON jobs (owner, id);
CREATE UNIQUE INDEX jobs_by_key ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- The narrow, hot row of what can be claimed: part 0 is the job's body, 1…n are chunks. Exactly one holds:
-- ready (claimable), worker IS NOT NULL (leased), or neither (waiting: for due_at, or for chunks). Of a body: `open_chunks`
-- counts its chunk tasks, `fan_…` say which part of the percentage the running fan-out fills. Of a chunk: `fail_fast` ends its
-- siblings when it fails, `capped` lets the next one start when it ends.
CREATE TABLE tasks (
    job_id           TEXT    NOT NULL,
    part             INTEGER NOT NULL,
    kind             TEXT    NOT NULL,
    owner            TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    priority         INTEGER NOT NULL,
    vt               REAL    NOT NULL,
    made_at          INTEGER NOT NULL,
    max_attempts     INTEGER NOT NULL,
    ready            INTEGER NOT NULL,
    due_at           INTEGER,
    deadline_at      INTEGER,
    worker           TEXT,
    claim_id         TEXT,
    claimed_at       INTEGER,
    lease_until      INTEGER,
    fence            INTEGER NOT NULL DEFAULT 0,
    tries            INTEGER NOT NULL DEFAULT 0,
    deaths           INTEGER NOT NULL DEFAULT 0,
    suspect          INTEGER NOT NULL DEFAULT FALSE,
    cancel_requested INTEGER NOT NULL DEFAULT FALSE,
    cancelled_by     TEXT,
    started_at       INTEGER,
    ran_ms           INTEGER NOT NULL DEFAULT 0,
    percent          INTEGER NOT NULL DEFAULT 0,
    step             TEXT,
    total_chunks     INTEGER,
    processed_chunks INTEGER,
    failed_chunks    TEXT,
    open_chunks      INTEGER NOT NULL DEFAULT 0,
    fan_from         REAL,
    fan_to           REAL,
    fan_ended        INTEGER,
    fan_total        INTEGER,
    fail_fast        INTEGER NOT NULL DEFAULT FALSE,
    capped           INTEGER NOT NULL DEFAULT FALSE,
    version          INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (job_id, part)
) WITHOUT ROWID, STRICT;
CREATE INDEX tasks_ready ON tasks (queue, priority DESC, vt, job_id, part) WHERE ready;
CREATE INDEX tasks_leased ON tasks (worker) WHERE worker IS NOT NULL;
CREATE INDEX tasks_due ON tasks (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tasks_deadline ON tasks (deadline_at) WHERE deadline_at IS NOT NULL;

-- Virtual time (start-time fair queueing): the place behind each owner's last task in a queue's line. A new task stands there, or
-- beside whoever is at the front now, whichever is later.
CREATE TABLE turns (
    queue TEXT NOT NULL,
    owner TEXT NOT NULL,
    vt    REAL NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (queue, owner)
) WITHOUT ROWID, STRICT;
CREATE INDEX turns_by_vt ON turns (queue, vt);

-- What the job's row cannot say: every claim that did not end in a first-try success.
CREATE TABLE attempts (
    job_id     TEXT    NOT NULL,
    part       INTEGER NOT NULL,
    fence      INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    worker     TEXT,
    started_at INTEGER,
    ended_at   INTEGER NOT NULL,
    outcome    TEXT    NOT NULL,
    error      TEXT,
    PRIMARY KEY (job_id, part, fence)
) WITHOUT ROWID, STRICT;

-- Recorded results of steps, by step name and key (the caller's, or the ordinal of the call).
CREATE TABLE checkpoints (
    job_id     TEXT NOT NULL,
    name       TEXT NOT NULL,
    key        TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    input      TEXT,
    value      TEXT,
    fence      INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    PRIMARY KEY (job_id, name, key)
) STRICT;

-- The cold home of a fan-out's chunks: written with the input when they are made, filled at their end. `outcome` is NULL until
-- then; `key` is the fan-out's ordinal and the chunk's index.
CREATE TABLE chunks (
    job_id     TEXT NOT NULL,
    part       INTEGER NOT NULL,
    name       TEXT NOT NULL,
    key        TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    input      TEXT NOT NULL,
    outcome    TEXT,
    value      TEXT,
    error      TEXT,
    tries      INTEGER NOT NULL DEFAULT 0,
    fence      INTEGER NOT NULL DEFAULT 0,
    made_at    INTEGER NOT NULL,
    ended_at   INTEGER,
    PRIMARY KEY (job_id, part)
) STRICT;

-- One row per request to a provider: written before it (in doubt), settled after it.
CREATE TABLE calls (
    job_id        TEXT    NOT NULL,
    step          TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    n             INTEGER NOT NULL,
    request_hash  TEXT    NOT NULL,
    provider      TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    fence         INTEGER NOT NULL,
    started_at    INTEGER NOT NULL,
    settled_at    INTEGER,
    outcome       TEXT,
    answer        TEXT,
    error         TEXT,
    input_tokens  INTEGER,
    output_tokens INTEGER,
    cost_micros   INTEGER,
    PRIMARY KEY (job_id, step, key, n)
) STRICT;

CREATE TABLE log_lines (
    job_id TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    text   TEXT    NOT NULL,
    PRIMARY KEY (job_id, n)
) STRICT;

CREATE TABLE workers (
    id           TEXT PRIMARY KEY,
    host         TEXT    NOT NULL,
    pid          INTEGER NOT NULL,
    version      TEXT    NOT NULL,
    queues       TEXT    NOT NULL,
    concurrency  INTEGER NOT NULL,
    state        TEXT    NOT NULL,
    started_at   INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    memory_mb    INTEGER,
    running      INTEGER NOT NULL DEFAULT 0,
    runs         TEXT
) STRICT;

-- Files are rows, so that any worker can read them and they go with their job.
CREATE TABLE files (
    id           TEXT PRIMARY KEY,
    owner        TEXT    NOT NULL,
    job_id       TEXT,
    name         TEXT    NOT NULL,
    filename     TEXT    NOT NULL,
    content_type TEXT    NOT NULL,
    size         INTEGER,
    sha256       TEXT,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_job ON files (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX files_loose ON files (created_at) WHERE job_id IS NULL;

CREATE TABLE file_blocks (
    file_id TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    data    BLOB    NOT NULL,
    PRIMARY KEY (file_id, n)
) STRICT;

CREATE TABLE accounts (
    id         TEXT PRIMARY KEY,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_tokens (
    hash       TEXT PRIMARY KEY,
    account_id TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    account_id TEXT,
    csrf       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE shares (
    id         TEXT PRIMARY KEY,
    job_id     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX shares_by_job ON shares (job_id);
