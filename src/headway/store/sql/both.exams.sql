-- Enrolments: the queries of `store/enrolments.py`. The owner is part of every key.

-- name: enrolment
SELECT exam_code, student, language, record, job_id, created_at, updated_at
FROM enrolments WHERE owner = :owner AND exam_code = :code AND student = :student;

-- name: open_enrolment
INSERT INTO enrolments (owner, exam_code, student, language, created_at, updated_at)
VALUES (:owner, :code, :student, :language, :now, :now) ON CONFLICT DO NOTHING;

-- name: save_answer
UPDATE enrolments SET updated_at = :now WHERE owner = :owner AND exam_code = :code AND student = :student;
INSERT INTO exam_answers (owner, exam_code, student, question, given, answered_at)
VALUES (:owner, :code, :student, :question, :given, :now)
ON CONFLICT (owner, exam_code, student, question) DO UPDATE
SET given = excluded.given, answered_at = excluded.answered_at;

-- name: drop_enrolment
DELETE FROM exam_answers WHERE owner = :owner AND exam_code = :code AND student = :student;
DELETE FROM enrolments WHERE owner = :owner AND exam_code = :code AND student = :student;

-- name: forget_enrolments
DELETE FROM exam_answers WHERE owner = :owner;
DELETE FROM enrolments WHERE owner = :owner;
