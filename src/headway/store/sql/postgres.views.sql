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

-- name: snapshot
-- The cold row and the hot one in one statement, so that no reader sees a job between the two.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.id = :id AND (:owner::text IS NULL OR j.owner = :owner);

-- name: snapshots
SELECT {_snapshot}
FROM json_array_elements_text(:ids::json) AS w(id)
JOIN jobs j ON j.id = w.id::uuid
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner::text IS NULL OR j.owner = :owner);

-- name: versions
SELECT j.id, COALESCE(t.version, j.version)
FROM json_array_elements_text(:ids::json) AS w(id)
JOIN jobs j ON j.id = w.id::uuid
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0;

-- name: list_jobs
-- Newest first along (owner, id); :status filters what the two rows say together.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.owner = :owner AND (:before::text IS NULL OR j.id < :before::uuid)
  AND (:kind::text IS NULL OR j.kind = :kind)
  AND (:status::text IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: list_all_jobs
-- The same for operators: along the key.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:before::text IS NULL OR j.id < :before::uuid)
  AND (:kind::text IS NULL OR j.kind = :kind)
  AND (:status::text IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: front_of_queue
SELECT job_id FROM tasks WHERE queue = :queue AND ready
ORDER BY priority DESC, vt, job_id, part LIMIT :n;

-- name: result
SELECT result FROM jobs WHERE id = :id AND (:owner::text IS NULL OR owner = :owner);

-- name: input
SELECT input FROM jobs WHERE id = :id AND (:owner::text IS NULL OR owner = :owner);

-- name: owner_of
SELECT owner FROM jobs WHERE id = :id AND (:owner::text IS NULL OR owner = :owner);

-- name: attempts_of
-- The kept attempts, the one under way, and the first-try success, which only the job's row tells.
SELECT part, fence, attempt, worker, started_at, ended_at, outcome, error FROM attempts WHERE job_id = :id
UNION ALL
SELECT part, fence, tries + 1, worker, claimed_at, NULL::bigint, NULL::text, NULL::text
FROM tasks WHERE job_id = :id AND worker IS NOT NULL
UNION ALL
SELECT 0, fence, tries + 1, worker, started_at, finished_at, {SUCCEEDED}, NULL
FROM jobs WHERE id = :id AND status = {COMPLETED} AND fence = 1
ORDER BY 1, 2;

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

-- name: stats
SELECT j.kind,
       {_status},
       count(*), avg(j.finished_at - j.started_at)::float8 / 1000
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner::text IS NULL OR j.owner = :owner)
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: depth
SELECT count(*) FILTER (WHERE ready), count(*) FILTER (WHERE NOT ready AND worker IS NULL),
       count(*) FILTER (WHERE worker IS NOT NULL), min(made_at) FILTER (WHERE ready)
FROM tasks;

-- name: failed_since
SELECT count(*) FROM jobs WHERE id > :after AND status = {FAILED} AND finished_at >= :since;

-- name: typical_ms
-- The usual running time of a kind: the median of its latest completed jobs.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::bigint FROM (
    SELECT finished_at - started_at AS ms FROM jobs
    WHERE kind = :kind AND status = {COMPLETED} AND id > :after ORDER BY id DESC LIMIT 50) latest;
