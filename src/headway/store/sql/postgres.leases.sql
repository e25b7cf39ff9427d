-- The right to tasks: claims, heartbeats, and what the janitor finds due, overdue or expired.

-- name: _work
-- The input of a body, or `[step, key, arguments]` of a chunk.
CASE WHEN t.part = 0 THEN j.input ELSE (
    SELECT json_build_array(c.name, c.key, c.input::json)::text FROM chunks c
    WHERE c.job_id = t.job_id AND c.part = t.part) END

-- name: work
-- Never asked: here a claim gives rows, however large.
SELECT {_work} FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.job_id = :id AND t.part = :part;

-- name: _claimed
-- Columns in the order of `intents.Claimed`.
t.job_id, t.part, t.fence, t.kind, t.owner, {_work}, t.tries, t.max_attempts, t.deaths, t.suspect, t.percent,
t.claimed_at, t.deadline_at, t.ran_ms, t.priority, t.vt, t.total_chunks IS NOT NULL, t.reserved

-- name: claim
-- MATERIALIZED is a fence: without it the planner may run the LIMIT once per joined row and take too many.
WITH picked AS MATERIALIZED (
    SELECT ctid AS place, job_id FROM tasks
    WHERE queue = :queue AND ready
    ORDER BY priority DESC, vt, job_id, part
    LIMIT :n
    FOR UPDATE SKIP LOCKED
)
UPDATE tasks t
SET ready = FALSE, worker = :worker, claim_id = :claim_id, claimed_at = :now, lease_until = :now + :lease_ms::bigint,
    fence = t.fence + 1, started_at = COALESCE(t.started_at, :now), version = t.version + 1, due_at = NULL
FROM picked p, LATERAL (SELECT input FROM jobs WHERE id = p.job_id OFFSET 0) j
WHERE t.ctid = p.place
RETURNING {_claimed};

-- name: claimed
-- What a claim whose reply was lost had taken.
SELECT {_claimed}
FROM tasks t JOIN jobs j ON j.id = t.job_id
WHERE t.worker = :worker AND t.claim_id = :claim_id;

-- name: _renewed
UPDATE tasks t SET lease_until = :now + :lease_ms::bigint
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint),
    LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND worker || '' = :worker

-- name: heartbeat
-- Extends what the worker says it holds, and tells it what it still holds and whether it was asked to stop. What someone is writing
-- just now is passed by: to wait for it while holding others would be a deadlock.
{_renewed}
        FOR UPDATE SKIP LOCKED) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.part, t.fence, t.cancel_requested;

-- name: heartbeat_again
-- The same for what was passed by.
{_renewed}
        FOR UPDATE) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.part, t.fence, t.cancel_requested;

-- name: held
-- Which of these (id, part, fence) are still under that very lease.
SELECT t.job_id, t.part, t.fence FROM tasks t
JOIN json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint)
  ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence
WHERE t.worker IS NOT NULL;

-- name: cancels
SELECT job_id, part, fence FROM tasks WHERE worker = :worker AND cancel_requested;

-- name: cancel_flag
UPDATE tasks SET cancel_requested = TRUE, cancelled_by = :by, version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND NOT cancel_requested;

-- name: promote
UPDATE tasks SET ready = TRUE, due_at = NULL
WHERE due_at <= :now AND NOT ready AND worker IS NULL;

-- name: next_due
SELECT min(due_at) FROM tasks WHERE due_at IS NOT NULL;

-- name: overdue
-- Waiting or ready tasks whose job's deadline has passed; running ones are ended by their own worker. Only bodies have a
-- deadline; to say so (part = 0) would lead the planner along the key, through all tasks.
SELECT job_id, part, fence, cancel_requested, FALSE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready
FROM tasks WHERE deadline_at <= :now AND worker IS NULL
ORDER BY deadline_at LIMIT :n FOR UPDATE SKIP LOCKED;

-- name: expired
-- Walks the leased tasks only, which are as few as the cluster has slots. In the order of their index: in that of the key
-- the planner would walk all tasks.
SELECT job_id, part, fence, cancel_requested, TRUE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready,
       worker, claimed_at, lease_until
FROM tasks WHERE worker IS NOT NULL AND lease_until < :now
ORDER BY worker LIMIT :n FOR UPDATE SKIP LOCKED;

-- name: up_since
-- When the server started: leases from before it ran out because the store was away.
SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint;
