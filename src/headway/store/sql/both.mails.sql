-- E-mails on their way: the queries of `store/mails.py`.

-- name: add_mail
INSERT INTO mails (id, recipient, subject, text, created_at) VALUES (:id, :recipient, :subject, :text, :now)
ON CONFLICT DO NOTHING;

-- name: mail
SELECT recipient, subject, text FROM mails WHERE id = :id;

-- name: drop_mail
DELETE FROM mails WHERE id = :id;

-- name: drop_old_mails
DELETE FROM mails WHERE created_at < :before;
