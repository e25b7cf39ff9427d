-- Calls to providers: the queries of `store/calls.py`.

-- name: open_call
-- Who asks what another claim of the job waits for already runs into `calls_awaited`, and is given that call instead of its own. The
-- updates change nothing.
INSERT INTO calls (job_id, step, key, n, request_hash, provider, model, cost_micros, fence, started_at, round, awaited_by)
SELECT r.id, r.step, r.key, r.n, r.request_hash, r.provider, r.model, r.cost_micros, r.fence, :now, t.round, r.part
FROM (
    SELECT value->>'id' AS id, value->>'part' AS part, value->>'fence' AS fence, value->>'step' AS step,
        value->>'key' AS key, value->>'n' AS n, value->>'request_hash' AS request_hash,
        value->>'provider' AS provider, value->>'model' AS model, value->>'cost_micros' AS cost_micros
    FROM jsonb_each(:rows)) AS r
CROSS JOIN tasks t ON t.job_id = r.id AND t.part = r.part AND t.fence = r.fence AND t.worker IS NOT NULL
WHERE TRUE
ON CONFLICT (job_id, step, key, n) DO UPDATE SET awaited_by = awaited_by
ON CONFLICT (job_id, request_hash) WHERE awaited_by IS NOT NULL DO UPDATE SET awaited_by = awaited_by
RETURNING {_under_way};

-- name: settle_call
-- Fenced by the call's own row only: a late worker may settle what it paid for.
UPDATE calls AS c
SET settled_at = :now, outcome = r.outcome, answer = r.answer, error = r.error, input_tokens = r.input_tokens,
    output_tokens = r.output_tokens, cost_micros = r.cost_micros, shares = c.shares + r.shares,
    awaited_by = NULL
FROM (
    SELECT value->>'id' AS id, value->>'step' AS step, value->>'key' AS key, value->>'n' AS n,
        value->>'fence' AS fence, value->>'outcome' AS outcome, value->>'answer' AS answer,
        value->>'error' AS error, value->>'input_tokens' AS input_tokens,
        value->>'output_tokens' AS output_tokens, value->>'cost_micros' AS cost_micros, value->>'shares' AS shares
    FROM jsonb_each(:rows)) AS r
WHERE c.job_id = r.id AND c.step = r.step AND c.key = r.key AND c.n = r.n AND c.fence = r.fence
  AND c.settled_at IS NULL;
