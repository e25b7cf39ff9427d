-- Edits: the queries of `store/edits.py`.

-- name: save_edit
-- The owner's alone, and of an ended job. Saved twice is saved once.
INSERT INTO edits (job_id, place, base, text, edited_at)
SELECT j.id, :place, :base, :text, :now FROM jobs j
WHERE j.id = :id AND j.owner = :owner AND j.finished_at IS NOT NULL
ON CONFLICT (job_id, place) DO UPDATE SET base = excluded.base, text = excluded.text, edited_at = excluded.edited_at;

-- name: drop_edit
DELETE FROM edits
WHERE job_id = :id AND place = :place AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = :id AND j.owner = :owner);
