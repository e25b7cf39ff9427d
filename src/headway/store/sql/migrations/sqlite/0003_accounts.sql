-- Accounts of people: an e-mail address (lower case) and a password's argon2 hash; without a password one signs in by token, by
-- Google, or after a reset. `erased_at`: only its unfinished jobs keep the row.
ALTER TABLE accounts ADD COLUMN email TEXT;
ALTER TABLE accounts ADD COLUMN verified_at INTEGER;
ALTER TABLE accounts ADD COLUMN password TEXT;
ALTER TABLE accounts ADD COLUMN disabled_at INTEGER;
ALTER TABLE accounts ADD COLUMN erased_at INTEGER;
CREATE UNIQUE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL;
CREATE INDEX accounts_erased ON accounts (erased_at) WHERE erased_at IS NOT NULL;

-- `id` names a token to its owner (NULL: the one of the data directory), `hint` is how it begins.
ALTER TABLE api_tokens ADD COLUMN id TEXT;
ALTER TABLE api_tokens ADD COLUMN hint TEXT;
ALTER TABLE api_tokens ADD COLUMN used_at INTEGER;
CREATE UNIQUE INDEX api_tokens_by_id ON api_tokens (id) WHERE id IS NOT NULL;
CREATE INDEX api_tokens_by_account ON api_tokens (account_id);

-- `id` names a session to its owner and stands in access tokens. A browser's `hash` is that of its cookie, a program's is
-- 'program:' and its id, which no cookie can have.
ALTER TABLE sessions ADD COLUMN id TEXT;
ALTER TABLE sessions ADD COLUMN agent TEXT;
ALTER TABLE sessions ADD COLUMN seen_at INTEGER;
CREATE UNIQUE INDEX sessions_by_id ON sessions (id) WHERE id IS NOT NULL;
CREATE INDEX sessions_by_account ON sessions (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- The refresh tokens of a program's session, used ones too: one that comes back a second time ends the session.
CREATE TABLE refresh_tokens (
    hash       TEXT PRIMARY KEY,
    session_id TEXT   NOT NULL,
    made_at    INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Who an OpenID Connect issuer says that somebody is.
CREATE TABLE identities (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    account_id TEXT   NOT NULL,
    made_at    INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX identities_by_account ON identities (account_id);

CREATE TABLE invitations (
    id         TEXT PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    email      TEXT,
    role       TEXT   NOT NULL,
    made_by    TEXT   NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    used_by    TEXT
) STRICT;

-- Links to set a password anew, sent by e-mail: each is worth one password.
CREATE TABLE password_resets (
    hash       TEXT PRIMARY KEY,
    account_id TEXT   NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX password_resets_by_account ON password_resets (account_id);
