-- 1: the archive called it a duplicate, and what it has was never shown to be these bytes. It may
-- commit to that UID all the same; nothing is evicted here for that.
ALTER TABLE outbox ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0;
-- Until now only the warning told: what was proven, or accepted, has lost it.
UPDATE outbox SET unproven = 1 WHERE warning LIKE 'The archive says that it already has%';
