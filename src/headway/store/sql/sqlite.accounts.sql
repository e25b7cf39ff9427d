-- Accounts, tokens, sessions, watch links: the queries of `store/accounts.py`.

-- name: account_by_token
SELECT a.id, a.name, a.role FROM api_tokens k JOIN accounts a ON a.id = k.account_id WHERE k.hash = :hash;

-- name: account
SELECT id, name, role FROM accounts WHERE id = :id;

-- name: ensure_local_account
INSERT INTO accounts (id, name, role, created_at) VALUES (:id, :name, :role, :now) ON CONFLICT DO NOTHING;
DELETE FROM api_tokens WHERE account_id = :id AND name = 'local' AND hash <> :hash;
INSERT INTO api_tokens (hash, account_id, name, created_at) VALUES (:hash, :id, 'local', :now) ON CONFLICT DO NOTHING;

-- name: add_session
INSERT INTO sessions (hash, account_id, csrf, created_at, expires_at)
VALUES (:hash, :account_id, :csrf, :now, :expires_at) ON CONFLICT DO NOTHING;
DELETE FROM sessions WHERE expires_at < :now;

-- name: session
SELECT s.account_id, s.csrf, s.created_at, s.expires_at, a.name, a.role
FROM sessions s LEFT JOIN accounts a ON a.id = s.account_id
WHERE s.hash = :hash AND s.expires_at > :now;

-- name: end_session
DELETE FROM sessions WHERE hash = :hash;

-- name: add_share
INSERT INTO shares (id, job_id, created_at, expires_at)
SELECT :id, j.id, :now, :expires_at FROM jobs j WHERE j.id = :job_id AND (:owner IS NULL OR j.owner = :owner)
ON CONFLICT DO NOTHING;

-- name: share
SELECT id, job_id, created_at, expires_at, revoked_at FROM shares WHERE id = :id;

-- name: revoke_shares
UPDATE shares SET revoked_at = :now
WHERE job_id = :job_id AND revoked_at IS NULL
  AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = :job_id AND (:owner IS NULL OR j.owner = :owner));

-- name: move_owner
-- What a browser session began becomes the account's. An idempotency key that the account has used itself is forgotten.
UPDATE jobs SET idempotency_key = NULL
WHERE owner = :before AND idempotency_key IN (SELECT k.idempotency_key FROM jobs k WHERE k.owner = :after);
UPDATE tasks SET owner = :after WHERE job_id IN (SELECT id FROM jobs WHERE owner = :before);
UPDATE files SET owner = :after WHERE job_id IN (SELECT id FROM jobs WHERE owner = :before);
UPDATE jobs SET owner = :after WHERE owner = :before;
