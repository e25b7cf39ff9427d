-- Webhooks: the queries of `store/hooks.py`.

-- name: add_hook
INSERT INTO hooks (id, owner, url, kinds, secret, created_at)
SELECT :id, :owner, :url, :kinds, :secret, :now WHERE (SELECT count(*) FROM hooks WHERE owner = :owner) < :most;

-- name: listening
SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = 'headway_hooks';

-- name: listen
-- While there are hooks, the end of a job writes, in its own transaction, which of them are to hear of it. There is no such trigger
-- where nobody has a hook: then an end costs what it did before.
CREATE TRIGGER IF NOT EXISTS headway_hooks AFTER UPDATE OF finished_at ON jobs
WHEN OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL
BEGIN
    INSERT INTO hook_ends (hook_id, job_id, fence, owner, kind, status, created_at, started_at, finished_at, error)
    SELECT h.id, NEW.id, NEW.fence, NEW.owner, NEW.kind, NEW.status, NEW.created_at, NEW.started_at, NEW.finished_at, NEW.error
    FROM hooks h
    WHERE h.owner = NEW.owner AND h.disabled_at IS NULL
      AND (h.kinds IS NULL OR EXISTS (SELECT 1 FROM json_each(h.kinds) k WHERE k.value = NEW.kind));
END;

-- name: stop_listening
DROP TRIGGER IF EXISTS headway_hooks;

-- name: take_ends
DELETE FROM hook_ends WHERE (hook_id, job_id, fence) IN (
    SELECT hook_id, job_id, fence FROM hook_ends ORDER BY finished_at LIMIT :n)
RETURNING hook_id, owner, job_id, kind, status, created_at, started_at, finished_at, error;

-- name: add_deliveries
-- Of hooks that are still there.
INSERT INTO deliveries (id, hook_id, owner, job_id, event, body, created_at)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, :now FROM jsonb_each(:rows)
WHERE EXISTS (SELECT 1 FROM hooks h WHERE h.id = value->>1)
ON CONFLICT DO NOTHING;

-- name: deliveries_of
SELECT id, job_id, event, created_at, state, tries, tried_at, answer, error, body FROM deliveries
WHERE hook_id = :hook_id AND owner = :owner AND (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :n;

-- name: replayable
-- Those named, and all that came to nothing since a moment.
SELECT id FROM deliveries
WHERE hook_id = :hook_id AND owner = :owner AND state <> 'pending'
  AND (id IN (SELECT value FROM jsonb_each(:ids)) OR (created_at >= :since AND state <> 'delivered'))
ORDER BY id DESC LIMIT :n;

-- name: replay_deliveries
-- What is still on its way is left alone.
UPDATE deliveries SET state = 'pending'
WHERE hook_id = :hook_id AND owner = :owner AND state <> 'pending' AND id IN (SELECT value FROM jsonb_each(:ids))
RETURNING id;

-- name: drop_deliveries
DELETE FROM deliveries WHERE id < :before AND state <> 'pending';
