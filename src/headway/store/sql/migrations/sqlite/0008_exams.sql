-- Enrolments: who sat which exam. `record` is a list of answers (JSON) as an import brought it; what is answered on the page,
-- question by question, is a row of `exam_answers` and goes before the same question of the record.
CREATE TABLE enrolments (
    owner      TEXT    NOT NULL,
    exam_code  TEXT    NOT NULL,
    student    TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    record     TEXT,
    job_id     TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (owner, exam_code, student)
) WITHOUT ROWID, STRICT;

CREATE TABLE exam_answers (
    owner       TEXT    NOT NULL,
    exam_code   TEXT    NOT NULL,
    student     TEXT    NOT NULL,
    question    TEXT    NOT NULL,
    given       TEXT    NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (owner, exam_code, student, question)
) WITHOUT ROWID, STRICT;
