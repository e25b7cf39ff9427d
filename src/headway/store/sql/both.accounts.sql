-- Accounts of people, their tokens, invitations and resets: the queries of `store/accounts.py`; sessions: of
-- `store/sessions.py`; watch links: of `store/shares.py`.

-- name: access_by_token
-- Who asks with an API token; nobody while the account is disabled.
SELECT a.id, a.name, a.role, k.id, k.used_at
FROM api_tokens k JOIN accounts a ON a.id = k.account_id
WHERE k.hash = :hash AND a.disabled_at IS NULL;

-- name: access_by_session
-- Who asks with a browser's cookie. Without an account it is the browser itself; an account that is gone is nobody.
SELECT a.id, a.name, a.role, s.id, s.seen_at
FROM sessions s LEFT JOIN accounts a ON a.id = s.account_id
WHERE s.hash = :hash AND s.expires_at > :now AND (s.account_id IS NULL OR a.id IS NOT NULL AND a.disabled_at IS NULL);

-- name: account
SELECT id, name, role, email, verified_at, password, disabled_at, erased_at, created_at FROM accounts WHERE id = :id;

-- name: account_by_email
SELECT id, name, role, email, verified_at, password, disabled_at, erased_at, created_at FROM accounts WHERE email = :email;

-- name: ensure_local_account
INSERT INTO accounts (id, name, role, created_at) VALUES (:id, :name, :role, :now) ON CONFLICT DO NOTHING;
DELETE FROM api_tokens WHERE account_id = :id AND name = 'local' AND id IS NULL AND hash <> :hash;
INSERT INTO api_tokens (hash, account_id, name, created_at) VALUES (:hash, :id, 'local', :now) ON CONFLICT DO NOTHING;

-- name: add_account
INSERT INTO accounts (id, name, role, created_at, email, verified_at, password)
VALUES (:id, :name, :role, :now, :email, :verified_at, :password) ON CONFLICT DO NOTHING;

-- name: rename_account
UPDATE accounts SET name = :name WHERE id = :id;

-- name: rehash_password
UPDATE accounts SET password = :password WHERE id = :id AND password = :before;

-- name: verify_email
UPDATE accounts SET verified_at = :now WHERE id = :id AND verified_at IS NULL;

-- name: set_role
UPDATE accounts SET role = :role WHERE id = :id AND erased_at IS NULL;

-- name: tokens_of
SELECT id, name, hint, created_at, used_at FROM api_tokens WHERE account_id = :account_id ORDER BY created_at, id;

-- name: token_hash
SELECT hash FROM api_tokens WHERE id = :id AND account_id = :account_id;

-- name: drop_token
DELETE FROM api_tokens WHERE id = :id AND account_id = :account_id;

-- name: saw_token
UPDATE api_tokens SET used_at = :now WHERE hash = :hash;

-- name: identity
SELECT account_id FROM identities WHERE issuer = :issuer AND subject = :subject;

-- name: add_identity
INSERT INTO identities (issuer, subject, account_id, made_at) VALUES (:issuer, :subject, :account_id, :now)
ON CONFLICT DO NOTHING;

-- name: identities_of
SELECT issuer, made_at FROM identities WHERE account_id = :account_id ORDER BY made_at;

-- name: add_invitation
INSERT INTO invitations (id, hash, email, role, made_by, made_at, expires_at)
VALUES (:id, :hash, :email, :role, :made_by, :now, :expires_at) ON CONFLICT DO NOTHING;
DELETE FROM invitations WHERE expires_at < :now AND used_at IS NULL;

-- name: invitation
-- One that can still be used.
SELECT id, email, role, made_by, made_at, expires_at, used_at FROM invitations
WHERE hash = :hash AND used_at IS NULL AND expires_at > :now;

-- name: invitations
SELECT id, email, role, made_by, made_at, expires_at, used_at FROM invitations ORDER BY id DESC LIMIT 500;

-- name: use_invitation
UPDATE invitations SET used_at = :now, used_by = :used_by WHERE hash = :hash AND used_at IS NULL AND expires_at > :now;

-- name: drop_invitation
DELETE FROM invitations WHERE id = :id AND used_at IS NULL;

-- name: add_reset
-- The newest link alone is good.
DELETE FROM password_resets WHERE account_id = :account_id OR expires_at < :now;
INSERT INTO password_resets (hash, account_id, made_at, expires_at) VALUES (:hash, :account_id, :now, :expires_at);

-- name: reset
SELECT account_id FROM password_resets WHERE hash = :hash AND expires_at > :now AND account_id <> '';

-- name: take_reset
-- Of several that come with one link, one takes it.
DELETE FROM password_resets WHERE hash = :hash AND account_id = :account_id AND expires_at > :now
  AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = :account_id AND a.disabled_at IS NULL);

-- name: drop_resets
DELETE FROM password_resets WHERE account_id = :account_id;

-- name: add_session
INSERT INTO sessions (hash, account_id, csrf, created_at, expires_at, id, agent, seen_at)
VALUES (:hash, :account_id, :csrf, :now, :expires_at, :id, :agent, :now) ON CONFLICT DO NOTHING;
DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE expires_at < :now);
DELETE FROM sessions WHERE expires_at < :now;

-- name: sessions_of
SELECT id, hash, agent, created_at, seen_at, expires_at FROM sessions
WHERE account_id = :account_id AND expires_at > :now ORDER BY seen_at DESC, id;

-- name: saw_session
UPDATE sessions SET seen_at = :now WHERE hash = :hash;

-- name: end_session
DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE hash = :hash);
DELETE FROM sessions WHERE hash = :hash;

-- name: session_hash
SELECT hash FROM sessions WHERE id = :id AND account_id = :account_id;

-- name: end_sessions
-- All of an account, but the one that is kept ('': none).
DELETE FROM refresh_tokens
WHERE session_id IN (SELECT id FROM sessions WHERE account_id = :account_id AND hash <> :kept);
DELETE FROM sessions WHERE account_id = :account_id AND hash <> :kept;

-- name: prolong_session
UPDATE sessions SET expires_at = :expires_at, seen_at = :now WHERE hash = :hash;

-- name: add_refresh
INSERT INTO refresh_tokens (hash, session_id, made_at) VALUES (:hash, :session_id, :now) ON CONFLICT DO NOTHING;

-- name: use_refresh
UPDATE refresh_tokens SET used_at = :now WHERE hash = :hash AND used_at IS NULL;

-- name: move_owner
-- What a browser session began becomes the account's. An idempotency key that the account has used itself is forgotten.
UPDATE tasks SET owner = :after WHERE job_id IN (SELECT id FROM jobs WHERE owner = :before);
UPDATE jobs SET idempotency_key = NULL
WHERE owner = :before AND idempotency_key IN (SELECT k.idempotency_key FROM jobs k WHERE k.owner = :after);
UPDATE files SET owner = :after WHERE job_id IN (SELECT id FROM jobs WHERE owner = :before);
UPDATE jobs SET owner = :after WHERE owner = :before;

-- name: erase_account
-- Nothing of a person is left in the row, and nobody can use it any more; it goes some time after its last job has ended.
UPDATE accounts SET name = '', email = NULL, password = NULL, verified_at = NULL, disabled_at = :now, erased_at = :now
WHERE id = :id AND erased_at IS NULL;

-- name: forget_access
DELETE FROM api_tokens WHERE account_id = :id;
DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE account_id = :id);
DELETE FROM sessions WHERE account_id = :id;
DELETE FROM identities WHERE account_id = :id;
DELETE FROM password_resets WHERE account_id = :id;
UPDATE invitations SET email = NULL WHERE used_by = :id;

-- name: forget_address
-- What was said of an address, and what is on its way to it.
UPDATE audit_log SET subject = '' WHERE subject = :email;
DELETE FROM mails WHERE recipient = :email;

-- name: erased_accounts
-- And whether the time is over in which a request of before may bring something.
SELECT id, erased_at <= :now - :linger FROM accounts WHERE erased_at IS NOT NULL ORDER BY erased_at LIMIT :n;

-- name: jobs_to_erase
SELECT id, finished_at FROM jobs WHERE owner = :owner ORDER BY finished_at IS NULL, id LIMIT :n;

-- name: loose_files_of
SELECT id FROM files WHERE owner = :owner AND job_id IS NULL;

-- name: drop_account
DELETE FROM turns WHERE owner = :id;
DELETE FROM accounts WHERE id = :id AND erased_at IS NOT NULL;

-- name: share
-- Not of one whose account is disabled.
SELECT s.id, s.job_id, s.created_at, s.expires_at, s.revoked_at FROM shares s
WHERE s.id = :id AND NOT EXISTS (
    SELECT 1 FROM jobs j JOIN accounts a ON a.id = j.owner WHERE j.id = s.job_id AND a.disabled_at IS NOT NULL);

-- name: live_shares
SELECT id, created_at, expires_at FROM shares WHERE job_id = :job_id AND revoked_at IS NULL AND expires_at > :now ORDER BY id;
