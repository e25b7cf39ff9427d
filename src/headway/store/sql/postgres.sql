-- The queries of the store on PostgreSQL. Rows come in as one JSON document (:rows), so that a batch of any size is one
-- statement with one plan. `now` is read once per batch by `now` and bound as :now.
--
-- Tasks are found row by row: `LATERAL (SELECT … FOR UPDATE)` is a wall that the planner cannot move a join across, and the
-- update then goes by ctid alone: every other condition stands behind the wall, since one that fits an index gives the planner
-- another way in (a lease is told by its time here, because the worker has an index). On a table that was empty a minute ago it would otherwise read all of it for each row sent.
--
-- The price of that: a row that another connection changes between a statement's snapshot and its lock has moved on, and the statement
-- passes it by, though it holds its lock by then. So whoever sends rows compares what was written with what was sent, and asks again
-- about the rest; and whoever changes the row of an unfinished job changes its body task before, so that an end misses both or neither.

-- name: now
SELECT headway_now();

-- name: _take_turns
INSERT INTO turns AS l (queue, owner, vt, taken)
SELECT r.queue, r.owner, r.n + COALESCE(
    (SELECT t.vt FROM tasks t WHERE t.queue = r.queue AND t.ready ORDER BY t.priority DESC, t.vt LIMIT 1),
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.queue), 0), r.n
FROM json_to_recordset(:turns::json) AS r(queue text, owner text, n bigint)
ON CONFLICT (queue, owner) DO UPDATE SET vt = GREATEST(l.vt + excluded.taken, excluded.vt), taken = excluded.taken

-- name: take_turns
-- Places in line for n tasks of each (queue, owner), one behind the other; gives the place behind the last of them.
{_take_turns}
RETURNING queue, owner, vt;

-- name: peek_turns
-- The same without taking them: inside a caller's own transaction, whose locks may be held for long.
SELECT r.queue, r.owner, r.n + COALESCE(
    (SELECT GREATEST(l.vt, t.vt) FROM turns l LEFT JOIN LATERAL (
        SELECT vt FROM tasks WHERE queue = r.queue AND ready ORDER BY priority DESC, vt LIMIT 1) t ON TRUE
     WHERE l.queue = r.queue AND l.owner = r.owner),
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.queue), 0)
FROM json_to_recordset(:turns::json) AS r(queue text, owner text, n bigint);

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
       l.vt + row_number() OVER (PARTITION BY j.queue, j.owner ORDER BY j.id) - 1, :now, j.max_attempts,
       COALESCE(j.scheduled_at, 0) <= :now, CASE WHEN j.scheduled_at > :now THEN j.scheduled_at END, j.deadline_at
FROM j JOIN l ON l.queue = j.queue AND l.owner = j.owner
ON CONFLICT DO NOTHING

-- name: submit
-- Repeatable: a job that is there already is left alone, and a body task is made only for a job that has never ended.
-- The caller compares the count with what it sent and looks up the rest by `submitted`. :turns says how many places in line each
-- (queue, owner) takes; they are taken first, since that is the order in which everyone locks.
WITH {_sent}, l AS (
    {_take_turns}
    RETURNING queue, owner, vt - taken AS vt
), j AS (
    {_made} WHERE (SELECT count(*) FROM l) > 0
    {_made_again}
)
{_lined_up};

-- name: submit_at
-- The same with places that were found before: :turns says where those of each (queue, owner) begin.
WITH {_sent}, l AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:turns::json) AS x(queue text, owner text, vt float8)
), j AS (
    {_made}
    {_made_again}
)
{_lined_up};

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

-- name: _work
-- The input of a body, or `[step, key, arguments]` of a chunk.
CASE WHEN t.part = 0 THEN j.input ELSE (
    SELECT json_build_array(c.name, c.key, c.input::json)::text FROM chunks c
    WHERE c.job_id = t.job_id AND c.part = t.part) END

-- name: _claimed
-- Columns in the order of `intents.Claimed`.
t.job_id, t.part, t.fence, t.kind, t.owner, {_work}, t.tries, t.max_attempts, t.deaths, t.suspect, t.percent,
t.claimed_at, t.deadline_at, t.ran_ms, t.priority, t.vt, t.total_chunks IS NOT NULL, t.reserved

-- name: claim
-- MATERIALIZED is a fence: without it the planner may run the LIMIT once per joined row and take too many.
WITH picked AS MATERIALIZED (
    SELECT ctid AS place, job_id FROM tasks
    WHERE queue = :queue AND ready
    ORDER BY priority DESC, vt, job_id, part
    LIMIT :n
    FOR UPDATE SKIP LOCKED
)
UPDATE tasks t
SET ready = FALSE, worker = :worker, claim_id = :claim_id, claimed_at = :now, lease_until = :now + :lease_ms::bigint,
    fence = t.fence + 1, started_at = COALESCE(t.started_at, :now), version = t.version + 1, due_at = NULL
FROM picked p, LATERAL (SELECT input FROM jobs WHERE id = p.job_id OFFSET 0) j
WHERE t.ctid = p.place
RETURNING {_claimed};

-- name: claimed
-- What a claim whose reply was lost had taken.
SELECT {_claimed}
FROM tasks t JOIN jobs j ON j.id = t.job_id
WHERE t.worker = :worker AND t.claim_id = :claim_id;

-- name: end
-- The end of jobs in one step: the body task leaves, the job's row takes over what it knew. Fenced, and guarded by the
-- cancel flag and the lease that the decision was made on: a retry's task begins under the fence that ended the round
-- before, and a late end of that round must not end this one. The caller compares the count with what it sent and asks
-- `ended_now` about the rest. Jobs with a reserve (:paid) end by themselves.
WITH r AS MATERIALIZED (
    SELECT (x->>0)::uuid AS id, (x->>1)::bigint AS fence, (x->>2)::boolean AS cancel, (x->>3)::boolean AS leased,
           x->>4 AS status, x->>5 AS result, x->>6 AS error, (x->>7)::bigint AS tries, (x->>8)::bigint AS percent, x->>9 AS who
    FROM jsonb_array_elements(:rows::jsonb) AS x
), gone AS (
    DELETE FROM tasks t
    USING r, LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = 0 AND fence = r.fence AND cancel_requested = r.cancel
          AND (worker IS NOT NULL) = r.leased AND (reserved IS NOT NULL) = :paid
        FOR UPDATE) found
    WHERE t.ctid = found.place
    RETURNING t.job_id, t.started_at, t.worker, t.fence, t.version, t.percent AS reached, t.step, t.tries AS tried,
              t.total_chunks, t.processed_chunks, t.failed_chunks, t.cancelled_by, r.status, r.result, r.error, r.tries,
              r.percent, r.who
)
UPDATE jobs j
SET status = g.status, result = g.result, error = g.error, started_at = g.started_at, finished_at = :now,
    worker = g.worker, fence = g.fence, version = g.version + 1, percent = COALESCE(g.percent, g.reached), step = g.step,
    tries = COALESCE(g.tries, g.tried), total_chunks = g.total_chunks, processed_chunks = g.processed_chunks,
    failed_chunks = g.failed_chunks, cancelled_by = COALESCE(g.cancelled_by, g.who)
FROM gone g, LATERAL (SELECT ctid AS place FROM jobs WHERE id = g.job_id OFFSET 0) found
WHERE j.ctid = found.place;

-- name: ended_now
-- Which of these ends `end` has written in this transaction, as (id, part, fence).
SELECT j.id, 0, j.fence
FROM jsonb_array_elements(:rows::jsonb) AS x, LATERAL (
    SELECT id, fence, status, finished_at FROM jobs WHERE id = (x->>0)::uuid OFFSET 0) j
WHERE j.fence = (x->>1)::bigint AND j.finished_at = :now AND j.status = x->>4;

-- name: release
-- A claim ends and the job goes on: ready again, or waiting for its time. Gives the (id, part, fence) that it released.
UPDATE tasks t
SET worker = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL,
    ready = r.ready OR (r.parked AND t.open_chunks = 0),
    due_at = CASE WHEN r.parked AND t.open_chunks = 0 THEN NULL ELSE r.due_at END,
    tries = COALESCE(r.tries, t.tries), deaths = COALESCE(r.deaths, t.deaths), suspect = COALESCE(r.suspect, t.suspect),
    ran_ms = COALESCE(r.ran_ms, t.ran_ms), version = t.version + 1
FROM json_to_recordset(:rows::json) AS r(
    id uuid, part bigint, fence bigint, cancel boolean, ready boolean, parked boolean, due_at bigint, tries bigint, deaths bigint,
    suspect boolean, ran_ms bigint),
    LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND cancel_requested = r.cancel AND lease_until IS NOT NULL
        FOR UPDATE) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.part, t.fence, t.ready;

-- name: standing
-- How the tasks of these (id, part) stand now, locked: for decisions that are made again after a miss.
SELECT t.job_id, t.part, t.fence, t.cancel_requested, t.worker IS NOT NULL, t.tries, t.max_attempts, t.deaths,
       t.suspect, t.started_at IS NOT NULL, t.ready
FROM tasks t JOIN json_to_recordset(:rows::json) AS r(id uuid, part bigint) ON t.job_id = r.id AND t.part = r.part
FOR UPDATE OF t;

-- name: ended
-- How these claims ended, if they did: to tell a lost reply from a lost lease. A first-try success is the job's own row.
WITH r AS MATERIALIZED (SELECT * FROM json_to_recordset(:rows::json) AS x(id uuid, part bigint, fence bigint))
SELECT a.job_id, a.part, a.fence, a.outcome
FROM r JOIN attempts a ON a.job_id = r.id AND a.part = r.part AND a.fence = r.fence
UNION ALL
SELECT j.id, 0, j.fence, {SUCCEEDED}
FROM r JOIN jobs j ON j.id = r.id AND r.part = 0 AND j.fence = r.fence AND j.status = {COMPLETED}
UNION ALL
SELECT c.job_id, c.part, c.fence, c.outcome
FROM r JOIN chunks c ON c.job_id = r.id AND c.part = r.part AND c.fence = r.fence AND c.outcome IS NOT NULL;

-- name: add_attempts
INSERT INTO attempts (job_id, part, fence, attempt, worker, started_at, ended_at, outcome, error)
SELECT r.id, r.part, r.fence, r.attempt, r.worker, r.started_at, :now, r.outcome, r.error
FROM json_to_recordset(:rows::json) AS r(
    id uuid, part bigint, fence bigint, attempt bigint, worker text, started_at bigint, outcome text, error text)
ON CONFLICT DO NOTHING;

-- name: progress
-- Only what a person would see changed: an attempt that starts anew passes places where the one before it has been.
UPDATE tasks t
SET percent = GREATEST(t.percent, r.percent), step = COALESCE(r.step, t.step), version = t.version + 1
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint, percent bigint, step text), LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL
          AND (r.percent > percent OR r.step <> COALESCE(tasks.step, ''))
        FOR UPDATE) found
WHERE t.ctid = found.place;

-- name: checkpoint
-- Fenced by its task, and never overwritten: what a step once returned stays.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(
        id uuid, part bigint, fence bigint, name text, key text, input_hash text, input text, value text,
        started_at bigint)
), held AS MATERIALIZED (
    SELECT r.*, found.place, found.deaths
    FROM r, LATERAL (
        SELECT ctid AS place, deaths FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL
        FOR UPDATE
    ) found
), calmed AS (
    UPDATE tasks t SET deaths = 0, suspect = FALSE
    FROM (SELECT DISTINCT place FROM held WHERE deaths > 0) h
    WHERE t.ctid = h.place
)
INSERT INTO checkpoints (job_id, name, key, input_hash, input, value, fence, started_at, ended_at)
SELECT id, name, key, input_hash, input, value, fence, started_at, :now FROM held
ON CONFLICT (job_id, name, key) DO NOTHING;

-- name: fan_out
-- The chunks' cold rows, and a task for each that has not ended; both repeatable. Fenced by the body's task. A task that is
-- made again takes up the fence where the one before it left it.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(
        part bigint, key text, input_hash text, input text, ready boolean)
), body AS MATERIALIZED (
    SELECT job_id, kind, owner, queue, priority, vt, deadline_at, started_at FROM tasks
    WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL
    FOR UPDATE
)
INSERT INTO chunks (job_id, name, key, part, input_hash, input, made_at, fence)
SELECT b.job_id, :name, r.key, r.part, r.input_hash, r.input, :now, (SELECT chunk_fence FROM jobs WHERE id = b.job_id)
FROM r, body b
ON CONFLICT DO NOTHING;
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(part bigint, ready boolean)
)
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, fence, tries, fail_fast, capped,
                   reserved, round)
SELECT b.job_id, r.part, b.kind, b.owner, b.queue, b.priority, :vt + row_number() OVER (ORDER BY r.part) - 1, :now, :max_attempts, r.ready, c.fence, 0, :fail_fast, :capped,
       b.reserved, b.round
FROM r CROSS JOIN (
    SELECT * FROM tasks WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL) b
CROSS JOIN LATERAL (
    SELECT fence FROM chunks WHERE job_id = :id AND part = r.part AND outcome IS NULL LIMIT 1) c
ON CONFLICT DO NOTHING;

-- name: body_line
-- The line that a body stands in, while it is under this very lease.
SELECT queue, owner FROM tasks WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL FOR UPDATE;

-- name: job_line
SELECT queue, owner FROM jobs WHERE id = :id;

-- name: forget_turns
-- Whoever stands before the front is as if he had never been there.
DELETE FROM turns l WHERE l.vt < (SELECT t.vt FROM tasks t WHERE t.queue = l.queue AND t.ready ORDER BY t.priority DESC, t.vt LIMIT 1);

-- name: fan_in
-- What the body knows of its chunks, counted anew; `fan_…` of the fan-out that begins.
UPDATE tasks t
SET open_chunks = (SELECT count(*) FROM tasks o WHERE o.job_id = :id AND o.part > 0),
    total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT json_agg(c.part ORDER BY c.part)::text FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED}),
    fan_from = :fan_from, fan_to = :fan_to, fan_total = :fan_total,
    fan_ended = (SELECT count(*) FROM chunks c
                 WHERE c.job_id = :id AND c.name <> :name AND c.outcome IS NOT NULL),
    version = t.version + 1
WHERE t.job_id = :id AND t.part = 0 AND t.fence = :fence AND t.worker IS NOT NULL;

-- name: recount_chunks
-- A new round starts from what is recorded.
UPDATE tasks
SET total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT json_agg(c.part ORDER BY c.part)::text FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED})
WHERE job_id = :id AND part = 0 AND EXISTS (SELECT 1 FROM chunks c WHERE c.job_id = :id);

-- name: end_chunks
-- Chunks end: their cold rows are filled, their tasks leave. A cancelled chunk has no outcome: it may be run another time.
-- Gives (id, part, fence, fail_fast, capped) of what it ended.
WITH r AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::json) AS x(
        id uuid, part bigint, fence bigint, cancel boolean, outcome text, value text, error text, tries bigint)
), gone AS (
    DELETE FROM tasks t
    USING r, LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND cancel_requested = r.cancel AND lease_until IS NOT NULL
        FOR UPDATE) found
    WHERE t.ctid = found.place
    RETURNING t.job_id, t.part, t.fence, t.fail_fast, t.capped, t.tries AS tried, r.outcome, r.value, r.error, r.tries
), filled AS (
    UPDATE chunks c
    SET outcome = g.outcome, value = g.value, error = g.error, fence = g.fence, tries = COALESCE(g.tries, g.tried),
        ended_at = CASE WHEN g.outcome IS NOT NULL THEN :now::bigint END
    FROM gone g, LATERAL (
        SELECT ctid AS place FROM chunks WHERE job_id = g.job_id AND part = g.part OFFSET 0) found
    WHERE c.ctid = found.place
)
SELECT job_id, part, fence, fail_fast, capped FROM gone;

-- name: count_chunks
-- The body hears of ended chunks, all of a batch at once: two commits that each end a chunk queue here on the body's row, and
-- the one that takes open_chunks to 0 wakes it, exactly once. Gives (id, fence, open_chunks, cancel_requested, leased).
UPDATE tasks t
SET open_chunks = t.open_chunks - r.ended, processed_chunks = COALESCE(t.processed_chunks, 0) + r.succeeded,
    failed_chunks = CASE WHEN r.failed IS NULL THEN t.failed_chunks
                         ELSE (COALESCE(t.failed_chunks, '[]')::jsonb || r.failed::jsonb)::text END,
    percent = GREATEST(t.percent, floor(t.fan_from + (t.fan_to - t.fan_from) * LEAST(1.0,
        (COALESCE(t.processed_chunks, 0) + r.succeeded - t.fan_ended
         + jsonb_array_length(COALESCE(t.failed_chunks, '[]')::jsonb || COALESCE(r.failed, '[]')::jsonb))::float8
        / GREATEST(t.fan_total, 1)))::bigint),
    ready = t.ready OR (t.open_chunks - r.ended = 0 AND t.worker IS NULL AND NOT t.cancel_requested),
    due_at = CASE WHEN t.open_chunks - r.ended = 0 AND t.worker IS NULL THEN NULL ELSE t.due_at END,
    version = t.version + 1
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, ended bigint, succeeded bigint, failed text),
    LATERAL (SELECT ctid AS place FROM tasks WHERE job_id = r.id AND part = r.part FOR UPDATE) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.fence, t.open_chunks, t.cancel_requested, t.worker IS NOT NULL;

-- name: next_chunks
-- As many held-back chunks may start as capped ones have ended.
UPDATE tasks t SET ready = TRUE
FROM json_to_recordset(:rows::json) AS r(id uuid, n bigint), LATERAL (
    SELECT ctid AS place FROM tasks
    WHERE job_id = r.id AND part > 0 AND NOT ready AND worker IS NULL AND due_at IS NULL AND capped
    ORDER BY part LIMIT r.n FOR UPDATE) found
WHERE t.ctid = found.place;

-- name: drop_idle_chunks
-- Their fences stay, in case they are made again.
UPDATE chunks c SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND t.worker IS NULL AND c.job_id = t.job_id AND c.part = t.part;
DELETE FROM tasks WHERE job_id = :id AND part > 0 AND worker IS NULL;

-- name: flag_chunks
UPDATE tasks SET cancel_requested = TRUE WHERE job_id = :id AND part > 0 AND worker IS NOT NULL;

-- name: close_chunks
-- The body's count after chunks were dropped: what is left is running. When nothing is, a body that waits is woken.
UPDATE tasks
SET open_chunks = :left::bigint, ready = ready OR (:left::bigint = 0 AND worker IS NULL AND NOT cancel_requested),
    due_at = CASE WHEN :left::bigint = 0 AND worker IS NULL THEN NULL ELSE due_at END
WHERE job_id = :id AND part = 0;

-- name: drop_chunks
-- As `drop_idle_chunks`.
UPDATE chunks c SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND c.job_id = t.job_id AND c.part = t.part;
DELETE FROM tasks WHERE job_id = :id AND part > 0;

-- name: hold_cancelled
-- The handler has stopped, its chunks have not: the body waits for the last of them, under its cancel.
UPDATE tasks SET worker = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL, ready = FALSE, due_at = NULL,
       open_chunks = :left, cancel_requested = TRUE, version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL;

-- name: reset_chunks
-- Failed chunks may be tried again: these, or all (:parts NULL). Steps that came after the chunks saw their failure.
DELETE FROM checkpoints
WHERE job_id = :id AND started_at >= (SELECT max(ended_at) FROM chunks WHERE job_id = :id)
  AND EXISTS (SELECT 1 FROM chunks WHERE job_id = :id AND outcome = {FAILED});
UPDATE chunks SET outcome = NULL, error = NULL, tries = 0, ended_at = NULL
WHERE job_id = :id AND outcome = {FAILED}
  AND (:parts::text IS NULL OR part IN (SELECT value::bigint FROM json_array_elements_text(:parts::json) AS e(value)));

-- name: chunks_of
SELECT c.part, c.name, c.key, c.input_hash, c.outcome, c.error, c.value, COALESCE(t.tries, c.tries), t.worker IS NOT NULL
FROM chunks c LEFT JOIN LATERAL (
    SELECT tries, worker FROM tasks WHERE job_id = c.job_id AND part = c.part OFFSET 0) t ON TRUE
WHERE c.job_id = :id ORDER BY c.part;

-- name: held
-- Which of these (id, part, fence) are still under that very lease.
SELECT t.job_id, t.part, t.fence FROM tasks t
JOIN json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint)
  ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence
WHERE t.worker IS NOT NULL;

-- name: checkpoints_of
SELECT name, key, input_hash, input, value, started_at, ended_at FROM checkpoints
WHERE job_id = :id AND starts_with(key, :prefix) ORDER BY ended_at;

-- name: open_call
INSERT INTO calls (job_id, step, key, n, request_hash, provider, model, cost_micros, fence, started_at, round)
SELECT r.id, r.step, r.key, r.n, r.request_hash, r.provider, r.model, r.cost_micros, r.fence, :now, held.round
FROM json_to_recordset(:rows::json) AS r(
    id uuid, part bigint, fence bigint, step text, key text, n bigint, request_hash text, provider text, model text,
    cost_micros bigint)
CROSS JOIN LATERAL (
    SELECT round FROM tasks WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL FOR UPDATE
) held
ON CONFLICT DO NOTHING;

-- name: settle_call
-- Fenced by the call's own row only: a late worker may settle what it paid for.
UPDATE calls c
SET settled_at = :now, outcome = r.outcome, answer = r.answer, error = r.error, input_tokens = r.input_tokens,
    output_tokens = r.output_tokens, cost_micros = r.cost_micros, shares = r.shares
FROM json_to_recordset(:rows::json) AS r(
    id uuid, step text, key text, n bigint, fence bigint, outcome text, answer text, error text, input_tokens bigint,
    output_tokens bigint, cost_micros bigint, shares bigint)
WHERE c.job_id = r.id AND c.step = r.step AND c.key = r.key AND c.n = r.n AND c.fence = r.fence
  AND c.settled_at IS NULL;

-- name: calls_of
SELECT step, key, n, request_hash, provider, model, started_at, settled_at, outcome, answer, error, input_tokens,
       output_tokens, cost_micros, shares, round, round < (SELECT fresh_round FROM jobs WHERE id = :id)
FROM calls WHERE job_id = :id ORDER BY started_at, step, key, n;

-- name: add_log
-- :repeat says that this batch may have been written before: then the same line at the same moment is not a new one.
INSERT INTO log_lines (job_id, n, at, text)
SELECT r.id, COALESCE((SELECT max(n) FROM log_lines l WHERE l.job_id = r.id), 0)
           + row_number() OVER (PARTITION BY r.id ORDER BY r.ord), r.at, r.text
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint, ord bigint, at bigint, text text)
CROSS JOIN LATERAL (
    SELECT 1 FROM tasks WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL FOR UPDATE
) held
WHERE NOT (:repeat::boolean AND EXISTS (
    SELECT 1 FROM log_lines l WHERE l.job_id = r.id AND l.at = r.at AND l.text = r.text));

-- name: log_of
SELECT n, at, text FROM log_lines WHERE job_id = :id AND n > :after ORDER BY n LIMIT :n;

-- name: _renewed
UPDATE tasks t SET lease_until = :now + :lease_ms::bigint
FROM json_to_recordset(:rows::json) AS r(id uuid, part bigint, fence bigint),
    LATERAL (
        SELECT ctid AS place FROM tasks
        WHERE job_id = r.id AND part = r.part AND fence = r.fence AND worker || '' = :worker

-- name: heartbeat
-- Extends what the worker says it holds, and tells it what it still holds and whether it was asked to stop. What someone is writing
-- just now is passed by: to wait for it while holding others would be a deadlock.
{_renewed}
        FOR UPDATE SKIP LOCKED) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.part, t.fence, t.cancel_requested;

-- name: heartbeat_again
-- The same for what was passed by.
{_renewed}
        FOR UPDATE) found
WHERE t.ctid = found.place
RETURNING t.job_id, t.part, t.fence, t.cancel_requested;

-- name: cancels
SELECT job_id, part, fence FROM tasks WHERE worker = :worker AND cancel_requested;

-- name: promote
UPDATE tasks SET ready = TRUE, due_at = NULL
WHERE due_at <= :now AND NOT ready AND worker IS NULL;

-- name: next_due
SELECT min(due_at) FROM tasks WHERE due_at IS NOT NULL;

-- name: overdue
-- Waiting or ready tasks whose job's deadline has passed; running ones are ended by their own worker. Only bodies have a
-- deadline; to say so (part = 0) would lead the planner along the key, through all tasks.
SELECT job_id, part, fence, cancel_requested, FALSE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready
FROM tasks WHERE deadline_at <= :now AND worker IS NULL
ORDER BY deadline_at LIMIT :n FOR UPDATE SKIP LOCKED;

-- name: expired
-- Walks the leased tasks only, which are as few as the cluster has slots. In the order of their index: in that of the key
-- the planner would walk all tasks.
SELECT job_id, part, fence, cancel_requested, TRUE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready,
       worker, claimed_at, lease_until
FROM tasks WHERE worker IS NOT NULL AND lease_until < :now
ORDER BY worker LIMIT :n FOR UPDATE SKIP LOCKED;

-- name: up_since
-- When the server started: leases from before it ran out because the store was away.
SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint;

-- name: cancel_flag
UPDATE tasks SET cancel_requested = TRUE, cancelled_by = :by, version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND NOT cancel_requested;

-- name: job_row
-- One job as decisions see it, locked.
SELECT j.status, j.finished_at IS NOT NULL, j.fence, j.failed_chunks, t.fence, t.cancel_requested, t.ready,
       t.worker IS NOT NULL, t.started_at IS NOT NULL, t.tries, t.max_attempts, t.deaths, t.suspect
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.id = :id AND (:owner::text IS NULL OR j.owner = :owner)
FOR UPDATE OF j;

-- name: lock_task
SELECT fence FROM tasks WHERE job_id = :id AND part = 0 FOR UPDATE;

-- name: retry
-- A new round: the task is made again from what the job's row kept, so that fence and version go on rising.
INSERT INTO attempts (job_id, part, fence, attempt, worker, started_at, ended_at, outcome, error)
SELECT id, 0, fence, tries + 1, worker, started_at, finished_at, {SUCCEEDED}, NULL
FROM jobs WHERE id = :id AND status = {COMPLETED}
ON CONFLICT DO NOTHING;
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, fence, version, round)
SELECT id, 0, kind, owner, queue, priority, :vt, :now, max_attempts, TRUE, fence, version + 1, round + 1
FROM jobs WHERE id = :id AND status = :status;
UPDATE jobs
SET status = {PENDING}, result = NULL, error = NULL, started_at = NULL, finished_at = NULL, worker = NULL, percent = 0,
    step = NULL, tries = 0, total_chunks = NULL, processed_chunks = NULL, failed_chunks = NULL, cancelled_by = NULL,
    scheduled_at = NULL, deadline_at = NULL, round = round + 1, reserved = NULL
WHERE id = :id AND status = :status;

-- name: forget_steps
-- All anew from the coming round on: calls stay as the record of what was asked and paid, and no fence is given out twice.
UPDATE jobs SET fresh_round = round + 1, chunk_fence = GREATEST(chunk_fence, COALESCE(
    (SELECT max(fence) FROM chunks WHERE job_id = :id), 0))
WHERE id = :id;
DELETE FROM edits WHERE job_id = :id;
DELETE FROM checkpoints WHERE job_id = :id;
DELETE FROM chunks WHERE job_id = :id;

-- name: delete_job
DELETE FROM file_blocks WHERE file_id IN (SELECT id FROM files WHERE job_id = :id);
DELETE FROM files WHERE job_id = :id;
DELETE FROM shares WHERE job_id = :id;
DELETE FROM edits WHERE job_id = :id;
DELETE FROM log_lines WHERE job_id = :id;
DELETE FROM calls WHERE job_id = :id;
DELETE FROM checkpoints WHERE job_id = :id;
DELETE FROM chunks WHERE job_id = :id;
DELETE FROM attempts WHERE job_id = :id;
DELETE FROM jobs WHERE id = :id AND finished_at IS NOT NULL;

-- name: prunable
-- Ids are UUIDv7, so that old jobs lie together at the start of the key.
SELECT id FROM jobs WHERE id < :before AND finished_at < :cutoff ORDER BY id LIMIT :n;

-- name: prunable_count
SELECT count(*) FROM jobs WHERE id < :before AND finished_at < :cutoff;

-- name: loose_files
SELECT id FROM files WHERE job_id IS NULL AND created_at < :cutoff LIMIT :n;

-- name: _status
-- Until the end the cold row knows nothing of it.
CASE WHEN t.job_id IS NULL THEN j.status WHEN t.started_at IS NULL THEN {PENDING} ELSE {PROCESSING} END

-- name: _snapshot
-- The columns of `rows.Snapshot`, in its order.
j.id, j.kind, j.owner,
{_status},
COALESCE(t.percent, j.percent), COALESCE(t.step, j.step), COALESCE(t.total_chunks, j.total_chunks),
COALESCE(t.processed_chunks, j.processed_chunks), COALESCE(t.failed_chunks, j.failed_chunks),
COALESCE(t.cancel_requested, FALSE), COALESCE(t.tries, j.tries), j.max_attempts, COALESCE(t.version, j.version),
j.error, j.created_at, j.scheduled_at, COALESCE(t.started_at, j.started_at), j.finished_at, j.cancelled_by,
j.credits, COALESCE(t.worker IS NOT NULL, FALSE), COALESCE(t.ready, FALSE), j.queue,
j.reserved

-- name: snapshot
-- The cold row and the hot one in one statement, so that no reader sees a job between the two.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.id = :id AND (:owner::text IS NULL OR j.owner = :owner);

-- name: snapshots
SELECT {_snapshot}
FROM json_array_elements_text(:ids::json) AS w(id)
JOIN jobs j ON j.id = w.id::uuid
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner::text IS NULL OR j.owner = :owner);

-- name: versions
SELECT j.id, COALESCE(t.version, j.version)
FROM json_array_elements_text(:ids::json) AS w(id)
JOIN jobs j ON j.id = w.id::uuid
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0;

-- name: list_jobs
-- Newest first along (owner, id); :status filters what the two rows say together.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.owner = :owner AND (:before::text IS NULL OR j.id < :before::uuid)
  AND (:kind::text IS NULL OR j.kind = :kind)
  AND (:status::text IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: list_all_jobs
-- The same for operators: along the key.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:before::text IS NULL OR j.id < :before::uuid)
  AND (:kind::text IS NULL OR j.kind = :kind)
  AND (:status::text IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: front_of_queue
SELECT job_id FROM tasks WHERE queue = :queue AND ready
ORDER BY priority DESC, vt, job_id, part LIMIT :n;

-- name: result
SELECT result FROM jobs WHERE id = :id AND (:owner::text IS NULL OR owner = :owner);

-- name: input
SELECT input FROM jobs WHERE id = :id AND (:owner::text IS NULL OR owner = :owner);

-- name: owner_of
SELECT owner FROM jobs WHERE id = :id AND (:owner::text IS NULL OR owner = :owner);

-- name: attempts_of
-- The kept attempts, the one under way, and the first-try success, which only the job's row tells.
SELECT part, fence, attempt, worker, started_at, ended_at, outcome, error FROM attempts WHERE job_id = :id
UNION ALL
SELECT part, fence, tries + 1, worker, claimed_at, NULL::bigint, NULL::text, NULL::text
FROM tasks WHERE job_id = :id AND worker IS NOT NULL
UNION ALL
SELECT 0, fence, tries + 1, worker, started_at, finished_at, {SUCCEEDED}, NULL
FROM jobs WHERE id = :id AND status = {COMPLETED} AND fence = 1
ORDER BY 1, 2;

-- name: worker_seen
INSERT INTO workers (id, host, pid, version, queues, concurrency, state, started_at, heartbeat_at, memory_mb, running, runs)
VALUES (:id, :host, :pid, :version, :queues, :concurrency, :state, :now, :now, :memory_mb, :running, :runs)
ON CONFLICT (id) DO UPDATE
SET host = excluded.host, pid = excluded.pid, version = excluded.version, queues = excluded.queues,
    concurrency = excluded.concurrency, state = excluded.state, heartbeat_at = excluded.heartbeat_at,
    memory_mb = excluded.memory_mb, running = excluded.running, runs = excluded.runs,
    started_at = CASE WHEN workers.pid = excluded.pid AND workers.state <> 'stopped' THEN workers.started_at
                      ELSE excluded.started_at END;

-- name: workers
SELECT id, host, pid, version, queues, concurrency, state, started_at, heartbeat_at, memory_mb, running, runs
FROM workers ORDER BY id;

-- name: forget_workers
DELETE FROM workers WHERE heartbeat_at < :cutoff;

-- name: stats
SELECT j.kind,
       {_status},
       count(*), avg(j.finished_at - j.started_at)::float8 / 1000
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner::text IS NULL OR j.owner = :owner)
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: depth
SELECT count(*) FILTER (WHERE ready), count(*) FILTER (WHERE NOT ready AND worker IS NULL),
       count(*) FILTER (WHERE worker IS NOT NULL), min(made_at) FILTER (WHERE ready)
FROM tasks;

-- name: failed_since
SELECT count(*) FROM jobs WHERE id > :after AND status = {FAILED} AND finished_at >= :since;

-- name: typical_ms
-- The usual running time of a kind: the median of its latest completed jobs.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::bigint FROM (
    SELECT finished_at - started_at AS ms FROM jobs
    WHERE kind = :kind AND status = {COMPLETED} AND id > :after ORDER BY id DESC LIMIT 50) latest;

-- name: add_file
INSERT INTO files (id, owner, name, filename, content_type, created_at)
VALUES (:id, :owner, :name, :filename, :content_type, :now) ON CONFLICT DO NOTHING;

-- name: add_block
INSERT INTO file_blocks (file_id, n, data) VALUES (:id, :n, :data)
ON CONFLICT (file_id, n) DO UPDATE SET data = excluded.data;

-- name: finish_file
UPDATE files SET size = :size, sha256 = :sha256, content_type = COALESCE(:content_type, content_type) WHERE id = :id AND job_id IS NULL;

-- name: drop_file
DELETE FROM file_blocks WHERE file_id = :id;
DELETE FROM files WHERE id = :id;

-- name: files_of
SELECT id, name, filename, content_type, size, sha256 FROM files WHERE job_id = :id ORDER BY name, id;

-- name: block
SELECT data FROM file_blocks WHERE file_id = :id AND n = :n;

-- name: audit_1_terminal
SELECT id FROM jobs WHERE (status = {PENDING}) <> (finished_at IS NULL) LIMIT 100;

-- name: audit_3_body
SELECT j.id FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.finished_at IS NULL AND t.job_id IS NULL LIMIT 100;

-- name: audit_3_leftover
SELECT t.job_id FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE j.finished_at IS NOT NULL LIMIT 100;

-- name: audit_3_orphan
SELECT t.job_id FROM tasks t LEFT JOIN jobs j ON j.id = t.job_id WHERE j.id IS NULL LIMIT 100;

-- name: audit_3_lease
SELECT job_id FROM tasks
WHERE worker IS NOT NULL AND (fence = 0 OR lease_until IS NULL OR claimed_at IS NULL OR started_at IS NULL OR ready)
LIMIT 100;

-- name: audit_3_wake
SELECT t.job_id FROM tasks t
WHERE t.worker IS NULL AND NOT t.ready AND t.due_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM tasks c WHERE c.job_id = t.job_id AND c.part > 0 AND (c.ready OR c.worker IS NOT NULL
                                                                                      OR c.due_at IS NOT NULL))
LIMIT 100;

-- name: audit_4_fence
SELECT a.job_id FROM attempts a JOIN jobs j ON j.id = a.job_id
LEFT JOIN tasks t ON t.job_id = a.job_id AND t.part = a.part
WHERE a.part = 0 AND a.fence > COALESCE(t.fence, j.fence)
UNION ALL
SELECT c.job_id FROM checkpoints c JOIN jobs j ON j.id = c.job_id
LEFT JOIN tasks t ON t.job_id = c.job_id AND t.part = 0
WHERE c.fence > COALESCE(t.fence, j.fence)
LIMIT 100;

-- name: audit_6_chunks
SELECT x.job_id FROM (
    SELECT id AS job_id, total_chunks, processed_chunks, failed_chunks, 0 AS open_chunks FROM jobs WHERE finished_at IS NOT NULL
    UNION ALL
    SELECT job_id, total_chunks, processed_chunks, failed_chunks, open_chunks FROM tasks WHERE part = 0
) x
WHERE x.processed_chunks > x.total_chunks OR EXISTS (SELECT 1 FROM chunks c WHERE c.job_id = x.job_id) AND (
    x.processed_chunks <> (SELECT count(*) FROM chunks c
                           WHERE c.job_id = x.job_id AND c.outcome = {SUCCEEDED})
    OR jsonb_array_length(COALESCE(x.failed_chunks, '[]')::jsonb) <> (
        SELECT count(*) FROM chunks c WHERE c.job_id = x.job_id AND c.outcome = {FAILED})
    OR x.open_chunks <> (SELECT count(*) FROM tasks o WHERE o.job_id = x.job_id AND o.part > 0))
LIMIT 100;

-- name: audit_8_key
SELECT min(idempotency_key) FROM jobs WHERE idempotency_key IS NOT NULL
GROUP BY owner, idempotency_key HAVING count(*) > 1
LIMIT 100;

-- name: audit_10_percent
SELECT id FROM jobs WHERE percent NOT BETWEEN 0 AND 100
UNION ALL
SELECT job_id FROM tasks WHERE percent NOT BETWEEN 0 AND 100
LIMIT 100;
