-- Webhooks: the queries of `store/hooks.py`.

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

-- name: any_hook
SELECT 1 FROM hooks WHERE disabled_at IS NULL LIMIT 1;

-- name: any_end
SELECT 1 FROM hook_ends LIMIT 1;

-- name: delivery
SELECT d.id, d.state, d.body, d.created_at, h.id, h.url, h.secret, h.old_secret, h.old_until, h.disabled_at
FROM deliveries d JOIN hooks h ON h.id = d.hook_id WHERE d.id = :id;

-- name: tried_delivery
UPDATE deliveries SET state = :state, tries = tries + 1, tried_at = :now, answer = :answer, error = :error WHERE id = :id;
