-- E-mails on their way: a job of the kind headway.mail sends one and deletes its row.
CREATE TABLE mails (
    id         TEXT PRIMARY KEY,
    recipient  TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- One row per limit and whom it counts: its theoretical arrival time (GCRA), in milliseconds. A row whose time has passed says
-- no more than none, and is deleted now and then.
CREATE TABLE buckets (
    name TEXT PRIMARY KEY,
    at   REAL NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX buckets_by_at ON buckets (at);

-- When each schedule of `@app.cron` is due next: whoever moves `next_at` on, under the row's lock, enqueues the tick's one job.
CREATE TABLE schedules (
    name       TEXT PRIMARY KEY,
    expression TEXT    NOT NULL,
    zone       TEXT    NOT NULL,
    next_at    INTEGER NOT NULL,
    last_at    INTEGER,
    last_job   TEXT
) STRICT;

-- Where an account wants to hear of its jobs' ends. `kinds` is a JSON list, NULL for all. The old secret signs too, until
-- `old_until`.
CREATE TABLE hooks (
    id          TEXT PRIMARY KEY,
    owner       TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    kinds       TEXT,
    secret      TEXT    NOT NULL,
    old_secret  TEXT,
    old_until   INTEGER,
    created_at  INTEGER NOT NULL,
    disabled_at INTEGER,
    reason      TEXT
) STRICT;
CREATE INDEX hooks_by_owner ON hooks (owner, id);
CREATE INDEX hooks_live ON hooks (owner) WHERE disabled_at IS NULL;

-- Ends of jobs that a hook is still to hear of: written in the transaction that ends the job (by the
-- trigger `headway_hooks`, which is there while there are hooks), and soon made into deliveries.
CREATE TABLE hook_ends (
    hook_id     TEXT    NOT NULL,
    job_id      TEXT    NOT NULL,
    fence       INTEGER NOT NULL,
    owner       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER NOT NULL,
    error       TEXT,
    PRIMARY KEY (hook_id, job_id, fence)
) WITHOUT ROWID, STRICT;

-- One event for one hook; the id is the `webhook-id` of every try, `body` the bytes.
CREATE TABLE deliveries (
    id         TEXT PRIMARY KEY,
    hook_id    TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    job_id     TEXT,
    event      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'pending',
    tries      INTEGER NOT NULL DEFAULT 0,
    tried_at   INTEGER,
    answer     INTEGER,
    error      TEXT
) STRICT;
CREATE INDEX deliveries_by_hook ON deliveries (hook_id, id);

-- Who did what: acts that somebody may have to answer for. Never changed; ids are in the order of time.
CREATE TABLE audit_log (
    id      TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    act     TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    origin  TEXT    NOT NULL,
    detail  TEXT
) STRICT;
CREATE INDEX audit_log_by_actor ON audit_log (actor, id);

-- How much an owner has stored is asked before each upload.
CREATE INDEX files_by_owner ON files (owner);
