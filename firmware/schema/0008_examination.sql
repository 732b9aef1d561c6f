-- One visit of one order, or of an urgent patient without one: from the first image to SEND, or to
-- the time when nobody came back. Not made again from the files: a rebuilt index has none of them.
CREATE TABLE examination (
    id                 INTEGER PRIMARY KEY,
    study_instance_uid TEXT NOT NULL,
    -- All of hal.values.Order as it was confirmed, the patient with it.
    order_json         TEXT NOT NULL,
    device             TEXT NOT NULL,
    opened_at          TEXT NOT NULL,
    closed_at          TEXT,
    -- 'completed', or 'discontinued': all of its images were rejected.
    ended              TEXT
) STRICT;
CREATE INDEX examination_open ON examination (opened_at) WHERE closed_at IS NULL;
CREATE INDEX examination_day ON examination (opened_at);

-- The look at each image: it waits for one in the outbox, but never longer than its due time there.
CREATE TABLE looked_at (
    instance    TEXT PRIMARY KEY REFERENCES instance (sop_instance_uid) ON DELETE CASCADE,
    examination INTEGER NOT NULL REFERENCES examination (id),
    -- 'waiting', 'accepted', 'rejected', 'timed out'
    verdict     TEXT NOT NULL,
    reason      TEXT NOT NULL DEFAULT '',
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX looked_at_examination ON looked_at (examination);
CREATE INDEX looked_at_waiting ON looked_at (at) WHERE verdict = 'waiting';
