-- Finding one's own jobs: the queries of `store/search.py`.

-- name: search_jobs
-- `list_jobs`, of those whose input or id holds the text: along (owner, id), reading each input on the way.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.owner = :owner AND (:before IS NULL OR j.id < :before)
  AND (:kind IS NULL OR j.kind = :kind)
  AND (:status IS NULL OR :status =
       {_status})
  AND (j.input LIKE :pattern ESCAPE '\' OR j.id LIKE :pattern ESCAPE '\')
ORDER BY j.id DESC LIMIT :n;

-- name: titles
-- What tells a job from others of its kind: the first of these fields that its input has.
SELECT id, substr(COALESCE(input->>'$.title', input->>'$.name', input->>'$.product.title', input->>'$.filename', input->>'$.pdf',
                           NULLIF(input->>'$.student', '') || ' · ' || (input->>'$.exam_code'), input->>'$.exam_code',
                           input->>'$.prompt', input->>'$.subject', input->>'$.url', input->>'$.text'), 1, 120)
FROM jobs WHERE owner = :owner AND id IN (SELECT value FROM jsonb_each(:ids)) AND json_valid(input) AND json_type(input) = 'object';
