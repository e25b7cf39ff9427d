-- What handlers leave behind while they run: progress, checkpoints, log lines.

-- name: progress
-- Only what a person would see changed: an attempt that starts anew passes places where the one before it has been.
UPDATE tasks t
SET percent = GREATEST(t.percent, r.percent), step = COALESCE(r.step, t.step), version = t.version + 1
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint, percent bigint, step text), LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL
          AND (r.percent > percent OR r.step <> COALESCE(tasks.step, ''))
        FOR UPDATE) found
WHERE t.ctid = found.place;

-- name: checkpoint
-- Fenced by its task, and never overwritten: what a step once returned stays.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(
        id uuid, part bigint, fence bigint, name text, key text, input_hash text, input text, value text,
        started_at bigint)
), held AS MATERIALIZED (
    SELECT r.*, found.place, found.deaths
    FROM r, LATERAL (
        SELECT ctid AS place, deaths FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL
        FOR UPDATE
    ) found
), calmed AS (
    UPDATE tasks t SET deaths = 0, suspect = FALSE
    FROM (SELECT DISTINCT place FROM held WHERE deaths > 0) h
    WHERE t.ctid = h.place
)
INSERT INTO checkpoints (job_id, name, key, input_hash, input, value, fence, started_at, ended_at)
SELECT id, name, key, input_hash, input, value, fence, started_at, :now FROM held
ON CONFLICT (job_id, name, key) DO NOTHING;

-- name: checkpoints_of
SELECT name, key, input_hash, input, value, started_at, ended_at FROM checkpoints
WHERE job_id = :id AND starts_with(key, :prefix) ORDER BY ended_at;

-- name: add_log
-- :repeat says that this batch may have been written before: then the same line at the same moment is not a new one.
INSERT INTO log_lines (job_id, n, at, text)
SELECT r.id, COALESCE((SELECT max(n) FROM log_lines l WHERE l.job_id = r.id), 0)
           + row_number() OVER (PARTITION BY r.id ORDER BY r.ord), r.at, r.text
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint, ord bigint, at bigint, text text)
CROSS JOIN LATERAL (
    SELECT 1 FROM tasks WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL FOR UPDATE
) held
WHERE NOT (:repeat::boolean AND EXISTS (
    SELECT 1 FROM log_lines l WHERE l.job_id = r.id AND l.at = r.at AND l.text = r.text));

-- name: log_of
SELECT n, at, text FROM log_lines WHERE job_id = :id AND n > :after ORDER BY n LIMIT :n;
