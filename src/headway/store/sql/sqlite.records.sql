-- What handlers leave behind while they run: progress, checkpoints, calls, log lines.

-- name: progress
-- Only what a person would see changed: an attempt that starts anew passes places where the one before it has been.
UPDATE tasks AS t
SET percent = max(t.percent, r.percent), step = COALESCE(r.step, t.step), version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'percent' AS percent,
        value->>'step' AS step
    FROM json_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
  AND (r.percent > t.percent OR r.step <> COALESCE(t.step, ''));

-- name: checkpoint
-- Fenced by its task, and never overwritten: what a step once returned stays.
UPDATE tasks SET deaths = 0, suspect = FALSE
WHERE deaths > 0 AND worker IS NOT NULL AND (job_id, part, fence) IN (
    SELECT value->>'id', value->>'part', value->>'fence' FROM json_each(:rows));
INSERT INTO checkpoints (job_id, name, key, input_hash, input, value, fence, started_at, ended_at)
SELECT r.value->>'id', r.value->>'name', r.value->>'key', r.value->>'input_hash', r.value->>'input', r.value->>'value',
       r.value->>'fence', r.value->>'started_at', :now
FROM json_each(:rows) AS r CROSS JOIN tasks t
  ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence' AND t.worker IS NOT NULL
WHERE TRUE
ON CONFLICT (job_id, name, key) DO NOTHING;

-- name: checkpoints_of
SELECT name, key, input_hash, input, value, started_at, ended_at FROM checkpoints
WHERE job_id = :id AND substr(key, 1, length(:prefix)) = :prefix ORDER BY ended_at;

-- name: open_call
INSERT INTO calls (job_id, step, key, n, request_hash, provider, model, cost_micros, fence, started_at, round)
SELECT r.id, r.step, r.key, r.n, r.request_hash, r.provider, r.model, r.cost_micros, r.fence, :now, t.round
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'step' AS step,
        value->>'key' AS key, value->>'n' AS n, value->>'request_hash' AS request_hash,
        value->>'provider' AS provider, value->>'model' AS model, value->>'cost_micros' AS cost_micros
    FROM json_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
WHERE TRUE
ON CONFLICT DO NOTHING;

-- name: settle_call
-- Fenced by the call's own row only: a late worker may settle what it paid for.
UPDATE calls AS c
SET settled_at = :now, outcome = r.outcome, answer = r.answer, error = r.error, input_tokens = r.input_tokens,
    output_tokens = r.output_tokens, cost_micros = r.cost_micros, shares = r.shares
FROM (
    SELECT value->>'id' AS id, value->>'step' AS step, value->>'key' AS key, value->>'n' AS n,
        value->>'fence' AS fence, value->>'outcome' AS outcome, value->>'answer' AS answer,
        value->>'error' AS error, value->>'input_tokens' AS input_tokens,
        value->>'output_tokens' AS output_tokens, value->>'cost_micros' AS cost_micros, value->>'shares' AS shares
    FROM json_each(:rows)) AS r
WHERE c.job_id = r.id AND c.step = r.step AND c.key = r.key AND c.n = r.n AND c.fence = r.fence
  AND c.settled_at IS NULL;

-- name: calls_of
SELECT step, key, n, request_hash, provider, model, started_at, settled_at, outcome, answer, error, input_tokens,
       output_tokens, cost_micros, shares, round, round < (SELECT fresh_round FROM jobs WHERE id = :id)
FROM calls WHERE job_id = :id ORDER BY started_at, step, key, n;

-- name: add_log
-- :repeat says that this batch may have been written before: then the same line at the same moment is not a new one.
INSERT INTO log_lines (job_id, n, at, text)
SELECT r.id, COALESCE((SELECT max(n) FROM log_lines l WHERE l.job_id = r.id), 0)
           + row_number() OVER (PARTITION BY r.id ORDER BY r.ord), r.at, r.text
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'ord' AS ord,
        value->>'at' AS at, value->>'text' AS text
    FROM json_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
WHERE NOT (:repeat AND EXISTS (
    SELECT 1 FROM log_lines l WHERE l.job_id = r.id AND l.at = r.at AND l.text = r.text));

-- name: log_of
SELECT n, at, text FROM log_lines WHERE job_id = :id AND n > :after ORDER BY n LIMIT :n;
