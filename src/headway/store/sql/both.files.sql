-- Files as rows: a head, and blocks of its bytes.

-- name: add_file
INSERT INTO files (id, owner, name, filename, content_type, created_at)
VALUES (:id, :owner, :name, :filename, :content_type, :now) ON CONFLICT DO NOTHING;

-- name: add_block
INSERT INTO file_blocks (file_id, n, data) VALUES (:id, :n, :data)
ON CONFLICT (file_id, n) DO UPDATE SET data = excluded.data;

-- name: finish_file
UPDATE files SET size = :size, sha256 = :sha256, content_type = COALESCE(:content_type, content_type) WHERE id = :id AND job_id IS NULL;

-- name: drop_file
-- What a job has taken stays.
DELETE FROM file_blocks WHERE file_id = (SELECT id FROM files WHERE id = :id AND job_id IS NULL);
DELETE FROM files WHERE id = :id AND job_id IS NULL;

-- name: files_of
SELECT id, name, filename, content_type, size, sha256 FROM files WHERE job_id = :id ORDER BY name, id;

-- name: block
SELECT data FROM file_blocks WHERE file_id = :id AND n = :n;
