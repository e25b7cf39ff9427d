-- Enrolments: the queries of `store/enrolments.py`. The owner is part of every key.

-- name: enrolments_of
-- One exam's, or all of the owner's (code NULL), without their records.
SELECT exam_code, student, language, NULL::text, job_id, created_at, updated_at
FROM enrolments WHERE owner = :owner AND (:code::text IS NULL OR exam_code = :code::text)
ORDER BY exam_code COLLATE "C", student COLLATE "C" LIMIT :n;

-- name: exam_answers
SELECT question, given, answered_at FROM exam_answers
WHERE owner = :owner AND exam_code = :code AND student = :student ORDER BY question COLLATE "C";

-- name: save_enrolments
-- An import takes the place of what was there, single answers included.
DELETE FROM exam_answers WHERE owner = :owner AND (exam_code, student) IN
    (SELECT r.code, r.student FROM json_to_recordset(:rows::json) AS r(code text, student text));
INSERT INTO enrolments (owner, exam_code, student, language, record, created_at, updated_at)
SELECT :owner::text, r.code, r.student, r.language, r.record, :now, :now
FROM json_to_recordset(:rows::json) AS r(code text, student text, language text, record text)
ORDER BY r.code, r.student
ON CONFLICT (owner, exam_code, student) DO UPDATE
SET language = excluded.language, record = excluded.record, updated_at = excluded.updated_at;

-- name: note_exam_jobs
UPDATE enrolments e SET job_id = r.job_id
FROM json_to_recordset(:rows::json) AS r(code text, student text, job_id text)
WHERE e.owner = :owner AND e.exam_code = r.code AND e.student = r.student;
