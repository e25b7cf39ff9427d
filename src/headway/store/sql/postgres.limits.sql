-- Limits: the queries of `store/limits.py`.

-- name: lock_buckets
-- Everyone locks in the order of the names.
INSERT INTO buckets (name, at) SELECT value, 0 FROM json_array_elements_text(:names::json) ORDER BY value ON CONFLICT DO NOTHING;
SELECT name, at FROM buckets WHERE name IN (SELECT json_array_elements_text(:names::json)) ORDER BY name FOR UPDATE;

-- name: save_buckets
UPDATE buckets SET at = r.at
FROM json_to_recordset(:rows::json) AS r(name text, at double precision)
WHERE buckets.name = r.name;
