-- Credits. `purses` is what each owner's ledger adds up to, kept beside it so that a balance is one row, and one lock, away;
-- the checks are the last line before a balance below zero.
CREATE TABLE purses (
    owner    TEXT PRIMARY KEY,
    balance  INTEGER NOT NULL DEFAULT 0 CHECK (balance >= 0),
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    month    TEXT
) WITHOUT ROWID, STRICT;

-- Every movement of credits, never changed: `amount` moves the balance, `held` what is reserved, `balance` is the balance after
-- it. `entry` is grant, hold, reserve, settle or release. A round of a job has each of the last four at most once; round 0 is
-- the hold that the job's id was taken from. `month` is the month that a monthly grant is for.
CREATE TABLE ledger (
    id      INTEGER PRIMARY KEY,
    owner   TEXT    NOT NULL,
    job_id  TEXT,
    round   INTEGER NOT NULL DEFAULT 0,
    entry   TEXT    NOT NULL,
    amount  INTEGER NOT NULL,
    held    INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    month   TEXT,
    reason  TEXT,
    made_by TEXT
) STRICT;
CREATE INDEX ledger_by_owner ON ledger (owner, id);
CREATE UNIQUE INDEX ledger_once ON ledger (job_id, round, entry) WHERE entry <> 'grant';
CREATE UNIQUE INDEX ledger_monthly ON ledger (owner, month) WHERE month IS NOT NULL;
CREATE INDEX ledger_refunds ON ledger (job_id) WHERE entry = 'grant' AND job_id IS NOT NULL;

-- Credits put aside for a job that is not there yet, under the id that it will have.
CREATE TABLE holds (
    id         TEXT PRIMARY KEY,
    owner      TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE INDEX holds_by_end ON holds (expires_at);

-- `reserved` is what this round of the job holds (NULL: nothing), `price` what it is priced by, `round` how often it was begun;
-- `credits` is what all rounds have settled. Calls of rounds before `fresh_round` are a record only, and chunks made from now on
-- have fences above `chunk_fence`: both move when everything is done anew.
ALTER TABLE jobs ADD COLUMN reserved INTEGER;
ALTER TABLE jobs ADD COLUMN price TEXT;
ALTER TABLE jobs ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN fresh_round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN chunk_fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN reserved INTEGER;
ALTER TABLE tasks ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE calls ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
