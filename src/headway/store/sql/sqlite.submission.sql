-- Jobs come in: their places in line, their rows, their files.

-- name: _take_turns
INSERT INTO turns (queue, priority, owner, vt, taken)
SELECT r.value->>'queue', r.value->>'priority', r.value->>'owner', r.value->>'n' + COALESCE(
    (SELECT t.vt FROM tasks t WHERE t.queue = r.value->>'queue' AND t.priority = r.value->>'priority' AND t.ready
     ORDER BY t.vt LIMIT 1),
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.value->>'queue' AND o.priority = r.value->>'priority'), 0), r.value->>'n'
FROM jsonb_each(:turns) AS r WHERE TRUE
ON CONFLICT (queue, priority, owner) DO UPDATE SET vt = max(vt + excluded.taken, excluded.vt), taken = excluded.taken

-- name: take_turns
-- Places in line for n tasks of each (queue, priority, owner), one behind the other; gives the place behind the last of them.
{_take_turns}
RETURNING queue, priority, owner, vt;

-- name: peek_turns
-- The same without taking them; only PostgreSQL submits inside a caller's own transaction.
SELECT r.value->>'queue', r.value->>'priority', r.value->>'owner', r.value->>'n' + COALESCE(
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.value->>'queue' AND o.priority = r.value->>'priority'), 0)
FROM jsonb_each(:turns) AS r;

-- name: _made
INSERT INTO jobs (id, owner, kind, queue, priority, max_attempts, input, created_at, scheduled_at, deadline_at,
                  idempotency_key, request_hash)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, :now, value->>7, value->>8,
       value->>9, value->>10
FROM jsonb_each(:rows) WHERE TRUE

-- name: _lined_up
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, due_at, deadline_at)
SELECT j.id, 0, j.kind, j.owner, j.queue, j.priority,
       l.vt + row_number() OVER (PARTITION BY j.queue, j.priority, j.owner ORDER BY j.id) - 1, :now, j.max_attempts,
       COALESCE(j.scheduled_at, 0) <= :now, CASE WHEN j.scheduled_at > :now THEN j.scheduled_at END, j.deadline_at
FROM jsonb_each(:rows) r CROSS JOIN jobs j ON j.id = r.value->>0 AND j.finished_at IS NULL
CROSS JOIN l ON l.queue = j.queue AND l.priority = j.priority AND l.owner = j.owner
WHERE TRUE

-- name: _places
WITH l AS NOT MATERIALIZED (SELECT queue, priority, owner, vt - taken AS vt FROM turns)

-- name: submit
-- Repeatable: a job that is there already is left alone, and a body task is made only for a job that has never ended.
-- The caller compares the count with what it sent and looks up the rest by `submitted`. :turns says how many places in line each
-- (queue, priority, owner) takes.
{_take_turns};
{_made} ON CONFLICT DO NOTHING;
{_places}
{_lined_up} ON CONFLICT DO NOTHING;

-- name: submit_alone
-- Never asked: a statement is no transaction of its own here.
SELECT :rows, :turns WHERE FALSE;

-- name: submit_new
-- The same for jobs that cannot be there yet: under ids of our own making, without keys. If one is, it fails, and the caller comes
-- back with `submit`.
{_take_turns};
{_made};
{_places}
{_lined_up};

-- name: submit_at
-- As `submit`, with places that were found before: :turns says where those of each (queue, priority, owner) begin.
{_made} ON CONFLICT DO NOTHING;
WITH l AS MATERIALIZED (
    SELECT value->>'queue' AS queue, value->>'priority' AS priority, value->>'owner' AS owner, value->>'vt' AS vt
    FROM jsonb_each(:turns))
{_lined_up} ON CONFLICT DO NOTHING;

-- name: submitted
-- What became of these submissions: by id, or by (owner, key) when the key had been used before.
WITH r AS MATERIALIZED (
    SELECT value->>'id' AS id, value->>'owner' AS owner, value->>'idempotency_key' AS idempotency_key
    FROM jsonb_each(:rows)
)
SELECT r.id, j.id, j.request_hash FROM r CROSS JOIN jobs j ON j.id = r.id
UNION
SELECT r.id, j.id, j.request_hash FROM r
CROSS JOIN jobs j ON j.owner = r.owner AND j.idempotency_key = r.idempotency_key
WHERE r.idempotency_key IS NOT NULL;

-- name: attach_files
UPDATE files AS f SET job_id = r.id
FROM (
    SELECT value->>'id' AS id, value->>'file' AS file, value->>'owner' AS owner
    FROM jsonb_each(:rows)) AS r
WHERE f.id = r.file AND f.owner = r.owner AND f.job_id IS NULL AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = r.id);
