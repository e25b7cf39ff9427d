-- Limits on what runs at a time: the queries of `store/caps.py` and `store/room.py`.

-- name: _line_now
-- The queue that a job of this kind stands in now: the kind may have got a limit since it was submitted, or lost it.
CASE WHEN EXISTS (SELECT 1 FROM limits WHERE name = 'kind:' || kind) THEN 'kind:' || kind
     WHEN substr(queue, 1, 5) = 'kind:' THEN 'default' ELSE queue END

-- name: set_limits
INSERT INTO limits (name, most) SELECT j.value->>'name', j.value->>'most' FROM jsonb_each(:rows) AS j WHERE TRUE
ON CONFLICT (name) DO UPDATE SET most = excluded.most;

-- name: forget_limit
DELETE FROM limits WHERE name = :lane;

-- name: lane_used
SELECT 1 FROM turns WHERE queue = :lane LIMIT 1;

-- name: change_lane
-- What was queued before its kind had a limit, or while it had one.
UPDATE tasks SET queue = :lane WHERE kind = :kind AND queue = :queue;

-- name: lock_limit
SELECT most FROM limits WHERE name = :name;

-- name: leased_in
-- Leases that hold: one that has run out counts no more.
SELECT count(*) FROM tasks WHERE queue = :name AND substr(queue, 1, 5) = 'kind:' AND lease_until > :now;

-- name: calls_under_way
-- Requests that may still be at the provider: no answer yet, and not older than any request gets; and its limit.
SELECT count(*), (SELECT most FROM limits WHERE name = 'provider:' || :provider) FROM calls WHERE provider = :provider AND settled_at IS NULL AND started_at > :now - :longest_ms;
