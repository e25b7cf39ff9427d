-- Credits. `purses` is what each owner's ledger adds up to, kept beside it so that a balance is one row, and one lock, away;
-- the checks are the last line before a balance below zero.
CREATE TABLE purses (
    owner    TEXT PRIMARY KEY,
    balance  BIGINT NOT NULL DEFAULT 0 CHECK (balance >= 0),
    reserved BIGINT NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    month    TEXT
) WITH (fillfactor = 70);

-- Every movement of credits, never changed: `amount` moves the balance, `held` what is reserved, `balance` is the balance after
-- it. `entry` is grant, hold, reserve, settle or release. A round of a job has each of the last four at most once; round 0 is
-- the hold that the job's id was taken from. `month` is the month that a monthly grant is for.
CREATE TABLE ledger (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner   TEXT   NOT NULL,
    job_id  UUID,
    round   BIGINT NOT NULL DEFAULT 0,
    entry   TEXT   NOT NULL,
    amount  BIGINT NOT NULL,
    held    BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    month   TEXT,
    reason  TEXT,
    made_by TEXT
);
CREATE INDEX ledger_by_owner ON ledger (owner, id);
CREATE UNIQUE INDEX ledger_once ON ledger (job_id, round, entry) WHERE entry <> 'grant';
CREATE UNIQUE INDEX ledger_monthly ON ledger (owner, month) WHERE month IS NOT NULL;
CREATE INDEX ledger_refunds ON ledger (job_id) WHERE entry = 'grant' AND job_id IS NOT NULL;

-- Credits put aside for a job that is not there yet, under the id that it will have.
CREATE TABLE holds (
    id         UUID PRIMARY KEY,
    owner      TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    amount     BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX holds_by_end ON holds (expires_at);

-- `reserved` is what this round of the job holds (NULL: nothing), `price` what it is priced by, `round` how often it was begun;
-- `credits` is what all rounds have settled. Calls of rounds before `fresh_round` are a record only, and chunks made from now on
-- have fences above `chunk_fence`: both move when everything is done anew.
ALTER TABLE jobs ADD COLUMN reserved BIGINT;
ALTER TABLE jobs ADD COLUMN price TEXT;
ALTER TABLE jobs ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN fresh_round BIGINT NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN chunk_fence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN reserved BIGINT;
ALTER TABLE tasks ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
ALTER TABLE calls ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
