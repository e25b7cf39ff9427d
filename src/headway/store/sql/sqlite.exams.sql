-- Enrolments: the queries of `store/enrolments.py`. The owner is part of every key.

-- name: enrolments_of
-- One exam's, or all of the owner's (code NULL), without their records.
SELECT exam_code, student, language, NULL, job_id, created_at, updated_at
FROM enrolments WHERE owner = :owner AND (:code IS NULL OR exam_code = :code)
ORDER BY exam_code, student LIMIT :n;

-- name: exam_answers
SELECT question, given, answered_at FROM exam_answers
WHERE owner = :owner AND exam_code = :code AND student = :student ORDER BY question;

-- name: save_enrolments
-- An import takes the place of what was there, single answers included.
DELETE FROM exam_answers WHERE owner = :owner AND (exam_code, student) IN
    (SELECT r.value->>'code', r.value->>'student' FROM jsonb_each(:rows) AS r);
INSERT INTO enrolments (owner, exam_code, student, language, record, created_at, updated_at)
SELECT :owner, r.value->>'code', r.value->>'student', r.value->>'language', r.value->>'record', :now, :now
FROM jsonb_each(:rows) AS r WHERE TRUE
ON CONFLICT (owner, exam_code, student) DO UPDATE
SET language = excluded.language, record = excluded.record, updated_at = excluded.updated_at;

-- name: note_exam_jobs
UPDATE enrolments SET job_id = r.value->>'job_id'
FROM jsonb_each(:rows) AS r
WHERE owner = :owner AND exam_code = r.value->>'code' AND student = r.value->>'student';
