-- An operator's grant carries an id that was drawn when it was asked for, so that one whose COMMIT went unanswered is not given
-- twice.
ALTER TABLE ledger ADD COLUMN grant_id TEXT;
CREATE UNIQUE INDEX ledger_granted ON ledger (grant_id) WHERE grant_id IS NOT NULL;

-- Each priority of a queue is a line of its own, with a front and a virtual time of its own. Who waits is in line where he was.
DROP TABLE turns;
CREATE TABLE turns (
    queue    TEXT NOT NULL,
    priority INTEGER NOT NULL,
    owner    TEXT NOT NULL,
    vt       REAL NOT NULL,
    taken    INTEGER NOT NULL,
    PRIMARY KEY (queue, priority, owner)
) WITHOUT ROWID, STRICT;
CREATE INDEX turns_by_vt ON turns (queue, priority, vt);
INSERT INTO turns (queue, priority, owner, vt, taken)
SELECT queue, priority, owner, max(vt) + 1, 1 FROM tasks GROUP BY queue, priority, owner;
