-- Parts: the queries of `store/parts.py`.

-- name: finished_chunks
-- What these chunks (:parts NULL: all) were given and gave, of those that have succeeded.
SELECT c.part, c.input, c.value FROM chunks c
WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}
  AND (:parts::text IS NULL OR c.part IN (SELECT value::bigint FROM json_array_elements_text(:parts::json) AS e(value)))
ORDER BY c.part;
