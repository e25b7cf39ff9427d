-- Who did what: the queries of `store/audit_log.py`.

-- name: add_act
INSERT INTO audit_log (id, at, actor, act, subject, origin, detail)
VALUES (:id, :now, :actor, :act, :subject, :origin, :detail) ON CONFLICT DO NOTHING;

-- name: acts
SELECT id, at, actor, act, subject, origin, detail FROM audit_log
WHERE (:before IS NULL OR id < :before) AND (:actor IS NULL OR actor = :actor) AND (:subject IS NULL OR subject = :subject)
  AND (:act IS NULL OR act = :act OR act LIKE :act || '.%')
ORDER BY id DESC LIMIT :n;

-- name: drop_acts
DELETE FROM audit_log WHERE id < :before;
