-- Jobs come in: their places in line, their rows, their files.

-- name: _take_turns
INSERT INTO turns AS l (queue, priority, owner, vt, taken)
SELECT r.queue, r.priority, r.owner, r.n + COALESCE(
    (SELECT t.vt FROM tasks t WHERE t.queue = r.queue AND t.priority = r.priority AND t.ready ORDER BY t.vt LIMIT 1),
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.queue AND o.priority = r.priority), 0), r.n
FROM json_to_recordset(:turns::json) AS r(queue text, priority bigint, owner text, n bigint)
ON CONFLICT (queue, priority, owner) DO UPDATE SET vt = GREATEST(l.vt + excluded.taken, excluded.vt), taken = excluded.taken

-- name: take_turns
-- Places in line for n tasks of each (queue, priority, owner), one behind the other; gives the place behind the last of them.
{_take_turns}
RETURNING queue, priority, owner, vt;

-- name: peek_turns
-- The same without taking them: inside a caller's own transaction, whose locks may be held for long.
SELECT r.queue, r.priority, r.owner, r.n + COALESCE(
    (SELECT GREATEST(l.vt, t.vt) FROM turns l LEFT JOIN LATERAL (
        SELECT vt FROM tasks WHERE queue = r.queue AND priority = r.priority AND ready ORDER BY vt LIMIT 1) t ON TRUE
     WHERE l.queue = r.queue AND l.priority = r.priority AND l.owner = r.owner),
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.queue AND o.priority = r.priority), 0)
FROM json_to_recordset(:turns::json) AS r(queue text, priority bigint, owner text, n bigint);

-- name: _sent
r AS MATERIALIZED (
    SELECT (x->>0)::uuid AS id, x->>1 AS owner, x->>2 AS kind, x->>3 AS queue, (x->>4)::bigint AS priority,
           (x->>5)::bigint AS max_attempts, x->>6 AS input, (x->>7)::bigint AS scheduled_at, (x->>8)::bigint AS deadline_at,
           x->>9 AS idempotency_key, x->>10 AS request_hash
    FROM jsonb_array_elements(:rows::jsonb) AS x
)

-- name: _made
INSERT INTO jobs (id, owner, kind, queue, priority, max_attempts, input, created_at, scheduled_at, deadline_at,
                  idempotency_key, request_hash)
SELECT id, owner, kind, queue, priority, max_attempts, input, :now, scheduled_at, deadline_at, idempotency_key, request_hash
FROM r

-- name: _made_again
ON CONFLICT DO NOTHING
RETURNING id, kind, owner, queue, priority, max_attempts, scheduled_at, deadline_at

-- name: _lined_up
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, due_at, deadline_at)
SELECT j.id, 0, j.kind, j.owner, j.queue, j.priority,
       l.vt + row_number() OVER (PARTITION BY j.queue, j.priority, j.owner ORDER BY j.id) - 1, :now, j.max_attempts,
       COALESCE(j.scheduled_at, 0) <= :now, CASE WHEN j.scheduled_at > :now THEN j.scheduled_at END, j.deadline_at

-- name: _taken
l AS (
    {_take_turns}
    RETURNING queue, priority, owner, vt - taken AS vt
)

-- name: _again
WITH {_sent}, {_taken}, j AS (
    {_made} WHERE (SELECT count(*) FROM l) > 0
    {_made_again}
)

-- name: _again_lined_up
{_lined_up}
FROM j JOIN l ON l.queue = j.queue AND l.priority = j.priority AND l.owner = j.owner
ON CONFLICT DO NOTHING

-- name: submit
-- Repeatable: a job that is there already is left alone, and a body task is made only for a job that has never ended.
-- The caller compares the count with what it sent and looks up the rest by `submitted`. :turns says how many places in line each
-- (queue, priority, owner) takes; they are taken first, since that is the order in which everyone locks.
{_again}
{_again_lined_up};

-- name: submit_alone
-- The same as a transaction of its own, which says itself that there is work: one hop less for whoever waits. Counts as many rows.
{_again}, t AS (
    {_again_lined_up}
    RETURNING 1
)
SELECT pg_notify('headway_work', '')::text FROM t;

-- name: submit_new
-- The same for jobs that cannot be there yet: under ids of our own making, without keys. If one is, the statement fails, and the
-- caller comes back with `submit`.
WITH {_sent}, {_taken}, made AS (
    {_made} WHERE (SELECT count(*) FROM l) > 0
)
{_lined_up}
FROM r AS j JOIN l ON l.queue = j.queue AND l.priority = j.priority AND l.owner = j.owner;

-- name: submit_at
-- The same with places that were found before: :turns says where those of each (queue, priority, owner) begin.
WITH {_sent}, l AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:turns::json) AS x(queue text, priority bigint, owner text, vt float8)
), j AS (
    {_made}
    {_made_again}
)
{_again_lined_up};

-- name: submitted
-- What became of these submissions: by id, or by (owner, key) when the key had been used before.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(id uuid, owner text, idempotency_key text)
)
SELECT r.id, j.id, j.request_hash FROM r JOIN jobs j ON j.id = r.id
UNION
SELECT r.id, j.id, j.request_hash FROM r
JOIN jobs j ON j.owner = r.owner AND j.idempotency_key = r.idempotency_key
WHERE r.idempotency_key IS NOT NULL;

-- name: attach_files
UPDATE files f SET job_id = r.id
FROM json_to_recordset(:rows::json) AS r(id uuid, file uuid, owner text)
WHERE f.id = r.file AND f.owner = r.owner AND f.job_id IS NULL AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = r.id);
