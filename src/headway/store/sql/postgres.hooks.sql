-- Webhooks: the queries of `store/hooks.py`.

-- name: add_hook
INSERT INTO hooks (id, owner, url, kinds, secret, created_at)
SELECT :id::uuid, :owner::text, :url::text, :kinds::text, :secret::text, :now::bigint WHERE (SELECT count(*) FROM hooks WHERE owner = :owner::text) < :most;

-- name: listening
SELECT 1 FROM pg_trigger WHERE tgrelid = 'jobs'::regclass AND tgname = 'headway_hooks';

-- name: listen
-- While there are hooks, the end of a job writes, in its own transaction, which of them are to hear of it (the function is in the
-- schema). There is no such trigger where nobody has a hook: then an end costs what it did before.
CREATE OR REPLACE TRIGGER headway_hooks AFTER UPDATE OF finished_at ON jobs
FOR EACH ROW WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION headway_tell_hooks();

-- name: stop_listening
DROP TRIGGER IF EXISTS headway_hooks ON jobs;

-- name: take_ends
DELETE FROM hook_ends WHERE (hook_id, job_id, fence) IN (
    SELECT hook_id, job_id, fence FROM hook_ends ORDER BY finished_at LIMIT :n FOR UPDATE SKIP LOCKED)
RETURNING hook_id, owner, job_id, kind, status, created_at, started_at, finished_at, error;

-- name: add_deliveries
-- Of hooks that are still there.
INSERT INTO deliveries (id, hook_id, owner, job_id, event, body, created_at)
SELECT (x->>0)::uuid, (x->>1)::uuid, x->>2, (x->>3)::uuid, x->>4, x->>5, :now FROM jsonb_array_elements(:rows::jsonb) AS x
WHERE EXISTS (SELECT 1 FROM hooks h WHERE h.id = (x->>1)::uuid)
ON CONFLICT DO NOTHING;

-- name: deliveries_of
SELECT id, job_id, event, created_at, state, tries, tried_at, answer, error, body FROM deliveries
WHERE hook_id = :hook_id AND owner = :owner AND (:before::uuid IS NULL OR id < :before::uuid) ORDER BY id DESC LIMIT :n;

-- name: replayable
-- Those named, and all that came to nothing since a moment.
SELECT id FROM deliveries
WHERE hook_id = :hook_id AND owner = :owner AND state <> 'pending'
  AND (id IN (SELECT (jsonb_array_elements_text(:ids::jsonb))::uuid) OR (created_at >= :since::bigint AND state <> 'delivered'))
ORDER BY id DESC LIMIT :n;

-- name: replay_deliveries
-- What is still on its way is left alone.
UPDATE deliveries SET state = 'pending'
WHERE hook_id = :hook_id AND owner = :owner AND state <> 'pending'
  AND id IN (SELECT (jsonb_array_elements_text(:ids::jsonb))::uuid)
RETURNING id;

-- name: drop_deliveries
DELETE FROM deliveries WHERE id < :before::uuid AND state <> 'pending';
