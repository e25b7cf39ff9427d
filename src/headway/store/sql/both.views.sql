-- What readers see, and the workers that are there.

-- name: _status
-- Until the end the cold row knows nothing of it.
CASE WHEN t.job_id IS NULL THEN j.status WHEN t.started_at IS NULL THEN {PENDING} ELSE {PROCESSING} END

-- name: _snapshot
-- The columns of `rows.Snapshot`, in its order.
j.id, j.kind, j.owner,
{_status},
COALESCE(t.percent, j.percent), COALESCE(t.step, j.step), COALESCE(t.total_chunks, j.total_chunks),
COALESCE(t.processed_chunks, j.processed_chunks), COALESCE(t.failed_chunks, j.failed_chunks),
COALESCE(t.cancel_requested, FALSE), COALESCE(t.tries, j.tries), j.max_attempts, COALESCE(t.version, j.version),
j.error, j.created_at, j.scheduled_at, COALESCE(t.started_at, j.started_at), j.finished_at, j.cancelled_by,
j.credits, COALESCE(t.worker IS NOT NULL, FALSE), COALESCE(t.ready, FALSE), j.queue,
j.reserved

-- name: front_of_queue
SELECT job_id FROM tasks WHERE queue = :queue AND ready
ORDER BY priority DESC, vt, job_id, part LIMIT :n;

-- name: worker_seen
INSERT INTO workers (id, host, pid, version, queues, concurrency, state, started_at, heartbeat_at, memory_mb, running, runs)
VALUES (:id, :host, :pid, :version, :queues, :concurrency, :state, :now, :now, :memory_mb, :running, :runs)
ON CONFLICT (id) DO UPDATE
SET host = excluded.host, pid = excluded.pid, version = excluded.version, queues = excluded.queues,
    concurrency = excluded.concurrency, state = excluded.state, heartbeat_at = excluded.heartbeat_at,
    memory_mb = excluded.memory_mb, running = excluded.running, runs = excluded.runs,
    started_at = CASE WHEN workers.pid = excluded.pid AND workers.state <> 'stopped' THEN workers.started_at
                      ELSE excluded.started_at END;

-- name: workers
SELECT id, host, pid, version, queues, concurrency, state, started_at, heartbeat_at, memory_mb, running, runs
FROM workers ORDER BY id;

-- name: forget_workers
DELETE FROM workers WHERE heartbeat_at < :cutoff;

-- name: depth
SELECT count(*) FILTER (WHERE ready), count(*) FILTER (WHERE NOT ready AND worker IS NULL),
       count(*) FILTER (WHERE worker IS NOT NULL), min(made_at) FILTER (WHERE ready)
FROM tasks;

-- name: failed_since
SELECT count(*) FROM jobs WHERE id > :after AND status = {FAILED} AND finished_at >= :since;

-- name: unhandled
-- Tasks whose last attempt ended as `pattern` says: with a worker that has no handler for them. Those that were never claimed are
-- passed over by their fence, without a look at attempts.
SELECT t.kind, count(*) FROM tasks t JOIN attempts a ON a.job_id = t.job_id AND a.part = t.part AND a.fence = t.fence
WHERE t.fence > 0 AND t.worker IS NULL AND a.outcome = 'snoozed' AND a.error LIKE :pattern GROUP BY t.kind ORDER BY t.kind;
