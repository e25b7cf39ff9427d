-- Finding one's own jobs: the queries of `store/search.py`.

-- name: search_jobs
-- `list_jobs`, of those whose input or id holds the text: along (owner, id), reading each input on the way.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.owner = :owner AND (:before::text IS NULL OR j.id < :before::uuid)
  AND (:kind::text IS NULL OR j.kind = :kind)
  AND (:status::text IS NULL OR :status =
       {_status})
  AND (j.input ILIKE :pattern ESCAPE '\' OR j.id::text ILIKE :pattern ESCAPE '\')
ORDER BY j.id DESC LIMIT :n;

-- name: titles
-- What tells a job from others of its kind: the first of these fields that its input has.
SELECT j.id, left(COALESCE(i->>'title', i->>'name', i->'product'->>'title', i->>'filename', i->>'pdf',
                           NULLIF(i->>'student', '') || ' · ' || (i->>'exam_code'), i->>'exam_code',
                           i->>'prompt', i->>'subject', i->>'url', i->>'text'), 120)
FROM json_array_elements_text(:ids::json) AS w(id)
JOIN jobs j ON j.id = w.id::uuid
CROSS JOIN LATERAL (SELECT j.input::json AS i) AS parsed
WHERE j.owner = :owner AND json_typeof(i) = 'object';
