-- Fan-out and fan-in.

-- name: fan_out
-- The chunks' cold rows, and a task for each that has not ended; both repeatable. Fenced by the body's task. A task that is
-- made again takes up the fence where the one before it left it.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(
        part bigint, key text, input_hash text, input text, ready boolean)
), body AS MATERIALIZED (
    SELECT job_id, kind, owner, queue, priority, vt, deadline_at, started_at FROM tasks
    WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL
    FOR UPDATE
)
INSERT INTO chunks (job_id, name, key, part, input_hash, input, made_at, fence)
SELECT b.job_id, :name, r.key, r.part, r.input_hash, r.input, :now, (SELECT chunk_fence FROM jobs WHERE id = b.job_id)
FROM r, body b
ON CONFLICT DO NOTHING;
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(part bigint, ready boolean)
)
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, fence, tries, fail_fast, capped,
                   reserved, round)
SELECT b.job_id, r.part, b.kind, b.owner, b.queue, b.priority, :vt + row_number() OVER (ORDER BY r.part) - 1, :now, :max_attempts, r.ready, c.fence, 0, :fail_fast, :capped,
       b.reserved, b.round
FROM r CROSS JOIN (
    SELECT * FROM tasks WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL) b
CROSS JOIN LATERAL (
    SELECT fence FROM chunks WHERE job_id = :id AND part = r.part AND outcome IS NULL LIMIT 1) c
ON CONFLICT DO NOTHING;

-- name: body_line
-- The line that a body stands in, while it is under this very lease.
SELECT queue, priority, owner FROM tasks WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL FOR UPDATE;

-- name: job_line
SELECT {_line_now}, priority, owner FROM jobs WHERE id = :id;

-- name: forget_turns
-- Whoever stands before the front is as if he had never been there.
DELETE FROM turns l WHERE l.vt < (
    SELECT t.vt FROM tasks t WHERE t.queue = l.queue AND t.priority = l.priority AND t.ready ORDER BY t.vt LIMIT 1);

-- name: fan_in
-- What the body knows of its chunks, counted anew; `fan_…` of the fan-out that begins.
UPDATE tasks t
SET open_chunks = (SELECT count(*) FROM tasks o WHERE o.job_id = :id AND o.part > 0),
    total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT json_agg(c.part ORDER BY c.part)::text FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED}),
    fan_from = :fan_from, fan_to = :fan_to, fan_total = :fan_total,
    fan_ended = (SELECT count(*) FROM chunks c
                 WHERE c.job_id = :id AND c.name <> :name AND c.outcome IS NOT NULL),
    version = t.version + 1
WHERE t.job_id = :id AND t.part = 0 AND t.fence = :fence AND t.worker IS NOT NULL;

-- name: recount_chunks
-- A new round starts from what is recorded.
UPDATE tasks
SET total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT json_agg(c.part ORDER BY c.part)::text FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED})
WHERE job_id = :id AND part = 0 AND EXISTS (SELECT 1 FROM chunks c WHERE c.job_id = :id);

-- name: end_chunks
-- Chunks end: their cold rows are filled, their tasks leave. A cancelled chunk has no outcome: it may be run another time.
-- Gives (id, part, fence, fail_fast, capped) of what it ended.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(
        id uuid, part bigint, fence bigint, cancel boolean, outcome text, value text, error text, tries bigint)
), gone AS (
    DELETE FROM tasks t
    USING r, LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND cancel_requested = r.cancel AND lease_until IS NOT NULL
        FOR UPDATE) found
    WHERE t.ctid = found.place
    RETURNING t.job_id, t.part, t.fence, t.fail_fast, t.capped, t.tries AS tried, r.outcome, r.value, r.error, r.tries
), filled AS (
    UPDATE chunks c
    SET outcome = g.outcome, value = g.value, error = g.error, fence = g.fence, tries = COALESCE(g.tries, g.tried),
        ended_at = CASE WHEN g.outcome IS NOT NULL THEN :now::bigint END
    FROM gone g, LATERAL (
        SELECT ctid AS place FROM chunks WHERE job_id = g.job_id AND part = g.part OFFSET 0) found
    WHERE c.ctid = found.place
)
SELECT job_id, part, fence, fail_fast, capped FROM gone;

-- name: count_chunks
-- The body hears of ended chunks, all of a batch at once: two commits that each end a chunk queue here on the body's row, and
-- the one that takes open_chunks to 0 wakes it, exactly once. Gives (id, fence, open_chunks, cancel_requested, leased).
UPDATE tasks t
SET open_chunks = t.open_chunks - r.ended, processed_chunks = COALESCE(t.processed_chunks, 0) + r.succeeded,
    failed_chunks = CASE WHEN r.failed IS NULL THEN t.failed_chunks
                         ELSE (COALESCE(t.failed_chunks, '[]')::jsonb || r.failed::jsonb)::text END,
    percent = GREATEST(t.percent, floor(t.fan_from + (t.fan_to - t.fan_from) * LEAST(1.0,
        (COALESCE(t.processed_chunks, 0) + r.succeeded - t.fan_ended
         + jsonb_array_length(COALESCE(t.failed_chunks, '[]')::jsonb || COALESCE(r.failed, '[]')::jsonb))::float8
        / GREATEST(t.fan_total, 1)))::bigint),
    ready = t.ready OR (t.open_chunks - r.ended = 0 AND t.worker IS NULL AND NOT t.cancel_requested),
    due_at = CASE WHEN t.open_chunks - r.ended = 0 AND t.worker IS NULL THEN NULL ELSE t.due_at END,
    version = t.version + 1
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, ended bigint, succeeded bigint, failed text),
    LATERAL (SELECT ctid AS place FROM tasks WHERE job_id = r.id AND part = r.part FOR UPDATE) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.fence, t.open_chunks, t.cancel_requested, t.worker IS NOT NULL;

-- name: next_chunks
-- As many held-back chunks may start as capped ones have ended.
UPDATE tasks t SET ready = TRUE
FROM json_to_recordset(:rows::json) AS r(id uuid, n bigint), LATERAL (
    SELECT ctid AS place FROM tasks
    WHERE job_id = r.id AND part > 0 AND NOT ready AND worker IS NULL AND due_at IS NULL AND capped
    ORDER BY part LIMIT r.n FOR UPDATE) found
WHERE t.ctid = found.place;

-- name: drop_idle_chunks
-- Their fences stay, in case they are made again.
UPDATE chunks c SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND t.worker IS NULL AND c.job_id = t.job_id AND c.part = t.part;
DELETE FROM tasks WHERE job_id = :id AND part > 0 AND worker IS NULL;

-- name: flag_chunks
UPDATE tasks SET cancel_requested = TRUE WHERE job_id = :id AND part > 0 AND worker IS NOT NULL;

-- name: close_chunks
-- The body's count after chunks were dropped: what is left is running. When nothing is, a body that waits is woken.
UPDATE tasks
SET open_chunks = :left::bigint, ready = ready OR (:left::bigint = 0 AND worker IS NULL AND NOT cancel_requested),
    due_at = CASE WHEN :left::bigint = 0 AND worker IS NULL THEN NULL ELSE due_at END
WHERE job_id = :id AND part = 0;

-- name: drop_chunks
-- As `drop_idle_chunks`.
UPDATE chunks c SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND c.job_id = t.job_id AND c.part = t.part;
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
  AND (:parts::text IS NULL OR part IN (SELECT value::bigint FROM json_array_elements_text(:parts::json) AS e(value)));

-- name: chunks_of
SELECT c.part, c.name, c.key, c.input_hash, c.outcome, c.error, c.value, COALESCE(t.tries, c.tries), t.worker IS NOT NULL
FROM chunks c LEFT JOIN LATERAL (
    SELECT tries, worker FROM tasks WHERE job_id = c.job_id AND part = c.part OFFSET 0) t ON TRUE
WHERE c.job_id = :id ORDER BY c.part;
