-- What readers see, and the workers that are there.

-- name: snapshot
-- The cold row and the hot one in one statement, so that no reader sees a job between the two.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.id = :id AND (:owner IS NULL OR j.owner = :owner);

-- name: snapshots
SELECT {_snapshot}
FROM (SELECT value AS id FROM jsonb_each(:ids)) AS w
CROSS JOIN jobs j ON j.id = w.id
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner IS NULL OR j.owner = :owner);

-- name: versions
SELECT j.id, COALESCE(t.version, j.version)
FROM (SELECT value AS id FROM jsonb_each(:ids)) AS w
CROSS JOIN jobs j ON j.id = w.id
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0;

-- name: list_jobs
-- Newest first along (owner, id); :status filters what the two rows say together.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.owner = :owner AND (:before IS NULL OR j.id < :before)
  AND (:kind IS NULL OR j.kind = :kind)
  AND (:status IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: list_all_jobs
-- The same for operators: along the key.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:before IS NULL OR j.id < :before)
  AND (:kind IS NULL OR j.kind = :kind)
  AND (:status IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: result
SELECT result FROM jobs WHERE id = :id AND (:owner IS NULL OR owner = :owner);

-- name: input
SELECT input FROM jobs WHERE id = :id AND (:owner IS NULL OR owner = :owner);

-- name: owner_of
SELECT owner FROM jobs WHERE id = :id AND (:owner IS NULL OR owner = :owner);

-- name: attempts_of
-- The kept attempts, the one under way, and the first-try success, which only the job's row tells.
SELECT part, fence, attempt, worker, started_at, ended_at, outcome, error FROM attempts WHERE job_id = :id
UNION ALL
SELECT part, fence, tries + 1, worker, claimed_at, NULL, NULL, NULL
FROM tasks WHERE job_id = :id AND worker IS NOT NULL
UNION ALL
SELECT 0, fence, tries + 1, worker, started_at, finished_at, {SUCCEEDED}, NULL
FROM jobs WHERE id = :id AND status = {COMPLETED} AND fence = 1
ORDER BY 1, 2;

-- name: stats
SELECT j.kind,
       {_status},
       count(*), avg(j.finished_at - j.started_at) / 1000
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner IS NULL OR j.owner = :owner)
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: typical_ms
-- The usual running time of a kind: the median of its latest completed jobs.
WITH latest AS (
    SELECT finished_at - started_at AS ms FROM jobs
    WHERE kind = :kind AND status = {COMPLETED} AND id > :after ORDER BY id DESC LIMIT 50
)
SELECT ms FROM latest ORDER BY ms LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM latest);
