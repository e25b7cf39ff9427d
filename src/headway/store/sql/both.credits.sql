-- Credits: the queries of `store/ledger.py` and `store/credits.py`. Whoever moves credits locks the purse first.

-- name: purse
SELECT balance, reserved, month FROM purses WHERE owner = :owner;

-- name: add_hold
INSERT INTO holds (id, owner, kind, amount, made_at, expires_at)
VALUES (:id, :owner, :kind, :amount, :now, :expires_at);

-- name: held_until
-- For a hold that may have been made before, its reply lost; so is `granted` for a grant.
SELECT expires_at FROM holds WHERE id = :id AND owner = :owner;

-- name: granted
SELECT owner FROM ledger WHERE grant_id = :id;

-- name: budget
SELECT j.reserved, j.price, j.credits, {_bought}
FROM jobs j LEFT JOIN calls c ON c.job_id = j.id AND c.round = j.round AND c.provider <> 'offline'
WHERE j.id = :id
GROUP BY j.id;

-- name: terms
-- What an ended job is priced by, and how much of it is done.
SELECT owner, kind, round, price, credits, total_chunks, processed_chunks FROM jobs WHERE id = :id;

-- name: owners_to_grant
SELECT a.id FROM accounts a LEFT JOIN purses p ON p.owner = a.id
WHERE a.erased_at IS NULL AND (p.month IS NULL OR p.month < :month) ORDER BY a.id LIMIT :n;

-- name: forget_purse
-- The books stay whole, and say no longer whose they were.
UPDATE holds SET owner = :nobody WHERE owner = :owner;
UPDATE ledger SET owner = :nobody, reason = NULL WHERE owner = :owner;
UPDATE purses SET owner = :nobody WHERE owner = :owner;

-- name: audit_7_balance
-- A purse is the sum of its ledger; who has entries has a purse. Asked by owner, along the ledger's index.
SELECT p.owner FROM purses p
WHERE p.balance <> COALESCE((SELECT sum(l.amount) FROM ledger l WHERE l.owner = p.owner), 0)
   OR p.reserved <> COALESCE((SELECT sum(l.held) FROM ledger l WHERE l.owner = p.owner), 0)
UNION
SELECT l.owner FROM ledger l WHERE NOT EXISTS (SELECT 1 FROM purses p WHERE p.owner = l.owner)
LIMIT 100;

-- name: audit_7_rounds
-- A round has one reserve and one settlement, the round under way only the reserve; nothing stays held behind it, and no more
-- is settled than was reserved.
SELECT r.job_id FROM ledger r LEFT JOIN jobs j ON j.id = r.job_id
LEFT JOIN ledger s ON s.job_id = r.job_id AND s.round = r.round AND s.entry = 'settle'
LEFT JOIN ledger e ON e.job_id = r.job_id AND e.round = r.round AND e.entry = 'release'
WHERE r.entry = 'reserve' AND (
    (s.id IS NULL) <> (j.id IS NOT NULL AND j.finished_at IS NULL AND j.round = r.round)
    OR s.id IS NULL AND (e.id IS NOT NULL OR j.reserved IS NULL OR j.reserved <> r.held)
    OR s.id IS NOT NULL AND (-s.held > r.held OR r.held + s.held + COALESCE(e.held, 0) <> 0))
UNION
SELECT s.job_id FROM ledger s
LEFT JOIN ledger r ON r.job_id = s.job_id AND r.round = s.round AND r.entry = 'reserve'
WHERE s.entry = 'settle' AND r.id IS NULL
UNION
SELECT j.id FROM jobs j
LEFT JOIN ledger r ON r.job_id = j.id AND r.round = j.round AND r.entry = 'reserve'
WHERE j.reserved IS NOT NULL AND r.id IS NULL
LIMIT 100;

-- name: audit_7_holds
-- Credits on hold have their hold, and it has them, until they are released.
SELECT l.job_id FROM ledger l
LEFT JOIN ledger e ON e.job_id = l.job_id AND e.round = 0 AND e.entry = 'release'
LEFT JOIN holds h ON h.id = l.job_id AND h.owner = l.owner AND h.amount = l.held
WHERE l.entry = 'hold' AND (e.id IS NULL) <> (h.id IS NOT NULL)
UNION
SELECT h.id FROM holds h LEFT JOIN ledger l ON l.job_id = h.id AND l.entry = 'hold' WHERE h.amount > 0 AND l.id IS NULL
LIMIT 100;

-- name: audit_7_settled
-- What a job says that it has cost is what its rounds have settled.
SELECT j.id FROM jobs j
WHERE (j.price IS NOT NULL OR j.credits IS NOT NULL)
  AND COALESCE(j.credits, 0) <> -COALESCE(
      (SELECT sum(l.held) FROM ledger l WHERE l.job_id = j.id AND l.entry = 'settle'), 0)
LIMIT 100;
