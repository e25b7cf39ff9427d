-- What `headway check` asks: each query finds the ids that break one invariant, at most 100.

-- name: audit_1_terminal
SELECT id FROM jobs WHERE (status = {PENDING}) <> (finished_at IS NULL) LIMIT 100;

-- name: audit_3_body
SELECT j.id FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.finished_at IS NULL AND t.job_id IS NULL LIMIT 100;

-- name: audit_3_leftover
SELECT t.job_id FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE j.finished_at IS NOT NULL LIMIT 100;

-- name: audit_3_orphan
SELECT t.job_id FROM tasks t LEFT JOIN jobs j ON j.id = t.job_id WHERE j.id IS NULL LIMIT 100;

-- name: audit_3_lease
SELECT job_id FROM tasks
WHERE worker IS NOT NULL AND (fence = 0 OR lease_until IS NULL OR claimed_at IS NULL OR started_at IS NULL OR ready)
LIMIT 100;

-- name: audit_3_wake
SELECT t.job_id FROM tasks t
WHERE t.worker IS NULL AND NOT t.ready AND t.due_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM tasks c WHERE c.job_id = t.job_id AND c.part > 0 AND (c.ready OR c.worker IS NOT NULL
                                                                                      OR c.due_at IS NOT NULL))
LIMIT 100;

-- name: audit_4_fence
SELECT a.job_id FROM attempts a JOIN jobs j ON j.id = a.job_id
LEFT JOIN tasks t ON t.job_id = a.job_id AND t.part = a.part
WHERE a.part = 0 AND a.fence > COALESCE(t.fence, j.fence)
UNION ALL
SELECT c.job_id FROM checkpoints c JOIN jobs j ON j.id = c.job_id
LEFT JOIN tasks t ON t.job_id = c.job_id AND t.part = 0
WHERE c.fence > COALESCE(t.fence, j.fence)
LIMIT 100;

-- name: audit_8_key
SELECT min(idempotency_key) FROM jobs WHERE idempotency_key IS NOT NULL
GROUP BY owner, idempotency_key HAVING count(*) > 1
LIMIT 100;

-- name: audit_10_percent
SELECT id FROM jobs WHERE percent NOT BETWEEN 0 AND 100
UNION ALL
SELECT job_id FROM tasks WHERE percent NOT BETWEEN 0 AND 100
LIMIT 100;
