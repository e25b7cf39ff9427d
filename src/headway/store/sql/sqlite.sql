-- The queries of the store on SQLite: the same names, parameters and columns as `postgres.sql`. Rows come in as one JSON
-- document (:rows), and out of the hot statements too (`packed`): each is a single step of the engine, so that the writer thread
-- gives up the interpreter once per batch and not once per row. `jsonb_each` takes the document apart once; `json_each` would write
-- each row out as text, to be parsed again for each of its columns. There is one writer at a time, hence no row locks.

-- name: now
-- The host's clock, which all processes on one SQLite file share.
SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER);
