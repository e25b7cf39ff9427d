-- Parts: the queries of `store/parts.py`.

-- name: finished_chunks
-- What these chunks (:parts NULL: all) were given and gave, of those that have succeeded.
SELECT c.part, c.input, c.value FROM chunks c
WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}
  AND (:parts IS NULL OR c.part IN (SELECT value FROM jsonb_each(:parts)))
ORDER BY c.part;
