-- Calls to providers: the queries of `store/calls.py`.

-- name: open_call
-- Who asks what another claim of the job waits for already runs into `calls_awaited`, and is given that call instead of its own. The
-- update changes nothing: it holds the row until that is told.
INSERT INTO calls AS c (job_id, step, key, n, request_hash, provider, model, cost_micros, fence, started_at, round, awaited_by)
SELECT r.id, r.step, r.key, r.n, r.request_hash, r.provider, r.model, r.cost_micros, r.fence, :now, held.round, r.part
FROM json_to_recordset(:rows::json) AS r(
    id uuid, part bigint, fence bigint, step text, key text, n bigint, request_hash text, provider text, model text,
    cost_micros bigint)
CROSS JOIN LATERAL (
    SELECT round FROM tasks WHERE job_id = r.id AND part = r.part AND fence = r.fence AND lease_until IS NOT NULL FOR UPDATE
) held
ON CONFLICT (job_id, request_hash) WHERE awaited_by IS NOT NULL DO UPDATE SET awaited_by = c.awaited_by
RETURNING {_under_way};

-- name: settle_call
-- Fenced by the call's own row only: a late worker may settle what it paid for.
UPDATE calls c
SET settled_at = :now, outcome = r.outcome, answer = r.answer, error = r.error, input_tokens = r.input_tokens,
    output_tokens = r.output_tokens, cost_micros = r.cost_micros, shares = c.shares + r.shares,
    awaited_by = NULL
FROM json_to_recordset(:rows::json) AS r(
    id uuid, step text, key text, n bigint, fence bigint, outcome text, answer text, error text, input_tokens bigint,
    output_tokens bigint, cost_micros bigint, shares bigint)
WHERE c.job_id = r.id AND c.step = r.step AND c.key = r.key AND c.n = r.n AND c.fence = r.fence
  AND c.settled_at IS NULL;
