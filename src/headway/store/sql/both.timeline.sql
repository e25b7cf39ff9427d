-- When the chunks of a job were made and ended: the query of `store/timeline.py`.

-- name: chunk_times
SELECT part, name, key, outcome, tries, made_at, ended_at FROM chunks WHERE job_id = :id ORDER BY part LIMIT :n;
