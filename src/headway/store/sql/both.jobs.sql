-- What people and the janitor do to a job: cancel, retry, delete, prune.

-- name: retry
-- A new round: the task is made again from what the job's row kept, so that fence and version go on rising.
INSERT INTO attempts (job_id, part, fence, attempt, worker, started_at, ended_at, outcome, error)
SELECT id, 0, fence, tries + 1, worker, started_at, finished_at, {SUCCEEDED}, NULL
FROM jobs WHERE id = :id AND status = {COMPLETED}
ON CONFLICT DO NOTHING;
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, fence, version, round)
SELECT id, 0, kind, owner, {_line_now}, priority, :vt, :now, max_attempts, TRUE, fence, version + 1, round + 1
FROM jobs WHERE id = :id AND status = :status;
UPDATE jobs
SET status = {PENDING}, result = NULL, error = NULL, started_at = NULL, finished_at = NULL, worker = NULL, percent = 0,
    step = NULL, tries = 0, total_chunks = NULL, processed_chunks = NULL, failed_chunks = NULL, cancelled_by = NULL,
    scheduled_at = NULL, deadline_at = NULL, round = round + 1, reserved = NULL
WHERE id = :id AND status = :status;

-- name: chunks_left
-- What a round can be asked for by name. A cancelled chunk has no outcome.
SELECT part FROM chunks WHERE job_id = :id AND (outcome IS NULL OR outcome = {FAILED});

-- name: delete_job
DELETE FROM file_blocks WHERE file_id IN (SELECT id FROM files WHERE job_id = :id);
DELETE FROM files WHERE job_id = :id;
DELETE FROM shares WHERE job_id = :id;
DELETE FROM edits WHERE job_id = :id;
DELETE FROM log_lines WHERE job_id = :id;
DELETE FROM calls WHERE job_id = :id;
DELETE FROM checkpoints WHERE job_id = :id;
DELETE FROM chunks WHERE job_id = :id;
DELETE FROM attempts WHERE job_id = :id;
DELETE FROM jobs WHERE id = :id AND finished_at IS NOT NULL;

-- name: prunable
-- Ids are UUIDv7, so that old jobs lie together at the start of the key.
SELECT id FROM jobs WHERE id < :before AND finished_at < :cutoff ORDER BY id LIMIT :n;

-- name: prunable_count
SELECT count(*) FROM jobs WHERE id < :before AND finished_at < :cutoff;

-- name: loose_files
SELECT id FROM files WHERE job_id IS NULL AND created_at < :cutoff LIMIT :n;
