-- What handlers leave behind while they run: progress, checkpoints, log lines.

-- name: progress
-- Only what a person would see changed: an attempt that starts anew passes places where the one before it has been.
UPDATE tasks AS t
SET percent = max(t.percent, r.percent), step = COALESCE(r.step, t.step), version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'percent' AS percent,
        value->>'step' AS step
    FROM jsonb_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
  AND (r.percent > t.percent OR r.step <> COALESCE(t.step, ''));

-- name: checkpoint
-- Fenced by its task, and never overwritten: what a step once returned stays.
UPDATE tasks SET deaths = 0, suspect = FALSE
WHERE deaths > 0 AND worker IS NOT NULL AND (job_id, part, fence) IN (
    SELECT value->>'id', value->>'part', value->>'fence' FROM jsonb_each(:rows));
INSERT INTO checkpoints (job_id, name, key, input_hash, input, value, fence, started_at, ended_at)
SELECT r.value->>'id', r.value->>'name', r.value->>'key', r.value->>'input_hash', r.value->>'input', r.value->>'value',
       r.value->>'fence', r.value->>'started_at', :now
FROM jsonb_each(:rows) AS r CROSS JOIN tasks t
  ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence' AND t.worker IS NOT NULL
WHERE TRUE
ON CONFLICT (job_id, name, key) DO NOTHING;

-- name: checkpoints_of
SELECT name, key, input_hash, input, value, started_at, ended_at FROM checkpoints
WHERE job_id = :id AND substr(key, 1, length(:prefix)) = :prefix ORDER BY ended_at;

-- name: add_log
-- :repeat says that this batch may have been written before: then the same line at the same moment is not a new one.
INSERT INTO log_lines (job_id, n, at, text)
SELECT r.id, COALESCE((SELECT max(n) FROM log_lines l WHERE l.job_id = r.id), 0)
           + row_number() OVER (PARTITION BY r.id ORDER BY r.ord), r.at, r.text
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'ord' AS ord,
        value->>'at' AS at, value->>'text' AS text
    FROM jsonb_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
WHERE NOT (:repeat AND EXISTS (
    SELECT 1 FROM log_lines l WHERE l.job_id = r.id AND l.at = r.at AND l.text = r.text));

-- name: log_of
SELECT n, at, text FROM log_lines WHERE job_id = :id AND n > :after ORDER BY n LIMIT :n;
