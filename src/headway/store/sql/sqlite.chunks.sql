-- Fan-out and fan-in.

-- name: fan_out
-- The chunks' cold rows, and a task for each that has not ended; both repeatable. Fenced by the body's task. A task that is
-- made again takes up the fence where the one before it left it.
INSERT INTO chunks (job_id, name, key, part, input_hash, input, made_at, fence)
SELECT b.job_id, :name, r.value->>'key', r.value->>'part', r.value->>'input_hash', r.value->>'input', :now,
       (SELECT chunk_fence FROM jobs WHERE id = b.job_id)
FROM tasks b CROSS JOIN jsonb_each(:rows) AS r
WHERE b.job_id = :id AND b.part = 0 AND b.fence = :fence AND b.worker IS NOT NULL
ON CONFLICT DO NOTHING;
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, fence, tries, fail_fast, capped,
                   reserved, round)
SELECT b.job_id, c.part, b.kind, b.owner, b.queue, b.priority, :vt + row_number() OVER (ORDER BY c.part) - 1, :now, :max_attempts, r.value->>'ready', c.fence, 0,
       :fail_fast, :capped, b.reserved, b.round
FROM tasks b CROSS JOIN jsonb_each(:rows) AS r CROSS JOIN chunks c
  ON c.job_id = :id AND c.part = r.value->>'part' AND c.outcome IS NULL
WHERE b.job_id = :id AND b.part = 0 AND b.fence = :fence AND b.worker IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: body_line
-- The line that a body stands in, while it is under this very lease.
SELECT queue, priority, owner FROM tasks WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL;

-- name: job_line
SELECT {_line_now}, priority, owner FROM jobs WHERE id = :id;

-- name: forget_turns
-- Whoever stands before the front is as if he had never been there.
DELETE FROM turns WHERE vt < (
    SELECT t.vt FROM tasks t WHERE t.queue = turns.queue AND t.priority = turns.priority AND t.ready ORDER BY t.vt LIMIT 1);

-- name: fan_in
-- What the body knows of its chunks, counted anew; `fan_…` of the fan-out that begins.
UPDATE tasks
SET open_chunks = (SELECT count(*) FROM tasks o WHERE o.job_id = :id AND o.part > 0),
    total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT CASE WHEN count(*) > 0 THEN json_group_array(c.part) END FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED}),
    fan_from = :fan_from, fan_to = :fan_to, fan_total = :fan_total,
    fan_ended = (SELECT count(*) FROM chunks c
                 WHERE c.job_id = :id AND c.name <> :name AND c.outcome IS NOT NULL),
    version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL;

-- name: recount_chunks
-- A new round starts from what is recorded.
UPDATE tasks
SET total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT CASE WHEN count(*) > 0 THEN json_group_array(c.part) END FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED})
WHERE job_id = :id AND part = 0 AND EXISTS (SELECT 1 FROM chunks c WHERE c.job_id = :id);

-- name: end_chunks
-- Chunks end: their cold rows are filled, their tasks leave. A cancelled chunk has no outcome: it may be run another time.
-- Gives (id, part, fence, fail_fast, capped) of what it ended.
UPDATE chunks
SET outcome = g.outcome, value = g.value, error = g.error, fence = g.fence, tries = g.tries,
    ended_at = CASE WHEN g.outcome IS NULL THEN NULL ELSE :now END
FROM (
    SELECT t.job_id, t.part, t.fence, COALESCE(r.value->>'tries', t.tries) AS tries, r.value->>'outcome' AS outcome,
           r.value->>'value' AS value, r.value->>'error' AS error
    FROM jsonb_each(:rows) AS r CROSS JOIN tasks t
      ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence'
         AND t.cancel_requested = r.value->>'cancel' AND t.worker IS NOT NULL
) AS g
WHERE chunks.job_id = g.job_id AND chunks.part = g.part;
DELETE FROM tasks WHERE (job_id, part) IN (
    SELECT t.job_id, t.part FROM jsonb_each(:rows) AS r CROSS JOIN tasks t
      ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence'
         AND t.cancel_requested = r.value->>'cancel' AND t.worker IS NOT NULL)
RETURNING job_id, part, fence, fail_fast, capped;

-- name: count_chunks
-- The body hears of ended chunks, all of a batch at once; the one that takes open_chunks to 0 wakes it, exactly once. Gives
-- (id, fence, open_chunks, cancel_requested, leased).
UPDATE tasks AS t
SET open_chunks = t.open_chunks - r.ended, processed_chunks = COALESCE(t.processed_chunks, 0) + r.succeeded,
    failed_chunks = CASE WHEN r.failed IS NULL THEN t.failed_chunks ELSE (
        SELECT json_group_array(value) FROM (
            SELECT value FROM json_each(COALESCE(t.failed_chunks, '[]')) UNION ALL SELECT value FROM json_each(r.failed))) END,
    percent = max(t.percent, CAST(t.fan_from + (t.fan_to - t.fan_from) * min(1.0,
        CAST(COALESCE(t.processed_chunks, 0) + r.succeeded - t.fan_ended + json_array_length(COALESCE(t.failed_chunks, '[]'))
             + json_array_length(COALESCE(r.failed, '[]')) AS REAL) / max(t.fan_total, 1)) AS INTEGER)),
    ready = t.ready OR (t.open_chunks - r.ended = 0 AND t.worker IS NULL AND NOT t.cancel_requested),
    due_at = CASE WHEN t.open_chunks - r.ended = 0 AND t.worker IS NULL THEN NULL ELSE t.due_at END,
    version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'ended' AS ended, value->>'succeeded' AS succeeded, value->>'failed' AS failed
    FROM jsonb_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = 0
RETURNING job_id, fence, open_chunks, cancel_requested, worker IS NOT NULL;

-- name: next_chunks
-- As many held-back chunks may start as capped ones have ended.
UPDATE tasks SET ready = TRUE WHERE (job_id, part) IN (
    SELECT job_id, part FROM (
        SELECT t.job_id, t.part, r.value->>'n' AS n, row_number() OVER (PARTITION BY t.job_id ORDER BY t.part) AS place
        FROM jsonb_each(:rows) AS r CROSS JOIN tasks t
          ON t.job_id = r.value->>'id' AND t.part > 0 AND NOT t.ready AND t.worker IS NULL AND t.due_at IS NULL AND t.capped)
    WHERE place <= n);

-- name: drop_idle_chunks
-- Their fences stay, in case they are made again.
UPDATE chunks SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND t.worker IS NULL AND chunks.job_id = t.job_id AND chunks.part = t.part;
DELETE FROM tasks WHERE job_id = :id AND part > 0 AND worker IS NULL;

-- name: flag_chunks
UPDATE tasks SET cancel_requested = TRUE WHERE job_id = :id AND part > 0 AND worker IS NOT NULL;

-- name: close_chunks
-- The body's count after chunks were dropped: what is left is running. When nothing is, a body that waits is woken.
UPDATE tasks
SET open_chunks = :left, ready = ready OR (:left = 0 AND worker IS NULL AND NOT cancel_requested),
    due_at = CASE WHEN :left = 0 AND worker IS NULL THEN NULL ELSE due_at END
WHERE job_id = :id AND part = 0;

-- name: drop_chunks
-- As `drop_idle_chunks`.
UPDATE chunks SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND chunks.job_id = t.job_id AND chunks.part = t.part;
DELETE FROM tasks WHERE job_id = :id AND part > 0;

-- name: hold_cancelled
-- The handler has stopped, its chunks have not: the body waits for the last of them, under its cancel.
UPDATE tasks SET worker = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL, ready = FALSE, due_at = NULL,
       open_chunks = :left, cancel_requested = TRUE, version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL;

-- name: reset_chunks
-- Failed chunks may be tried again: these, or all (:parts NULL). Steps that came after the chunks saw their failure.
DELETE FROM checkpoints
WHERE job_id = :id AND started_at >= (SELECT max(ended_at) FROM chunks WHERE job_id = :id)
  AND EXISTS (SELECT 1 FROM chunks WHERE job_id = :id AND outcome = {FAILED});
UPDATE chunks SET outcome = NULL, error = NULL, tries = 0, ended_at = NULL
WHERE job_id = :id AND outcome = {FAILED}
  AND (:parts IS NULL OR part IN (SELECT value FROM jsonb_each(:parts)));

-- name: chunks_of
SELECT c.part, c.name, c.key, c.input_hash, c.outcome, c.error, c.value, COALESCE(t.tries, c.tries), t.worker IS NOT NULL
FROM chunks c LEFT JOIN tasks t ON t.job_id = c.job_id AND t.part = c.part
WHERE c.job_id = :id ORDER BY c.part;
