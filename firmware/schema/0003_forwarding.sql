-- What the forwarding to several archives has to remember of each image's way to one of them.

-- A warning that an archive accepted it with, in words: no error, and never lost.
ALTER TABLE outbox ADD COLUMN warning TEXT NOT NULL DEFAULT '';
-- How often the archive refused it, or denied what it had accepted. Tries count the line's faults.
ALTER TABLE outbox ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
-- When the archive was found to list it. No promise: committed_at stays empty.
ALTER TABLE outbox ADD COLUMN confirmed_at TEXT;
-- Another archive that gets it too if it still waits then and this one is away.
ALTER TABLE outbox ADD COLUMN fallback TEXT;
ALTER TABLE outbox ADD COLUMN fallback_at TEXT;
CREATE INDEX outbox_fallback ON outbox (destination, fallback_at) WHERE fallback_at IS NOT NULL;
