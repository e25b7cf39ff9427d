-- Pacing: the queries of `store/pacing.py`.

-- name: lane
SELECT requests_at, tokens_at, line_at, paused_until, reason, failures, refusals
FROM lanes WHERE provider = :provider AND model = :model;

-- name: lock_lane
INSERT INTO lanes (provider, model) VALUES (:provider, :model) ON CONFLICT DO NOTHING;
SELECT requests_at, tokens_at, line_at, paused_until, reason, failures, refusals
FROM lanes WHERE provider = :provider AND model = :model FOR UPDATE;

-- name: save_lane
UPDATE lanes
SET requests_at = :requests_at, tokens_at = :tokens_at, line_at = :line_at, paused_until = :paused_until, reason = :reason,
    failures = :failures, refusals = :refusals
WHERE provider = :provider AND model = :model;
