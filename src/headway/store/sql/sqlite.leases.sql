-- The right to tasks: claims, heartbeats, and what the janitor finds due, overdue or expired.

-- name: _work
-- The input of a body, or `[step, key, arguments]` of a chunk.
CASE WHEN task.part = 0 THEN (SELECT input FROM jobs WHERE id = task.job_id) ELSE (
    SELECT json_array(c.name, c.key, json(c.input)) FROM chunks c
    WHERE c.job_id = task.job_id AND c.part = task.part) END

-- name: _small_work
-- The same where it is no longer than 64 KiB, else NULL: what many claims hold together must fit into one value, and one of SQLite's
-- has at most 10^9 bytes.
CASE WHEN task.part = 0 THEN (
    SELECT input FROM jobs WHERE id = task.job_id AND octet_length(input) <= 65536) ELSE (
    SELECT json_array(c.name, c.key, json(c.input)) FROM chunks c
    WHERE c.job_id = task.job_id AND c.part = task.part AND octet_length(c.input) <= 65536) END

-- name: work
-- Of one task whose claim has left it out.
SELECT {_work} FROM (SELECT :id AS job_id, :part AS part) AS task;

-- name: _claimed
-- Columns in the order of `intents.Claimed`.
json_group_array(json_array(
    job_id, part, fence, kind, owner, {_small_work}, tries, max_attempts, deaths, suspect, percent, claimed_at, deadline_at,
    ran_ms, priority, vt, total_chunks IS NOT NULL, reserved))

-- name: _first_in_line
FROM tasks
WHERE queue = :queue AND ready
ORDER BY priority DESC, vt, job_id, part
LIMIT :n

-- name: claim
-- First what will be claimed, as it will be then: to look for it afterwards would mean walking all that this worker holds.
SELECT {_claimed} FROM (
    SELECT job_id, part, fence + 1 AS fence, kind, owner, tries, max_attempts, deaths, suspect, percent, :now AS claimed_at,
           deadline_at, ran_ms, priority, vt, total_chunks, reserved
    {_first_in_line}) AS task;
UPDATE tasks
SET ready = FALSE, worker = :worker, claim_id = :claim_id, claimed_at = :now, lease_until = :now + :lease_ms,
    fence = fence + 1, started_at = COALESCE(started_at, :now), version = version + 1, due_at = NULL
WHERE (job_id, part) IN (SELECT job_id, part {_first_in_line});

-- name: claimed
-- What a claim whose reply was lost had taken.
SELECT {_claimed} FROM tasks AS task WHERE worker = :worker AND claim_id = :claim_id;

-- name: _renewed
UPDATE tasks AS t SET lease_until = :now + :lease_ms
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence
    FROM jsonb_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker = :worker
RETURNING job_id, part, fence, cancel_requested

-- name: heartbeat
-- Extends what the worker says it holds, and tells it what it still holds and whether it was asked to stop.
{_renewed};

-- name: heartbeat_again
-- Of the other dialect; here nothing is passed by.
{_renewed};

-- name: held
-- Which of these (id, part, fence) are still under that very lease.
SELECT t.job_id, t.part, t.fence FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence
    FROM jsonb_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence
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
-- deadline.
SELECT job_id, part, fence, cancel_requested, FALSE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready
FROM tasks WHERE deadline_at <= :now AND worker IS NULL
ORDER BY deadline_at LIMIT :n;

-- name: expired
-- Walks the leased tasks only, which are as few as the cluster has slots.
SELECT job_id, part, fence, cancel_requested, TRUE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready,
       worker, claimed_at, lease_until
FROM tasks INDEXED BY tasks_leased WHERE worker IS NOT NULL AND lease_until < :now
LIMIT :n;

-- name: up_since
-- There is no server that could have been away.
SELECT 0;
