-- Credits: the queries of `store/ledger.py` and `store/credits.py`. Whoever moves credits locks the purse first.

-- name: lock_purses
-- Makes the purses that are not there yet, and locks all until the transaction ends, in the order in which they are named: by
-- the owner's name, so that no two wait for each other.
INSERT INTO purses (owner) SELECT value FROM json_array_elements_text(:owners::json) AS e(value) ON CONFLICT DO NOTHING;
SELECT p.owner, p.balance, p.reserved, p.month
FROM json_array_elements_text(:owners::json) AS r(owner),
    LATERAL (SELECT owner, balance, reserved, month FROM purses WHERE owner = r.owner FOR UPDATE) p;

-- name: clock
-- The time as a reading connection has it.
SELECT :now::bigint;

-- name: post
-- Entries of purses that are locked, and what they come to.
INSERT INTO ledger (owner, job_id, round, entry, amount, held, balance, at, month, reason, made_by, grant_id)
SELECT x->>0, (x->>1)::uuid, (x->>2)::bigint, x->>3, (x->>4)::bigint, (x->>5)::bigint, (x->>6)::bigint, :now, x->>7, x->>8, x->>9,
       (x->>10)::uuid
FROM json_array_elements(:rows::json) WITH ORDINALITY AS e(x, n) ORDER BY n;
UPDATE purses p SET balance = p.balance + d.amount, reserved = p.reserved + d.held, month = COALESCE(d.month, p.month)
FROM (SELECT x->>0 AS owner, sum((x->>4)::bigint)::bigint AS amount, sum((x->>5)::bigint)::bigint AS held, max(x->>7) AS month
      FROM json_array_elements(:rows::json) AS e(x) GROUP BY 1) AS d
WHERE p.owner = d.owner;

-- name: known_jobs
-- Submissions that are there already: by the owner's own id, or by (owner, key).
WITH r AS MATERIALIZED (
    SELECT (x->>0)::uuid AS id, x->>1 AS owner, x->>2 AS idempotency_key FROM json_array_elements(:rows::json) AS e(x)
)
SELECT r.id, j.id, j.request_hash FROM r JOIN jobs j ON j.id = r.id AND j.owner = r.owner
UNION
SELECT r.id, j.id, j.request_hash FROM r
JOIN jobs j ON j.owner = r.owner AND j.idempotency_key = r.idempotency_key
WHERE r.idempotency_key IS NOT NULL;

-- name: live_holds
-- Of these (id, owner, kind), the holds that can be used.
SELECT h.id, h.amount FROM json_array_elements(:rows::json) AS e(x) JOIN holds h
  ON h.id = (x->>0)::uuid AND h.owner = x->>1 AND h.kind = x->>2 AND h.expires_at > :now;

-- name: drop_holds
DELETE FROM holds WHERE id IN (SELECT value::uuid FROM json_array_elements_text(:ids::json) AS e(value));

-- name: owners_of_expired_holds
SELECT DISTINCT owner FROM (SELECT owner FROM holds WHERE expires_at <= :now ORDER BY expires_at LIMIT :n) x;

-- name: take_expired_holds
DELETE FROM holds WHERE expires_at <= :now AND owner IN (
    SELECT value FROM json_array_elements_text(:owners::json) AS e(value))
RETURNING id, owner, amount;

-- name: charge_jobs
-- What this round of each job has reserved, and what the job is priced by.
UPDATE jobs j SET reserved = (x->>1)::bigint, price = x->>2
FROM json_array_elements(:rows::json) AS e(x), LATERAL (SELECT ctid AS place FROM jobs WHERE id = (x->>0)::uuid OFFSET 0) found
WHERE j.ctid = found.place;
UPDATE tasks t SET reserved = (x->>1)::bigint
FROM json_array_elements(:rows::json) AS e(x),
    LATERAL (SELECT ctid AS place FROM tasks WHERE job_id = (x->>0)::uuid AND part = 0 FOR UPDATE) found
WHERE t.ctid = found.place;

-- name: _bought
-- Of a job's round: how many answers of a provider, and all tokens that were counted; an answer without a count is taken by its
-- length.
count(CASE WHEN c.outcome = 'succeeded' THEN 1 END),
COALESCE(sum(COALESCE(c.input_tokens, 0) + COALESCE(c.output_tokens, (length(c.answer) + 3) / 4, 0)), 0)::bigint

-- name: owed
-- Of these ended jobs (by place: id, fence), those whose reserve is not settled yet, with what their round has bought.
SELECT j.id, j.owner, j.round, j.reserved, j.price, j.status, j.credits, {_bought}
FROM json_array_elements(:rows::json) AS e(x)
JOIN jobs j ON j.id = (x->>0)::uuid AND j.fence = (x->>1)::bigint AND j.reserved IS NOT NULL AND j.finished_at IS NOT NULL
LEFT JOIN calls c ON c.job_id = j.id AND c.round = j.round AND c.provider <> 'offline'
WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.job_id = j.id AND l.round = j.round AND l.entry = 'settle')
GROUP BY j.id ORDER BY j.owner, j.id;

-- name: note_settled
UPDATE jobs j SET credits = COALESCE(j.credits, 0) + (x->>1)::bigint
FROM json_array_elements(:rows::json) AS e(x), LATERAL (SELECT ctid AS place FROM jobs WHERE id = (x->>0)::uuid OFFSET 0) found
WHERE j.ctid = found.place;

-- name: refunded
-- Of a job: its owner, what it was charged, and what of it was given back; locked with the purse.
SELECT j.owner, COALESCE(j.credits, 0),
       (SELECT COALESCE(sum(l.amount), 0)::bigint FROM ledger l WHERE l.job_id = j.id AND l.entry = 'grant')
FROM jobs j WHERE j.id = :id;

-- name: ledger_of
SELECT l.id, l.at, l.entry, l.amount, l.held, l.balance, l.job_id, j.kind, l.round, l.month, l.reason, l.made_by
FROM ledger l LEFT JOIN jobs j ON j.id = l.job_id AND j.owner = l.owner
WHERE l.owner = :owner AND (:before::bigint IS NULL OR l.id < :before)
ORDER BY l.id DESC LIMIT :n;

-- name: audit_7_running
-- The balance after each entry is the one before it and the entry's amount, and never below zero.
SELECT owner FROM (
    SELECT owner, amount, balance, lag(balance, 1, 0) OVER (PARTITION BY owner ORDER BY id) AS before FROM ledger) x
WHERE balance <> before + amount OR balance < 0
LIMIT 100;
