-- An operator's grant carries an id that was drawn when it was asked for, so that one whose COMMIT went unanswered is not given
-- twice.
ALTER TABLE ledger ADD COLUMN grant_id UUID;
CREATE UNIQUE INDEX ledger_granted ON ledger (grant_id) WHERE grant_id IS NOT NULL;
