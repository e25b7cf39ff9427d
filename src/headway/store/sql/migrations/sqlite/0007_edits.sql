-- What a person changed in a job's result, by its place in there (the application's own words for it). `base` is the text that
-- it stands in for: where another run of the job said something else, the change is not shown.
CREATE TABLE edits (
    job_id    TEXT    NOT NULL,
    place     TEXT    NOT NULL,
    base      TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    edited_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, place)
) WITHOUT ROWID, STRICT;
