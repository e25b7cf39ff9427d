-- Credits: the queries of `store/ledger.py` and `store/credits.py`. Whoever moves credits locks the purse first.

-- name: lock_purses
-- Makes the purses that are not there yet. There is one writer at a time.
INSERT INTO purses (owner) SELECT value FROM jsonb_each(:owners) WHERE TRUE ON CONFLICT DO NOTHING;
SELECT p.owner, p.balance, p.reserved, p.month FROM jsonb_each(:owners) AS r CROSS JOIN purses p ON p.owner = r.value;

-- name: clock
-- The time as a reading connection has it.
SELECT :now;

-- name: post
-- Entries of purses that are locked, and what they come to.
INSERT INTO ledger (owner, job_id, round, entry, amount, held, balance, at, month, reason, made_by, grant_id)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, :now, value->>7, value->>8, value->>9,
       value->>10
FROM jsonb_each(:rows);
UPDATE purses SET balance = balance + d.amount, reserved = reserved + d.held, month = COALESCE(d.month, purses.month)
FROM (SELECT value->>0 AS owner, sum(value->>4) AS amount, sum(value->>5) AS held, max(value->>7) AS month
      FROM jsonb_each(:rows) GROUP BY 1) AS d
WHERE purses.owner = d.owner;

-- name: known_jobs
-- Submissions that are there already: by the owner's own id, or by (owner, key).
WITH r AS MATERIALIZED (
    SELECT value->>0 AS id, value->>1 AS owner, value->>2 AS idempotency_key FROM jsonb_each(:rows)
)
SELECT r.id, j.id, j.request_hash FROM r CROSS JOIN jobs j ON j.id = r.id AND j.owner = r.owner
UNION
SELECT r.id, j.id, j.request_hash FROM r
CROSS JOIN jobs j ON j.owner = r.owner AND j.idempotency_key = r.idempotency_key
WHERE r.idempotency_key IS NOT NULL;

-- name: live_holds
-- Of these (id, owner, kind), the holds that can be used.
SELECT h.id, h.amount FROM jsonb_each(:rows) AS r CROSS JOIN holds h
  ON h.id = r.value->>0 AND h.owner = r.value->>1 AND h.kind = r.value->>2 AND h.expires_at > :now;

-- name: drop_holds
DELETE FROM holds WHERE id IN (SELECT value FROM jsonb_each(:ids));

-- name: owners_of_expired_holds
SELECT DISTINCT owner FROM (SELECT owner FROM holds WHERE expires_at <= :now ORDER BY expires_at LIMIT :n);

-- name: take_expired_holds
DELETE FROM holds WHERE expires_at <= :now AND owner IN (SELECT value FROM jsonb_each(:owners))
RETURNING id, owner, amount;

-- name: charge_jobs
-- What this round of each job has reserved, and what the job is priced by.
UPDATE jobs SET reserved = r.reserved, price = r.price
FROM (SELECT value->>0 AS id, value->>1 AS reserved, value->>2 AS price FROM jsonb_each(:rows)) AS r
WHERE jobs.id = r.id;
UPDATE tasks SET reserved = r.reserved
FROM (SELECT value->>0 AS id, value->>1 AS reserved FROM jsonb_each(:rows)) AS r
WHERE tasks.job_id = r.id AND tasks.part = 0;

-- name: _bought
-- Of a job's round: how many answers of a provider, and all tokens that were counted; an answer without a count is taken by its
-- length.
count(CASE WHEN c.outcome = 'succeeded' THEN 1 END),
COALESCE(sum(COALESCE(c.input_tokens, 0) + COALESCE(c.output_tokens, (length(c.answer) + 3) / 4, 0)), 0)

-- name: owed
-- Of these ended jobs (by place: id, fence), those whose reserve is not settled yet, with what their round has bought.
SELECT j.id, j.owner, j.round, j.reserved, j.price, j.status, j.credits, {_bought}
FROM jsonb_each(:rows) AS r
CROSS JOIN jobs j ON j.id = r.value->>0 AND j.fence = r.value->>1 AND j.reserved IS NOT NULL AND j.finished_at IS NOT NULL
LEFT JOIN calls c ON c.job_id = j.id AND c.round = j.round AND c.provider <> 'offline'
WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.job_id = j.id AND l.round = j.round AND l.entry = 'settle')
GROUP BY j.id ORDER BY j.owner, j.id;

-- name: note_settled
UPDATE jobs SET credits = COALESCE(credits, 0) + r.settled
FROM (SELECT value->>0 AS id, value->>1 AS settled FROM jsonb_each(:rows)) AS r
WHERE jobs.id = r.id;

-- name: refunded
-- Of a job: its owner, what it was charged, and what of it was given back; locked with the purse.
SELECT j.owner, COALESCE(j.credits, 0),
       (SELECT COALESCE(sum(l.amount), 0) FROM ledger l WHERE l.job_id = j.id AND l.entry = 'grant')
FROM jobs j WHERE j.id = :id;

-- name: ledger_of
SELECT l.id, l.at, l.entry, l.amount, l.held, l.balance, l.job_id, j.kind, l.round, l.month, l.reason, l.made_by
FROM ledger l LEFT JOIN jobs j ON j.id = l.job_id AND j.owner = l.owner
WHERE l.owner = :owner AND (:before IS NULL OR l.id < :before)
ORDER BY l.id DESC LIMIT :n;

-- name: audit_7_running
-- The balance after each entry is the one before it and the entry's amount, and never below zero.
SELECT owner FROM (
    SELECT owner, amount, balance, lag(balance, 1, 0) OVER (PARTITION BY owner ORDER BY id) AS before FROM ledger)
WHERE balance <> before + amount OR balance < 0
LIMIT 100;
