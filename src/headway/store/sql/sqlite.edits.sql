-- Edits: the queries of `store/edits.py`.

-- name: edits_of
SELECT e.place, e.base, e.text FROM edits e JOIN jobs j ON j.id = e.job_id
WHERE e.job_id = :id AND (:owner IS NULL OR j.owner = :owner);
