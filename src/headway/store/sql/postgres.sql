-- The queries of the store on PostgreSQL. Rows come in as one JSON document (:rows), so that a batch of any size is one
-- statement with one plan. `now` is read once per batch by `now` and bound as :now.
--
-- Tasks are found row by row: `LATERAL (SELECT … FOR UPDATE)` is a wall that the planner cannot move a join across, and the
-- update then goes by ctid alone: every other condition stands behind the wall, since one that fits an index gives the planner
-- another way in (a lease is told by its time here, because the worker has an index). On a table that was empty a minute ago
-- it would otherwise read all of it for each row sent.
--
-- The price of that: a row that another connection changes between a statement's snapshot and its lock has moved on, and the statement
-- passes it by, though it holds its lock by then. So whoever sends rows compares what was written with what was sent, and asks again
-- about the rest; and whoever changes the row of an unfinished job changes its body task before, so that an end misses both or neither.

-- name: now
SELECT headway_now();
