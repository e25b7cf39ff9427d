-- What `headway check` asks: each query finds the ids that break one invariant, at most 100.

-- name: audit_6_chunks
SELECT x.job_id FROM (
    SELECT id AS job_id, total_chunks, processed_chunks, failed_chunks, 0 AS open_chunks FROM jobs WHERE finished_at IS NOT NULL
    UNION ALL
    SELECT job_id, total_chunks, processed_chunks, failed_chunks, open_chunks FROM tasks WHERE part = 0
) x
WHERE x.processed_chunks > x.total_chunks OR EXISTS (SELECT 1 FROM chunks c WHERE c.job_id = x.job_id) AND (
    x.processed_chunks <> (SELECT count(*) FROM chunks c
                           WHERE c.job_id = x.job_id AND c.outcome = {SUCCEEDED})
    OR jsonb_array_length(COALESCE(x.failed_chunks, '[]')::jsonb) <> (
        SELECT count(*) FROM chunks c WHERE c.job_id = x.job_id AND c.outcome = {FAILED})
    OR x.open_chunks <> (SELECT count(*) FROM tasks o WHERE o.job_id = x.job_id AND o.part > 0))
LIMIT 100;
