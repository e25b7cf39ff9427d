-- Parts: the queries of `store/parts.py`.

-- name: chunk_states
-- As `chunks_of`, without what the chunks were given and gave: a page asks for this again and again.
SELECT c.part, c.name, c.key, c.input_hash, c.outcome, c.error, NULL, COALESCE(t.tries, c.tries), t.worker IS NOT NULL
FROM chunks c LEFT JOIN tasks t ON t.job_id = c.job_id AND t.part = c.part
WHERE c.job_id = :id ORDER BY c.part;

-- name: upload
-- A whole upload, and the idempotency key and id of the job that has taken it.
SELECT f.id, f.name, f.filename, f.content_type, f.size, f.sha256, f.job_id, j.idempotency_key
FROM files f LEFT JOIN jobs j ON j.id = f.job_id
WHERE f.id = :id AND f.owner = :owner AND f.size IS NOT NULL;

-- name: keep_result
-- A large result, bound as it is; behind `end` in its transaction, and only where that has ended the job.
UPDATE jobs SET result = :result WHERE id = :id AND fence = :fence AND finished_at = :now AND result IS NULL;

-- name: keep_value
-- The same of a chunk, behind `end_chunks`.
UPDATE chunks SET value = :value WHERE job_id = :id AND part = :part AND fence = :fence AND ended_at = :now AND value IS NULL;
