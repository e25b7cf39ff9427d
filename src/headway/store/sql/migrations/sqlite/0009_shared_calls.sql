-- The part whose claim waits for a call's answer; NULL once nobody does. Whoever is to ask the same of its job meanwhile runs into the
-- index, and waits for that answer instead of buying another.
ALTER TABLE calls ADD COLUMN awaited_by INTEGER;
CREATE UNIQUE INDEX calls_awaited ON calls (job_id, request_hash) WHERE awaited_by IS NOT NULL;
