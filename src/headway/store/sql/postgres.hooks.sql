-- Webhooks: the queries of `store/hooks.py`.

-- name: add_hook
INSERT INTO hooks (id, owner, url, kinds, secret, created_at)
SELECT :id::uuid, :owner::text, :url::text, :kinds::text, :secret::text, :now::bigint WHERE (SELECT count(*) FROM hooks WHERE owner = :owner::text) < :most;

-- name: hooks_of
SELECT id, owner, url, kinds, secret, old_secret, old_until, created_at, disabled_at, reason
FROM hooks WHERE owner = :owner ORDER BY id;

-- name: hook
SELECT id, owner, url, kinds, secret, old_secret, old_until, created_at, disabled_at, reason
FROM hooks WHERE id = :id AND owner = :owner;

-- name: drop_hook
DELETE FROM hook_ends WHERE hook_id = :id AND owner = :owner;
DELETE FROM deliveries WHERE hook_id = :id AND owner = :owner;
DELETE FROM hooks WHERE id = :id AND owner = :owner;

-- name: forget_hooks
-- All of an account's, at its erasure.
DELETE FROM hook_ends WHERE owner = :owner;
DELETE FROM deliveries WHERE owner = :owner;
DELETE FROM hooks WHERE owner = :owner;

-- name: rotate_hook
UPDATE hooks SET old_secret = secret, old_until = :old_until, secret = :secret WHERE id = :id AND owner = :owner;

-- name: enable_hook
UPDATE hooks SET disabled_at = NULL, reason = NULL WHERE id = :id AND owner = :owner;

-- name: disable_hook
UPDATE hooks SET disabled_at = :now, reason = :reason WHERE id = :id AND disabled_at IS NULL;

-- name: listening
SELECT 1 FROM pg_trigger WHERE tgrelid = 'jobs'::regclass AND tgname = 'headway_hooks';

-- name: listen
-- While there are hooks, the end of a job writes, in its own transaction, which of them are to hear of it (the function is in the
-- schema). There is no such trigger where nobody has a hook: then an end costs what it did before.
CREATE OR REPLACE TRIGGER headway_hooks AFTER UPDATE OF finished_at ON jobs
FOR EACH ROW WHEN (OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION headway_tell_hooks();

-- name: stop_listening
DROP TRIGGER IF EXISTS headway_hooks ON jobs;

-- name: any_hook
SELECT 1 FROM hooks WHERE disabled_at IS NULL LIMIT 1;

-- name: any_end
SELECT 1 FROM hook_ends LIMIT 1;

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

-- name: delivery
SELECT d.id, d.state, d.body, d.created_at, h.id, h.url, h.secret, h.old_secret, h.old_until, h.disabled_at
FROM deliveries d JOIN hooks h ON h.id = d.hook_id WHERE d.id = :id;

-- name: deliveries_of
SELECT id, job_id, event, created_at, state, tries, tried_at, answer, error, body FROM deliveries
WHERE hook_id = :hook_id AND owner = :owner AND (:before::uuid IS NULL OR id < :before::uuid) ORDER BY id DESC LIMIT :n;

-- name: tried_delivery
UPDATE deliveries SET state = :state, tries = tries + 1, tried_at = :now, answer = :answer, error = :error WHERE id = :id;

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
