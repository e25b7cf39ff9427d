-- How claims end: with the job, or with a release.

-- name: end
-- The end of jobs in one step: the job's row takes over what its body task knew, and the task leaves. Fenced, and guarded
-- by the cancel flag and the lease that the decision was made on: a retry's task begins under the fence that ended the
-- round before, and a late end of that round must not end this one. The caller compares the count with what it sent and asks
-- `ended_now` about the rest. Jobs with a reserve (:paid) end by themselves. CROSS JOIN pins the order: rows first, then keys.
WITH r AS MATERIALIZED (
    SELECT value->>0 AS id, value->>1 AS fence, value->>2 AS cancel, value->>3 AS leased, value->>4 AS status,
           value->>5 AS result, value->>6 AS error, value->>7 AS tries, value->>8 AS percent, value->>9 AS who
    FROM jsonb_each(:rows)
)
UPDATE jobs
SET status = g.status, result = g.result, error = g.error, started_at = g.started_at, finished_at = :now,
    worker = g.worker, fence = g.fence, version = g.version + 1, percent = g.percent, step = g.step, tries = g.tries,
    total_chunks = g.total_chunks, processed_chunks = g.processed_chunks, failed_chunks = g.failed_chunks,
    cancelled_by = g.cancelled_by
FROM (
    SELECT r.id, r.status, r.result, r.error, t.started_at, t.worker, t.fence, t.version,
           COALESCE(r.percent, t.percent) AS percent, t.step, COALESCE(r.tries, t.tries) AS tries, t.total_chunks,
           t.processed_chunks, t.failed_chunks, COALESCE(t.cancelled_by, r.who) AS cancelled_by
    FROM r CROSS JOIN tasks t ON t.job_id = r.id AND t.part = 0 AND t.fence = r.fence AND t.cancel_requested = r.cancel
      AND (t.worker IS NOT NULL) = r.leased AND (t.reserved IS NOT NULL) = :paid
) AS g
WHERE jobs.id = g.id;
DELETE FROM tasks WHERE (job_id, part) IN (
    SELECT t.job_id, t.part FROM jsonb_each(:rows) AS r CROSS JOIN tasks t
      ON t.job_id = r.value->>0 AND t.part = 0 AND t.fence = r.value->>1
         AND t.cancel_requested = r.value->>2 AND (t.worker IS NOT NULL) = r.value->>3
         AND (t.reserved IS NOT NULL) = :paid);

-- name: ended_now
-- Which of these ends `end` has written in this transaction, as (id, part, fence).
SELECT j.id, 0, j.fence
FROM jsonb_each(:rows) r CROSS JOIN jobs j ON j.id = r.value->>0 AND j.fence = r.value->>1
WHERE j.finished_at = :now AND j.status = r.value->>4;

-- name: release
-- A claim ends and the job goes on: ready again, or waiting for its time. Gives the (id, part, fence) that it released.
UPDATE tasks AS t
SET worker = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL,
    ready = r.ready OR (r.parked AND t.open_chunks = 0),
    due_at = CASE WHEN r.parked AND t.open_chunks = 0 THEN NULL ELSE r.due_at END,
    tries = COALESCE(r.tries, t.tries), deaths = COALESCE(r.deaths, t.deaths), suspect = COALESCE(r.suspect, t.suspect),
    ran_ms = COALESCE(r.ran_ms, t.ran_ms), version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'cancel' AS cancel,
        value->>'ready' AS ready, value->>'parked' AS parked, value->>'due_at' AS due_at, value->>'tries' AS tries,
        value->>'deaths' AS deaths, value->>'suspect' AS suspect, value->>'ran_ms' AS ran_ms
    FROM jsonb_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.cancel_requested = r.cancel
  AND t.worker IS NOT NULL
RETURNING job_id, part, fence, ready;

-- name: standing
-- How the tasks of these (id, part) stand now: for decisions that are made again after a miss.
SELECT t.job_id, t.part, t.fence, t.cancel_requested, t.worker IS NOT NULL, t.tries, t.max_attempts, t.deaths,
       t.suspect, t.started_at IS NOT NULL, t.ready
FROM (SELECT value->>'id' AS id, value->>'part' AS part FROM jsonb_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part;

-- name: ended
-- How these claims ended, if they did: to tell a lost reply from a lost lease. A first-try success is the job's own row.
WITH r AS MATERIALIZED (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence FROM jsonb_each(:rows)
)
SELECT a.job_id, a.part, a.fence, a.outcome
FROM r CROSS JOIN attempts a ON a.job_id = r.id AND a.part = r.part AND a.fence = r.fence
UNION ALL
SELECT j.id, 0, j.fence, {SUCCEEDED}
FROM r CROSS JOIN jobs j ON j.id = r.id AND r.part = 0 AND j.fence = r.fence AND j.status = {COMPLETED}
UNION ALL
SELECT c.job_id, c.part, c.fence, c.outcome
FROM r CROSS JOIN chunks c ON c.job_id = r.id AND c.part = r.part AND c.fence = r.fence AND c.outcome IS NOT NULL;

-- name: add_attempts
INSERT INTO attempts (job_id, part, fence, attempt, worker, started_at, ended_at, outcome, error)
SELECT r.id, r.part, r.fence, r.attempt, r.worker, r.started_at, :now, r.outcome, r.error
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'attempt' AS attempt,
        value->>'worker' AS worker, value->>'started_at' AS started_at, value->>'outcome' AS outcome,
        value->>'error' AS error
    FROM jsonb_each(:rows)) AS r
WHERE TRUE
ON CONFLICT DO NOTHING;
