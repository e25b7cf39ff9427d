-- Limits: the queries of `store/limits.py`.

-- name: drop_buckets
-- An arrival time that has passed says no more than none.
DELETE FROM buckets WHERE at <= :now;

-- name: unfinished_of
SELECT count(*) FROM tasks WHERE owner = :owner AND part = 0;

-- name: stored_of
SELECT COALESCE(sum(size), 0) FROM files WHERE owner = :owner;

-- name: job_by_key
SELECT id FROM jobs WHERE owner = :owner AND idempotency_key = :key;
