-- Schedules: the queries of `engine/cron.py`.

-- name: lock_schedules
SELECT name, expression, zone, next_at FROM schedules WHERE name IN (SELECT value FROM jsonb_each(:names)) ORDER BY name;

-- name: plan_schedule
INSERT INTO schedules (name, expression, zone, next_at) VALUES (:name, :expression, :zone, :next_at)
ON CONFLICT (name) DO UPDATE SET expression = :expression, zone = :zone, next_at = :next_at;

-- name: tick_schedule
-- :job is NULL for a tick that came to nothing.
UPDATE schedules SET next_at = :next_at, last_at = :tick, last_job = :job WHERE name = :name;
