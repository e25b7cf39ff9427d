-- What people and the janitor do to a job: cancel, retry, delete, prune.

-- name: job_row
-- One job as decisions see it, locked.
SELECT j.status, j.finished_at IS NOT NULL, j.fence, j.failed_chunks, t.fence, t.cancel_requested, t.ready,
       t.worker IS NOT NULL, t.started_at IS NOT NULL, t.tries, t.max_attempts, t.deaths, t.suspect
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.id = :id AND (:owner::text IS NULL OR j.owner = :owner)
FOR UPDATE OF j;

-- name: lock_task
SELECT fence FROM tasks WHERE job_id = :id AND part = 0 FOR UPDATE;

-- name: forget_steps
-- All anew from the coming round on: calls stay as the record of what was asked and paid, and no fence is given out twice.
UPDATE jobs SET fresh_round = round + 1, chunk_fence = GREATEST(chunk_fence, COALESCE(
    (SELECT max(fence) FROM chunks WHERE job_id = :id), 0))
WHERE id = :id;
DELETE FROM edits WHERE job_id = :id;
DELETE FROM checkpoints WHERE job_id = :id;
DELETE FROM chunks WHERE job_id = :id;
