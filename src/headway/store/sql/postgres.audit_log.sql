-- Who did what: the queries of `store/audit_log.py`.

-- name: add_act
INSERT INTO audit_log (id, at, actor, act, subject, origin, detail)
VALUES (:id, :now, :actor, :act, :subject, :origin, :detail) ON CONFLICT DO NOTHING;

-- name: acts
SELECT id, at, actor, act, subject, origin, detail FROM audit_log
WHERE (:before::uuid IS NULL OR id < :before::uuid) AND (:actor::text IS NULL OR actor = :actor::text)
  AND (:subject::text IS NULL OR subject = :subject::text)
  AND (:act::text IS NULL OR act = :act::text OR act LIKE :act::text || '.%')
ORDER BY id DESC LIMIT :n;

-- name: drop_acts
DELETE FROM audit_log WHERE id < :before::uuid;
