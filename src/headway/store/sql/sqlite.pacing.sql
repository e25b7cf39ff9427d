-- Pacing: the queries of `store/pacing.py`.

-- name: lane
SELECT requests_at, tokens_at, line_at, paused_until, reason, failures, refusals
FROM lanes WHERE provider = :provider AND model = :model;

-- name: lock_lane
INSERT INTO lanes (provider, model) VALUES (:provider, :model) ON CONFLICT DO NOTHING;
SELECT requests_at, tokens_at, line_at, paused_until, reason, failures, refusals
FROM lanes WHERE provider = :provider AND model = :model;

-- name: save_lane
UPDATE lanes
SET requests_at = :requests_at, tokens_at = :tokens_at, line_at = :line_at, paused_until = :paused_until, reason = :reason,
    failures = :failures, refusals = :refusals
WHERE provider = :provider AND model = :model;

-- name: hold_text
-- A parked body says what its chunks wait for, and keeps what it said before (inside its text) for `release_text`.
UPDATE tasks
SET step = json_array(:text, json_object('held', COALESCE(step->>'$[1].held', step, ''))), version = version + 1
WHERE job_id = :id AND part = 0 AND worker IS NULL AND COALESCE(step->>'$[0]', '') <> :text;

-- name: held_text
SELECT step->>'$[1].held' FROM tasks WHERE job_id = :id AND part = 0 AND step->>'$[1].held' IS NOT NULL;

-- name: release_text
UPDATE tasks SET step = NULLIF(step->>'$[1].held', ''), version = version + 1
WHERE job_id = :id AND part = 0 AND step->>'$[1].held' IS NOT NULL;
