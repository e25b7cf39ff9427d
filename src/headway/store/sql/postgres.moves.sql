-- How claims end: with the job, or with a release.

-- name: end
-- The end of jobs in one step: the body task leaves, the job's row takes over what it knew. Fenced, and guarded by the
-- cancel flag and the lease that the decision was made on: a retry's task begins under the fence that ended the round
-- before, and a late end of that round must not end this one. The caller compares the count with what it sent and asks
-- `ended_now` about the rest. Jobs with a reserve (:paid) end by themselves.
WITH r AS MATERIALIZED (
    SELECT (x->>0)::uuid AS id, (x->>1)::bigint AS fence, (x->>2)::boolean AS cancel, (x->>3)::boolean AS leased,
           x->>4 AS status, x->>5 AS result, x->>6 AS error, (x->>7)::bigint AS tries, (x->>8)::bigint AS percent, x->>9 AS who
    FROM jsonb_array_elements(:rows::jsonb) AS x
), gone AS (
    DELETE FROM tasks t
    USING r, LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = 0 AND fence = r.fence AND cancel_requested = r.cancel
          AND (worker IS NOT NULL) = r.leased AND (reserved IS NOT NULL) = :paid
        FOR UPDATE) found
    WHERE t.ctid = found.place
    RETURNING t.job_id, t.started_at, t.worker, t.fence, t.version, t.percent AS reached, t.step, t.tries AS tried,
              t.total_chunks, t.processed_chunks, t.failed_chunks, t.cancelled_by, r.status, r.result, r.error, r.tries,
              r.percent, r.who
)
UPDATE jobs j
SET status = g.status, result = g.result, error = g.error, started_at = g.started_at, finished_at = :now,
    worker = g.worker, fence = g.fence, version = g.version + 1, percent = COALESCE(g.percent, g.reached), step = g.step,
    tries = COALESCE(g.tries, g.tried), total_chunks = g.total_chunks, processed_chunks = g.processed_chunks,
    failed_chunks = g.failed_chunks, cancelled_by = COALESCE(g.cancelled_by, g.who)
FROM gone g, LATERAL (SELECT ctid AS place FROM jobs WHERE id = g.job_id OFFSET 0) found
WHERE j.ctid = found.place;

-- name: ended_now
-- Which of these ends `end` has written in this transaction, as (id, part, fence).
SELECT j.id, 0, j.fence
FROM jsonb_array_elements(:rows::jsonb) AS x, LATERAL (
    SELECT id, fence, status, finished_at FROM jobs WHERE id = (x->>0)::uuid OFFSET 0) j
WHERE j.fence = (x->>1)::bigint AND j.finished_at = :now AND j.status = x->>4;

-- name: release
-- A claim ends and the job goes on: ready again, or waiting for its time. Gives the (id, part, fence) that it released.
UPDATE tasks t
SET worker = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL,
    ready = r.ready OR (r.parked AND t.open_chunks = 0),
    due_at = CASE WHEN r.parked AND t.open_chunks = 0 THEN NULL ELSE r.due_at END,
    tries = COALESCE(r.tries, t.tries), deaths = COALESCE(r.deaths, t.deaths), suspect = COALESCE(r.suspect, t.suspect),
    ran_ms = COALESCE(r.ran_ms, t.ran_ms), version = t.version + 1
FROM json_to_recordset(:rows::json) AS r(
    id uuid, part bigint, fence bigint, cancel boolean, ready boolean, parked boolean, due_at bigint, tries bigint, deaths bigint,
    suspect boolean, ran_ms bigint),
    LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND cancel_requested = r.cancel AND lease_until IS NOT NULL
        FOR UPDATE) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.part, t.fence, t.ready;

-- name: standing
-- How the tasks of these (id, part) stand now, locked: for decisions that are made again after a miss.
SELECT t.job_id, t.part, t.fence, t.cancel_requested, t.worker IS NOT NULL, t.tries, t.max_attempts, t.deaths,
       t.suspect, t.started_at IS NOT NULL, t.ready
FROM tasks t JOIN json_to_recordset(:rows::json) AS r(id uuid, part bigint) ON t.job_id = r.id AND t.part = r.part
FOR UPDATE OF t;

-- name: ended
-- How these claims ended, if they did: to tell a lost reply from a lost lease. A first-try success is the job's own row.
WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset(:rows::json) AS x(id uuid, part bigint, fence bigint))
SELECT a.job_id, a.part, a.fence, a.outcome
FROM r JOIN attempts a ON a.job_id = r.id AND a.part = r.part AND a.fence = r.fence
UNION ALL
SELECT j.id, 0, j.fence, {SUCCEEDED}
FROM r JOIN jobs j ON j.id = r.id AND r.part = 0 AND j.fence = r.fence AND j.status = {COMPLETED}
UNION ALL
SELECT c.job_id, c.part, c.fence, c.outcome
FROM r JOIN chunks c ON c.job_id = r.id AND c.part = r.part AND c.fence = r.fence AND c.outcome IS NOT NULL;

-- name: add_attempts
INSERT INTO attempts (job_id, part, fence, attempt, worker, started_at, ended_at, outcome, error)
SELECT r.id, r.part, r.fence, r.attempt, r.worker, r.started_at, :now, r.outcome, r.error
FROM json_to_recordset(:rows::json) AS r(
    id uuid, part bigint, fence bigint, attempt bigint, worker text, started_at bigint, outcome text, error text)
ON CONFLICT DO NOTHING;
