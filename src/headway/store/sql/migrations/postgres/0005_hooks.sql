-- E-mails on their way: a job of the kind headway.mail sends one and deletes its row.
CREATE TABLE mails (
    id         UUID PRIMARY KEY,
    recipient  TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row per limit and whom it counts: its theoretical arrival time (GCRA), in milliseconds. A row whose time has passed says
-- no more than none, and is deleted now and then.
CREATE TABLE buckets (
    name TEXT PRIMARY KEY,
    at   DOUBLE PRECISION NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX buckets_by_at ON buckets (at);

-- When each schedule of `@app.cron` is due next: whoever moves `next_at` on, under the row's lock, enqueues the tick's one job.
CREATE TABLE schedules (
    name       TEXT PRIMARY KEY,
    expression TEXT    NOT NULL,
    zone       TEXT    NOT NULL,
    next_at    BIGINT NOT NULL,
    last_at    BIGINT,
    last_job   UUID
);

-- Where an account wants to hear of its jobs' ends. `kinds` is a JSON list, NULL for all. The old secret signs too, until
-- `old_until`.
CREATE TABLE hooks (
    id          UUID PRIMARY KEY,
    owner       TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    kinds       TEXT,
    secret      TEXT    NOT NULL,
    old_secret  TEXT,
    old_until   BIGINT,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT,
    reason      TEXT
);
CREATE INDEX hooks_by_owner ON hooks (owner, id);
CREATE INDEX hooks_live ON hooks (owner) WHERE disabled_at IS NULL;

-- Ends of jobs that a hook is still to hear of: written in the transaction that ends the job (by the
-- trigger `headway_hooks`, which is there while there are hooks), and soon made into deliveries.
CREATE TABLE hook_ends (
    hook_id     UUID    NOT NULL,
    job_id      UUID    NOT NULL,
    fence       BIGINT  NOT NULL,
    owner       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    started_at  BIGINT,
    finished_at BIGINT  NOT NULL,
    error       TEXT,
    PRIMARY KEY (hook_id, job_id, fence)
);

CREATE FUNCTION headway_tell_hooks() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO hook_ends (hook_id, job_id, fence, owner, kind, status, created_at, started_at, finished_at, error)
    SELECT h.id, NEW.id, NEW.fence, NEW.owner, NEW.kind, NEW.status, NEW.created_at, NEW.started_at, NEW.finished_at, NEW.error
    FROM hooks h
    WHERE h.owner = NEW.owner AND h.disabled_at IS NULL AND (h.kinds IS NULL OR h.kinds::jsonb ? NEW.kind);
    RETURN NULL;
END
$$;

-- One event for one hook; the id is the `webhook-id` of every try, `body` the bytes.
CREATE TABLE deliveries (
    id         UUID PRIMARY KEY,
    hook_id    UUID    NOT NULL,
    owner      TEXT    NOT NULL,
    job_id     UUID,
    event      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    state      TEXT    NOT NULL DEFAULT 'pending',
    tries      BIGINT NOT NULL DEFAULT 0,
    tried_at   BIGINT,
    answer     BIGINT,
    error      TEXT
);
CREATE INDEX deliveries_by_hook ON deliveries (hook_id, id);

-- Who did what: acts that somebody may have to answer for. Never changed; ids are in the order of time.
CREATE TABLE audit_log (
    id      UUID PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT    NOT NULL,
    act     TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    origin  TEXT    NOT NULL,
    detail  TEXT
);
CREATE INDEX audit_log_by_actor ON audit_log (actor, id);

-- How much an owner has stored is asked before each upload.
CREATE INDEX files_by_owner ON files (owner);
