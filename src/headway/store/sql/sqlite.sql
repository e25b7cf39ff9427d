-- The queries of the store on SQLite: the same names, parameters and columns as `postgres.sql`. Rows come in as one JSON
-- document (:rows), and out of the hot statements too (`packed`): each is a single step of the engine, so that the writer thread
-- gives up the interpreter once per batch and not once per row. There is one writer at a time, hence no row locks.

-- name: now
-- The host's clock, which all processes on one SQLite file share.
SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER);

-- name: _take_turns
INSERT INTO turns (queue, owner, vt, taken)
SELECT r.value->>'queue', r.value->>'owner', r.value->>'n' + COALESCE(
    (SELECT t.vt FROM tasks t WHERE t.queue = r.value->>'queue' AND t.ready ORDER BY t.priority DESC, t.vt LIMIT 1),
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.value->>'queue'), 0), r.value->>'n'
FROM json_each(:turns) AS r WHERE TRUE
ON CONFLICT (queue, owner) DO UPDATE SET vt = max(vt + excluded.taken, excluded.vt), taken = excluded.taken

-- name: take_turns
-- Places in line for n tasks of each (queue, owner), one behind the other; gives the place behind the last of them.
{_take_turns}
RETURNING queue, owner, vt;

-- name: peek_turns
-- The same without taking them; only PostgreSQL submits inside a caller's own transaction.
SELECT r.value->>'queue', r.value->>'owner', r.value->>'n' + COALESCE(
    (SELECT max(o.vt) FROM turns o WHERE o.queue = r.value->>'queue'), 0)
FROM json_each(:turns) AS r;

-- name: _made
INSERT INTO jobs (id, owner, kind, queue, priority, max_attempts, input, created_at, scheduled_at, deadline_at,
                  idempotency_key, request_hash)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, :now, value->>7, value->>8,
       value->>9, value->>10
FROM json_each(:rows) WHERE TRUE
ON CONFLICT DO NOTHING

-- name: _lined_up
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, due_at, deadline_at)
SELECT j.id, 0, j.kind, j.owner, j.queue, j.priority,
       l.vt + row_number() OVER (PARTITION BY j.queue, j.owner ORDER BY j.id) - 1, :now, j.max_attempts,
       COALESCE(j.scheduled_at, 0) <= :now, CASE WHEN j.scheduled_at > :now THEN j.scheduled_at END, j.deadline_at
FROM json_each(:rows) r CROSS JOIN jobs j ON j.id = r.value->>0 AND j.finished_at IS NULL
CROSS JOIN l ON l.queue = j.queue AND l.owner = j.owner
WHERE TRUE
ON CONFLICT DO NOTHING

-- name: submit
-- Repeatable: a job that is there already is left alone, and a body task is made only for a job that has never ended.
-- The caller compares the count with what it sent and looks up the rest by `submitted`. :turns says how many places in line each
-- (queue, owner) takes.
{_take_turns};
{_made};
WITH l AS NOT MATERIALIZED (SELECT queue, owner, vt - taken AS vt FROM turns)
{_lined_up};

-- name: submit_at
-- The same with places that were found before: :turns says where those of each (queue, owner) begin.
{_made};
WITH l AS MATERIALIZED (
    SELECT value->>'queue' AS queue, value->>'owner' AS owner, value->>'vt' AS vt FROM json_each(:turns))
{_lined_up};

-- name: submitted
-- What became of these submissions: by id, or by (owner, key) when the key had been used before.
WITH r AS MATERIALIZED (
    SELECT value->>'id' AS id, value->>'owner' AS owner, value->>'idempotency_key' AS idempotency_key
    FROM json_each(:rows)
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
    FROM json_each(:rows)) AS r
WHERE f.id = r.file AND f.owner = r.owner AND f.job_id IS NULL AND EXISTS (SELECT 1 FROM jobs j WHERE j.id = r.id);

-- name: _work
-- The input of a body, or `[step, key, arguments]` of a chunk.
CASE WHEN tasks.part = 0 THEN (SELECT input FROM jobs WHERE id = tasks.job_id) ELSE (
    SELECT json_array(c.name, c.key, json(c.input)) FROM chunks c
    WHERE c.job_id = tasks.job_id AND c.part = tasks.part) END

-- name: _claimed
-- Columns in the order of `intents.Claimed`.
json_group_array(json_array(
    job_id, part, fence, kind, owner, {_work}, tries, max_attempts, deaths, suspect, percent, claimed_at, deadline_at,
    ran_ms, priority, vt, total_chunks IS NOT NULL, reserved))

-- name: claim
UPDATE tasks
SET ready = FALSE, worker = :worker, claim_id = :claim_id, claimed_at = :now, lease_until = :now + :lease_ms,
    fence = fence + 1, started_at = COALESCE(started_at, :now), version = version + 1, due_at = NULL
WHERE (job_id, part) IN (
    SELECT job_id, part FROM tasks
    WHERE queue = :queue AND ready
    ORDER BY priority DESC, vt, job_id, part
    LIMIT :n);
SELECT {_claimed} FROM tasks WHERE worker = :worker AND claim_id = :claim_id AND queue = :queue;

-- name: claimed
-- What a claim whose reply was lost had taken.
SELECT {_claimed} FROM tasks WHERE worker = :worker AND claim_id = :claim_id;

-- name: end
-- The end of jobs in one step: the job's row takes over what its body task knew, and the task leaves. Fenced, and guarded
-- by the cancel flag and the lease that the decision was made on: a retry's task begins under the fence that ended the
-- round before, and a late end of that round must not end this one. The caller compares the count with what it sent and asks
-- `ended_now` about the rest. Jobs with a reserve (:paid) end by themselves. CROSS JOIN pins the order: rows first, then keys.
WITH r AS MATERIALIZED (
    SELECT value->>0 AS id, value->>1 AS fence, value->>2 AS cancel, value->>3 AS leased, value->>4 AS status,
           value->>5 AS result, value->>6 AS error, value->>7 AS tries, value->>8 AS percent, value->>9 AS who
    FROM json_each(:rows)
)
UPDATE jobs
SET status = g.status, result = g.result, error = g.error, started_at = g.started_at, finished_at = :now,
    worker = g.worker, fence = g.fence, version = g.version + 1, percent = g.percent, step = g.step, tries = g.tries,
    total_chunks = g.total_chunks, processed_chunks = g.processed_chunks, failed_chunks = g.failed_chunks,
    cancelled_by = g.cancelled_by
FROM (
    SELECT r.id, r.status, r.result, r.error, t.started_at, t.worker, t.fence, t.version,
           COALESCE(r.percent, t.percent) AS percent, t.step, COALESCE(r.tries, t.tries) AS tries, t.total_chunks,
           t.processed_chunks, t.failed_chunks, COALESCE(t.cancelled_by, r.who) AS cancelled_by
    FROM r CROSS JOIN tasks t ON t.job_id = r.id AND t.part = 0 AND t.fence = r.fence AND t.cancel_requested = r.cancel
      AND (t.worker IS NOT NULL) = r.leased AND (t.reserved IS NOT NULL) = :paid
) AS g
WHERE jobs.id = g.id;
DELETE FROM tasks WHERE (job_id, part) IN (
    SELECT t.job_id, t.part FROM json_each(:rows) AS r CROSS JOIN tasks t
      ON t.job_id = r.value->>0 AND t.part = 0 AND t.fence = r.value->>1
         AND t.cancel_requested = r.value->>2 AND (t.worker IS NOT NULL) = r.value->>3
         AND (t.reserved IS NOT NULL) = :paid);

-- name: ended_now
-- Which of these ends `end` has written in this transaction, as (id, part, fence).
SELECT j.id, 0, j.fence
FROM json_each(:rows) r CROSS JOIN jobs j ON j.id = r.value->>0 AND j.fence = r.value->>1
WHERE j.finished_at = :now AND j.status = r.value->>4;

-- name: release
-- A claim ends and the job goes on: ready again, or waiting for its time. Gives the (id, part, fence) that it released.
UPDATE tasks AS t
SET worker = NULL, claim_id = NULL, claimed_at = NULL, lease_until = NULL,
    ready = r.ready OR (r.parked AND t.open_chunks = 0),
    due_at = CASE WHEN r.parked AND t.open_chunks = 0 THEN NULL ELSE r.due_at END,
    tries = COALESCE(r.tries, t.tries), deaths = COALESCE(r.deaths, t.deaths), suspect = COALESCE(r.suspect, t.suspect),
    ran_ms = COALESCE(r.ran_ms, t.ran_ms), version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'cancel' AS cancel,
        value->>'ready' AS ready, value->>'parked' AS parked, value->>'due_at' AS due_at, value->>'tries' AS tries,
        value->>'deaths' AS deaths, value->>'suspect' AS suspect, value->>'ran_ms' AS ran_ms
    FROM json_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.cancel_requested = r.cancel
  AND t.worker IS NOT NULL
RETURNING job_id, part, fence, ready;

-- name: standing
-- How the tasks of these (id, part) stand now: for decisions that are made again after a miss.
SELECT t.job_id, t.part, t.fence, t.cancel_requested, t.worker IS NOT NULL, t.tries, t.max_attempts, t.deaths,
       t.suspect, t.started_at IS NOT NULL, t.ready
FROM (SELECT value->>'id' AS id, value->>'part' AS part FROM json_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part;

-- name: ended
-- How these claims ended, if they did: to tell a lost reply from a lost lease. A first-try success is the job's own row.
WITH r AS MATERIALIZED (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence FROM json_each(:rows)
)
SELECT a.job_id, a.part, a.fence, a.outcome
FROM r CROSS JOIN attempts a ON a.job_id = r.id AND a.part = r.part AND a.fence = r.fence
UNION ALL
SELECT j.id, 0, j.fence, {SUCCEEDED}
FROM r CROSS JOIN jobs j ON j.id = r.id AND r.part = 0 AND j.fence = r.fence AND j.status = {COMPLETED}
UNION ALL
SELECT c.job_id, c.part, c.fence, c.outcome
FROM r CROSS JOIN chunks c ON c.job_id = r.id AND c.part = r.part AND c.fence = r.fence AND c.outcome IS NOT NULL;

-- name: add_attempts
INSERT INTO attempts (job_id, part, fence, attempt, worker, started_at, ended_at, outcome, error)
SELECT r.id, r.part, r.fence, r.attempt, r.worker, r.started_at, :now, r.outcome, r.error
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'attempt' AS attempt,
        value->>'worker' AS worker, value->>'started_at' AS started_at, value->>'outcome' AS outcome,
        value->>'error' AS error
    FROM json_each(:rows)) AS r
WHERE TRUE
ON CONFLICT DO NOTHING;

-- name: progress
-- Only what a person would see changed: an attempt that starts anew passes places where the one before it has been.
UPDATE tasks AS t
SET percent = max(t.percent, r.percent), step = COALESCE(r.step, t.step), version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'percent' AS percent,
        value->>'step' AS step
    FROM json_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
  AND (r.percent > t.percent OR r.step <> COALESCE(t.step, ''));

-- name: checkpoint
-- Fenced by its task, and never overwritten: what a step once returned stays.
UPDATE tasks SET deaths = 0, suspect = FALSE
WHERE deaths > 0 AND worker IS NOT NULL AND (job_id, part, fence) IN (
    SELECT value->>'id', value->>'part', value->>'fence' FROM json_each(:rows));
INSERT INTO checkpoints (job_id, name, key, input_hash, input, value, fence, started_at, ended_at)
SELECT r.value->>'id', r.value->>'name', r.value->>'key', r.value->>'input_hash', r.value->>'input', r.value->>'value',
       r.value->>'fence', r.value->>'started_at', :now
FROM json_each(:rows) AS r CROSS JOIN tasks t
  ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence' AND t.worker IS NOT NULL
WHERE TRUE
ON CONFLICT (job_id, name, key) DO NOTHING;

-- name: fan_out
-- The chunks' cold rows, and a task for each that has not ended; both repeatable. Fenced by the body's task. A task that is
-- made again takes up the fence where the one before it left it.
INSERT INTO chunks (job_id, name, key, part, input_hash, input, made_at, fence)
SELECT b.job_id, :name, r.value->>'key', r.value->>'part', r.value->>'input_hash', r.value->>'input', :now,
       (SELECT chunk_fence FROM jobs WHERE id = b.job_id)
FROM tasks b CROSS JOIN json_each(:rows) AS r
WHERE b.job_id = :id AND b.part = 0 AND b.fence = :fence AND b.worker IS NOT NULL
ON CONFLICT DO NOTHING;
INSERT INTO tasks (job_id, part, kind, owner, queue, priority, vt, made_at, max_attempts, ready, fence, tries, fail_fast, capped,
                   reserved, round)
SELECT b.job_id, c.part, b.kind, b.owner, b.queue, b.priority, :vt + row_number() OVER (ORDER BY c.part) - 1, :now, :max_attempts, r.value->>'ready', c.fence, 0,
       :fail_fast, :capped, b.reserved, b.round
FROM tasks b CROSS JOIN json_each(:rows) AS r CROSS JOIN chunks c
  ON c.job_id = :id AND c.part = r.value->>'part' AND c.outcome IS NULL
WHERE b.job_id = :id AND b.part = 0 AND b.fence = :fence AND b.worker IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: body_line
-- The line that a body stands in, while it is under this very lease.
SELECT queue, owner FROM tasks WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL;

-- name: job_line
SELECT queue, owner FROM jobs WHERE id = :id;

-- name: forget_turns
-- Whoever stands before the front is as if he had never been there.
DELETE FROM turns WHERE vt < (
    SELECT t.vt FROM tasks t WHERE t.queue = turns.queue AND t.ready ORDER BY t.priority DESC, t.vt LIMIT 1);

-- name: fan_in
-- What the body knows of its chunks, counted anew; `fan_…` of the fan-out that begins.
UPDATE tasks
SET open_chunks = (SELECT count(*) FROM tasks o WHERE o.job_id = :id AND o.part > 0),
    total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT CASE WHEN count(*) > 0 THEN json_group_array(c.part) END FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED}),
    fan_from = :fan_from, fan_to = :fan_to, fan_total = :fan_total,
    fan_ended = (SELECT count(*) FROM chunks c
                 WHERE c.job_id = :id AND c.name <> :name AND c.outcome IS NOT NULL),
    version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND worker IS NOT NULL;

-- name: recount_chunks
-- A new round starts from what is recorded.
UPDATE tasks
SET total_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id),
    processed_chunks = (SELECT count(*) FROM chunks c WHERE c.job_id = :id AND c.outcome = {SUCCEEDED}),
    failed_chunks = (SELECT CASE WHEN count(*) > 0 THEN json_group_array(c.part) END FROM chunks c
                     WHERE c.job_id = :id AND c.outcome = {FAILED})
WHERE job_id = :id AND part = 0 AND EXISTS (SELECT 1 FROM chunks c WHERE c.job_id = :id);

-- name: end_chunks
-- Chunks end: their cold rows are filled, their tasks leave. A cancelled chunk has no outcome: it may be run another time.
-- Gives (id, part, fence, fail_fast, capped) of what it ended.
UPDATE chunks
SET outcome = g.outcome, value = g.value, error = g.error, fence = g.fence, tries = g.tries,
    ended_at = CASE WHEN g.outcome IS NULL THEN NULL ELSE :now END
FROM (
    SELECT t.job_id, t.part, t.fence, COALESCE(r.value->>'tries', t.tries) AS tries, r.value->>'outcome' AS outcome,
           r.value->>'value' AS value, r.value->>'error' AS error
    FROM json_each(:rows) AS r CROSS JOIN tasks t
      ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence'
         AND t.cancel_requested = r.value->>'cancel' AND t.worker IS NOT NULL
) AS g
WHERE chunks.job_id = g.job_id AND chunks.part = g.part;
DELETE FROM tasks WHERE (job_id, part) IN (
    SELECT t.job_id, t.part FROM json_each(:rows) AS r CROSS JOIN tasks t
      ON t.job_id = r.value->>'id' AND t.part = r.value->>'part' AND t.fence = r.value->>'fence'
         AND t.cancel_requested = r.value->>'cancel' AND t.worker IS NOT NULL)
RETURNING job_id, part, fence, fail_fast, capped;

-- name: count_chunks
-- The body hears of ended chunks, all of a batch at once; the one that takes open_chunks to 0 wakes it, exactly once. Gives
-- (id, fence, open_chunks, cancel_requested, leased).
UPDATE tasks AS t
SET open_chunks = t.open_chunks - r.ended, processed_chunks = COALESCE(t.processed_chunks, 0) + r.succeeded,
    failed_chunks = CASE WHEN r.failed IS NULL THEN t.failed_chunks ELSE (
        SELECT json_group_array(value) FROM (
            SELECT value FROM json_each(COALESCE(t.failed_chunks, '[]')) UNION ALL SELECT value FROM json_each(r.failed))) END,
    percent = max(t.percent, CAST(t.fan_from + (t.fan_to - t.fan_from) * min(1.0,
        CAST(COALESCE(t.processed_chunks, 0) + r.succeeded - t.fan_ended + json_array_length(COALESCE(t.failed_chunks, '[]'))
             + json_array_length(COALESCE(r.failed, '[]')) AS REAL) / max(t.fan_total, 1)) AS INTEGER)),
    ready = t.ready OR (t.open_chunks - r.ended = 0 AND t.worker IS NULL AND NOT t.cancel_requested),
    due_at = CASE WHEN t.open_chunks - r.ended = 0 AND t.worker IS NULL THEN NULL ELSE t.due_at END,
    version = t.version + 1
FROM (
    SELECT value->>'id' AS id, value->>'ended' AS ended, value->>'succeeded' AS succeeded, value->>'failed' AS failed
    FROM json_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = 0
RETURNING job_id, fence, open_chunks, cancel_requested, worker IS NOT NULL;

-- name: next_chunks
-- As many held-back chunks may start as capped ones have ended.
UPDATE tasks SET ready = TRUE WHERE (job_id, part) IN (
    SELECT job_id, part FROM (
        SELECT t.job_id, t.part, r.value->>'n' AS n, row_number() OVER (PARTITION BY t.job_id ORDER BY t.part) AS place
        FROM json_each(:rows) AS r CROSS JOIN tasks t
          ON t.job_id = r.value->>'id' AND t.part > 0 AND NOT t.ready AND t.worker IS NULL AND t.due_at IS NULL AND t.capped)
    WHERE place <= n);

-- name: drop_idle_chunks
-- Their fences stay, in case they are made again.
UPDATE chunks SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND t.worker IS NULL AND chunks.job_id = t.job_id AND chunks.part = t.part;
DELETE FROM tasks WHERE job_id = :id AND part > 0 AND worker IS NULL;

-- name: flag_chunks
UPDATE tasks SET cancel_requested = TRUE WHERE job_id = :id AND part > 0 AND worker IS NOT NULL;

-- name: close_chunks
-- The body's count after chunks were dropped: what is left is running. When nothing is, a body that waits is woken.
UPDATE tasks
SET open_chunks = :left, ready = ready OR (:left = 0 AND worker IS NULL AND NOT cancel_requested),
    due_at = CASE WHEN :left = 0 AND worker IS NULL THEN NULL ELSE due_at END
WHERE job_id = :id AND part = 0;

-- name: drop_chunks
-- As `drop_idle_chunks`.
UPDATE chunks SET fence = t.fence
FROM tasks t WHERE t.job_id = :id AND t.part > 0 AND chunks.job_id = t.job_id AND chunks.part = t.part;
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
  AND (:parts IS NULL OR part IN (SELECT value FROM json_each(:parts)));

-- name: chunks_of
SELECT c.part, c.name, c.key, c.input_hash, c.outcome, c.error, c.value, COALESCE(t.tries, c.tries), t.worker IS NOT NULL
FROM chunks c LEFT JOIN tasks t ON t.job_id = c.job_id AND t.part = c.part
WHERE c.job_id = :id ORDER BY c.part;

-- name: held
-- Which of these (id, part, fence) are still under that very lease.
SELECT t.job_id, t.part, t.fence FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence
    FROM json_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence
WHERE t.worker IS NOT NULL;

-- name: checkpoints_of
SELECT name, key, input_hash, input, value, started_at, ended_at FROM checkpoints
WHERE job_id = :id AND substr(key, 1, length(:prefix)) = :prefix ORDER BY ended_at;

-- name: open_call
INSERT INTO calls (job_id, step, key, n, request_hash, provider, model, cost_micros, fence, started_at, round)
SELECT r.id, r.step, r.key, r.n, r.request_hash, r.provider, r.model, r.cost_micros, r.fence, :now, t.round
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'step' AS step,
        value->>'key' AS key, value->>'n' AS n, value->>'request_hash' AS request_hash,
        value->>'provider' AS provider, value->>'model' AS model, value->>'cost_micros' AS cost_micros
    FROM json_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
WHERE TRUE
ON CONFLICT DO NOTHING;

-- name: settle_call
-- Fenced by the call's own row only: a late worker may settle what it paid for.
UPDATE calls AS c
SET settled_at = :now, outcome = r.outcome, answer = r.answer, error = r.error, input_tokens = r.input_tokens,
    output_tokens = r.output_tokens, cost_micros = r.cost_micros, shares = r.shares
FROM (
    SELECT value->>'id' AS id, value->>'step' AS step, value->>'key' AS key, value->>'n' AS n,
        value->>'fence' AS fence, value->>'outcome' AS outcome, value->>'answer' AS answer,
        value->>'error' AS error, value->>'input_tokens' AS input_tokens,
        value->>'output_tokens' AS output_tokens, value->>'cost_micros' AS cost_micros, value->>'shares' AS shares
    FROM json_each(:rows)) AS r
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
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'ord' AS ord,
        value->>'at' AS at, value->>'text' AS text
    FROM json_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
WHERE NOT (:repeat AND EXISTS (
    SELECT 1 FROM log_lines l WHERE l.job_id = r.id AND l.at = r.at AND l.text = r.text));

-- name: log_of
SELECT n, at, text FROM log_lines WHERE job_id = :id AND n > :after ORDER BY n LIMIT :n;

-- name: _renewed
UPDATE tasks AS t SET lease_until = :now + :lease_ms
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence
    FROM json_each(:rows)) AS r
WHERE t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker = :worker
RETURNING job_id, part, fence, cancel_requested

-- name: heartbeat
-- Extends what the worker says it holds, and tells it what it still holds and whether it was asked to stop.
{_renewed};

-- name: heartbeat_again
-- Of the other dialect; here nothing is passed by.
{_renewed};

-- name: cancels
SELECT job_id, part, fence FROM tasks WHERE worker = :worker AND cancel_requested;

-- name: promote
UPDATE tasks SET ready = TRUE, due_at = NULL
WHERE due_at <= :now AND NOT ready AND worker IS NULL;

-- name: next_due
SELECT min(due_at) FROM tasks WHERE due_at IS NOT NULL;

-- name: overdue
-- Waiting or ready tasks whose job's deadline has passed; running ones are ended by their own worker. Only bodies have a
-- deadline.
SELECT job_id, part, fence, cancel_requested, FALSE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready
FROM tasks WHERE deadline_at <= :now AND worker IS NULL
ORDER BY deadline_at LIMIT :n;

-- name: expired
-- Walks the leased tasks only, which are as few as the cluster has slots.
SELECT job_id, part, fence, cancel_requested, TRUE, tries, max_attempts, deaths, suspect, started_at IS NOT NULL, ready,
       worker, claimed_at, lease_until
FROM tasks INDEXED BY tasks_leased WHERE worker IS NOT NULL AND lease_until < :now
LIMIT :n;

-- name: up_since
-- There is no server that could have been away.
SELECT 0;

-- name: cancel_flag
UPDATE tasks SET cancel_requested = TRUE, cancelled_by = :by, version = version + 1
WHERE job_id = :id AND part = 0 AND fence = :fence AND NOT cancel_requested;

-- name: job_row
-- One job as decisions see it.
SELECT j.status, j.finished_at IS NOT NULL, j.fence, j.failed_chunks, t.fence, t.cancel_requested, t.ready,
       t.worker IS NOT NULL, t.started_at IS NOT NULL, t.tries, t.max_attempts, t.deaths, t.suspect
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.id = :id AND (:owner IS NULL OR j.owner = :owner);

-- name: lock_task
SELECT fence FROM tasks WHERE job_id = :id AND part = 0;

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
UPDATE jobs SET fresh_round = round + 1, chunk_fence = max(chunk_fence, COALESCE(
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
WHERE j.id = :id AND (:owner IS NULL OR j.owner = :owner);

-- name: snapshots
SELECT {_snapshot}
FROM (SELECT value AS id FROM json_each(:ids)) AS w
CROSS JOIN jobs j ON j.id = w.id
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner IS NULL OR j.owner = :owner);

-- name: versions
SELECT j.id, COALESCE(t.version, j.version)
FROM (SELECT value AS id FROM json_each(:ids)) AS w
CROSS JOIN jobs j ON j.id = w.id
LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0;

-- name: list_jobs
-- Newest first along (owner, id); :status filters what the two rows say together.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE j.owner = :owner AND (:before IS NULL OR j.id < :before)
  AND (:kind IS NULL OR j.kind = :kind)
  AND (:status IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: list_all_jobs
-- The same for operators: along the key.
SELECT {_snapshot}
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:before IS NULL OR j.id < :before)
  AND (:kind IS NULL OR j.kind = :kind)
  AND (:status IS NULL OR :status =
       {_status})
ORDER BY j.id DESC LIMIT :n;

-- name: front_of_queue
SELECT job_id FROM tasks WHERE queue = :queue AND ready
ORDER BY priority DESC, vt, job_id, part LIMIT :n;

-- name: result
SELECT result FROM jobs WHERE id = :id AND (:owner IS NULL OR owner = :owner);

-- name: input
SELECT input FROM jobs WHERE id = :id AND (:owner IS NULL OR owner = :owner);

-- name: owner_of
SELECT owner FROM jobs WHERE id = :id AND (:owner IS NULL OR owner = :owner);

-- name: attempts_of
-- The kept attempts, the one under way, and the first-try success, which only the job's row tells.
SELECT part, fence, attempt, worker, started_at, ended_at, outcome, error FROM attempts WHERE job_id = :id
UNION ALL
SELECT part, fence, tries + 1, worker, claimed_at, NULL, NULL, NULL
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
       count(*), avg(j.finished_at - j.started_at) / 1000
FROM jobs j LEFT JOIN tasks t ON t.job_id = j.id AND t.part = 0
WHERE (:owner IS NULL OR j.owner = :owner)
GROUP BY 1, 2 ORDER BY 1, 2;

-- name: depth
SELECT count(*) FILTER (WHERE ready), count(*) FILTER (WHERE NOT ready AND worker IS NULL),
       count(*) FILTER (WHERE worker IS NOT NULL), min(made_at) FILTER (WHERE ready)
FROM tasks;

-- name: failed_since
SELECT count(*) FROM jobs WHERE id > :after AND status = {FAILED} AND finished_at >= :since;

-- name: typical_ms
-- The usual running time of a kind: the median of its latest completed jobs.
WITH latest AS (
    SELECT finished_at - started_at AS ms FROM jobs
    WHERE kind = :kind AND status = {COMPLETED} AND id > :after ORDER BY id DESC LIMIT 50
)
SELECT ms FROM latest ORDER BY ms LIMIT 1 OFFSET (SELECT (count(*) - 1) / 2 FROM latest);

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
    OR json_array_length(COALESCE(x.failed_chunks, '[]')) <> (
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
