-- What readers see, and the workers that are there.

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

-- name: stats
SELECT j.kind,
       {_status},
       count(*), avg(j.finished_at - j.started_at)::float8 / 1000
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner::text IS NULL OR j.owner = :owner)
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: typical_ms
-- The usual running time of a kind: the median of its latest completed jobs.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::bigint FROM (
    SELECT finished_at - started_at AS ms FROM jobs
    WHERE kind = :kind AND status = {COMPLETED} AND id > :after ORDER BY id DESC LIMIT 50) latest;
