-- When an image was put on its way to an archive: how old the oldest in the queue is.
ALTER TABLE outbox ADD COLUMN queued_at TEXT NOT NULL DEFAULT '';
