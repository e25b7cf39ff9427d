-- Figures for operators: the queries of `store/figures.py`. They walk the key backwards in time; nothing on the hot path is
-- written for them.

-- name: accepted_since
SELECT count(*) FILTER (WHERE id > :five::uuid), count(*) FILTER (WHERE id > :hour::uuid), count(*) FROM jobs WHERE id > :day::uuid;

-- name: ended_since
SELECT status, count(*) FILTER (WHERE finished_at >= :five), count(*) FILTER (WHERE finished_at >= :hour), count(*)
FROM jobs WHERE id > :after::uuid AND finished_at >= :day GROUP BY status;

-- name: ended_latest
-- When it ended, how long it waited since it could have begun, how long it took: of the newest.
SELECT finished_at, started_at - greatest(created_at, COALESCE(scheduled_at, created_at)), finished_at - started_at
FROM jobs WHERE id > :after::uuid AND finished_at >= :since AND started_at IS NOT NULL ORDER BY id DESC LIMIT :n;

-- name: queue_now
SELECT queue, kind, count(*) FILTER (WHERE ready), count(*) FILTER (WHERE NOT ready AND worker IS NULL),
       count(*) FILTER (WHERE worker IS NOT NULL), min(made_at) FILTER (WHERE ready)
FROM tasks GROUP BY queue, kind ORDER BY queue, kind;

-- name: failures_latest
SELECT kind, error, count(*), max(finished_at), max(id::text)
FROM jobs WHERE id > :after::uuid AND status = {FAILED} AND finished_at >= :since
GROUP BY kind, error ORDER BY 3 DESC, 4 DESC LIMIT :n;

-- name: all_lanes
SELECT provider, model, requests_at, tokens_at, line_at, paused_until, reason, failures, refusals
FROM lanes ORDER BY provider, model;
