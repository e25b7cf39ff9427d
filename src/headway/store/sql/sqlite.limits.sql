-- Limits: the queries of `store/limits.py`.

-- name: lock_buckets
-- Everyone locks in the order of the names.
INSERT INTO buckets (name, at) SELECT value, 0 FROM jsonb_each(:names) WHERE TRUE ORDER BY value ON CONFLICT DO NOTHING;
SELECT name, at FROM buckets WHERE name IN (SELECT value FROM jsonb_each(:names)) ORDER BY name;

-- name: save_buckets
UPDATE buckets SET at = r.at
FROM (SELECT value->>'name' AS name, value->>'at' AS at FROM jsonb_each(:rows)) AS r
WHERE buckets.name = r.name;
