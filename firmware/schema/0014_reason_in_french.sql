-- The same as last_error, for whoever reads French; empty where it is in no language, as a peer's own
-- words are, or was written before.
ALTER TABLE outbox ADD COLUMN last_error_fr TEXT NOT NULL DEFAULT '';
ALTER TABLE procedure_step ADD COLUMN last_error_fr TEXT NOT NULL DEFAULT '';
