-- What all workers share about one model of one provider: when the next request may go (theoretical arrival times of a GCRA,
-- in milliseconds), until when nobody asks and why, and how many failures and refusals there were in a row.
CREATE TABLE lanes (
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    requests_at  REAL NOT NULL DEFAULT 0,
    tokens_at    REAL NOT NULL DEFAULT 0,
    line_at      REAL NOT NULL DEFAULT 0,
    paused_until INTEGER NOT NULL DEFAULT 0,
    reason       TEXT NOT NULL DEFAULT '',
    failures     INTEGER NOT NULL DEFAULT 0,
    refusals     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, model)
) WITHOUT ROWID, STRICT;

-- How many identical calls, in flight at the same time, were given this call's answer beside its own: each may be given it again.
ALTER TABLE calls ADD COLUMN shares INTEGER NOT NULL DEFAULT 0;
