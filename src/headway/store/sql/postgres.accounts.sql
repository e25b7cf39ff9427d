-- Accounts of people, their tokens, invitations and resets: the queries of `store/accounts.py`; sessions: of
-- `store/sessions.py`; watch links: of `store/shares.py`.

-- name: access_by_program
-- Who asks with an access token: its session must still be there.
SELECT a.id, a.name, a.role, s.id, s.seen_at
FROM sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.hash = 'program:' || :id::text AND s.expires_at > :now AND a.disabled_at IS NULL;

-- name: still_allowed
-- Of many open streams, by n: those whose credential is still good and whose job is still the owner's.
SELECT r.n FROM (
    SELECT (value->>'n')::int AS n, value->>'way' AS way, value->>'key' AS key, (value->>'job_id')::uuid AS job_id, value->>'owner' AS owner
    FROM json_array_elements(:doc::json) AS e(value)
) r
WHERE EXISTS (SELECT 1 FROM jobs j WHERE j.id = r.job_id AND j.owner = r.owner) AND (
    EXISTS (SELECT 1 FROM api_tokens k JOIN accounts a ON a.id = k.account_id
            WHERE r.way = 'token' AND k.hash = r.key AND a.id = r.owner AND a.disabled_at IS NULL)
    OR EXISTS (SELECT 1 FROM sessions s LEFT JOIN accounts a ON a.id = s.account_id
               WHERE r.way <> 'token' AND s.hash = r.key AND s.expires_at > :now
                 AND (s.account_id IS NULL OR a.id = r.owner AND a.disabled_at IS NULL)));

-- name: accounts_page
SELECT id, name, role, email, verified_at, NULL, disabled_at, erased_at, created_at FROM accounts
WHERE (:after::text IS NULL OR id > :after) AND erased_at IS NULL ORDER BY id LIMIT :n;

-- name: set_password
-- A link in an e-mail has proved whose address it is: `verified`.
UPDATE accounts SET password = :password, verified_at = CASE WHEN :verified::bool THEN COALESCE(verified_at, :now::bigint) ELSE verified_at END
WHERE id = :id;

-- name: set_disabled
UPDATE accounts SET disabled_at = CASE WHEN :disabled::bool THEN COALESCE(disabled_at, :now::bigint) END
WHERE id = :id AND erased_at IS NULL;

-- name: add_token
-- Repeatable: a token that is there already counts as made.
INSERT INTO api_tokens (hash, account_id, name, created_at, id, hint) SELECT :hash::text, :account_id::text, :name::text, :now::bigint, :id::text, :hint::text
WHERE (SELECT count(*) FROM api_tokens WHERE account_id = :account_id::text AND hash <> :hash::text) < :most::int
ON CONFLICT (hash) DO UPDATE SET hint = excluded.hint;

-- name: refresh
-- Whose session a refresh token prolongs, and whether it was used before.
SELECT r.session_id, r.used_at, s.hash, s.account_id
FROM refresh_tokens r
JOIN sessions s ON s.id = r.session_id AND s.expires_at > :now
JOIN accounts a ON a.id = s.account_id AND a.disabled_at IS NULL
WHERE r.hash = :hash FOR UPDATE OF r;

-- name: add_share
-- Repeatable: a link that is there already counts as made.
INSERT INTO shares (id, job_id, created_at, expires_at)
SELECT :id, j.id, :now, :expires_at FROM jobs j WHERE j.id = :job_id AND (:owner::text IS NULL OR j.owner = :owner)
ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at;

-- name: revoke_shares
UPDATE shares SET revoked_at = :now
WHERE job_id = :job_id AND revoked_at IS NULL
  AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = :job_id AND (:owner::text IS NULL OR j.owner = :owner));
