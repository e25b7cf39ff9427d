-- Calls to providers: the queries of `store/calls.py`.

-- name: _under_way
-- Columns in the order of `UnderWay`.
job_id, request_hash, awaited_by, fence, step, key, n

-- name: under_way
-- The call, if there is one, whose answer somebody of the job waits for already.
SELECT {_under_way} FROM calls WHERE job_id = :id AND request_hash = :request_hash AND awaited_by IS NOT NULL;

-- name: share_call
UPDATE calls SET shares = shares + 1
WHERE job_id = :id AND step = :step AND key = :key AND n = :n AND awaited_by IS NOT NULL;

-- name: give_up_call
-- Nobody waits for its answer any more. It stays in doubt, and the same may be asked anew.
UPDATE calls SET awaited_by = NULL
WHERE job_id = :id AND step = :step AND key = :key AND n = :n AND fence = :fence;

-- name: said
-- What a call has come to; nothing while the claim that waits for its answer goes on.
SELECT c.outcome, c.answer, c.model, c.input_tokens, c.output_tokens FROM calls c
WHERE c.job_id = :id AND c.step = :step AND c.key = :key AND c.n = :n AND NOT EXISTS (
    SELECT 1 FROM tasks t
    WHERE t.job_id = c.job_id AND t.part = c.awaited_by AND t.fence = c.fence AND t.worker IS NOT NULL);

-- name: calls_of
SELECT step, key, n, request_hash, provider, model, started_at, settled_at, outcome, answer, error, input_tokens,
       output_tokens, cost_micros, shares, round, round < (SELECT fresh_round FROM jobs WHERE id = :id)
FROM calls WHERE job_id = :id ORDER BY started_at, step, key, n;
