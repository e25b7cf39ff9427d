-- How much of something may run at a time, wherever it runs. A limited kind stands in a queue of its own, `kind:NAME`, whose claims
-- count what is leased while they hold this row.
CREATE TABLE limits (
    name TEXT PRIMARY KEY,
    most INTEGER NOT NULL CHECK (most > 0)
);

CREATE INDEX tasks_limited ON tasks (queue, lease_until) WHERE lease_until IS NOT NULL AND substr(queue, 1, 5) = 'kind:';

-- Calls whose answer has not come: few, and counted where a provider takes only so many at a time.
CREATE INDEX calls_open ON calls (provider, started_at) WHERE settled_at IS NULL;
