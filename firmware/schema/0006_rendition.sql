-- Images made small for thin lines: files in outgoing/, of which nothing is ever the only copy. A
-- row without a path says that there is none to be had, and why.
CREATE TABLE rendition (
    instance            TEXT NOT NULL REFERENCES instance (sop_instance_uid) ON DELETE CASCADE,
    transfer_syntax_uid TEXT NOT NULL,
    path                TEXT NOT NULL,
    size_bytes          INTEGER NOT NULL,
    sha256              TEXT NOT NULL,
    why_none            TEXT NOT NULL,
    PRIMARY KEY (instance, transfer_syntax_uid)
) STRICT;

-- What an archive was found to take a kind of image in, and when it was asked: a JSON list.
CREATE TABLE accepted_syntax (
    destination         TEXT NOT NULL,
    sop_class_uid       TEXT NOT NULL,
    transfer_syntaxes   TEXT NOT NULL,
    asked_at            TEXT NOT NULL,
    PRIMARY KEY (destination, sop_class_uid)
) STRICT;

-- firmware/line_rate.py's sums, and the codecs' pace on this machine.
CREATE TABLE line_rate (
    destination         TEXT PRIMARY KEY,
    size_bytes          REAL NOT NULL,
    took_s              REAL NOT NULL,
    measured_at         TEXT NOT NULL
) STRICT;
CREATE TABLE codec_pace (
    transfer_syntax_uid TEXT PRIMARY KEY,
    bytes_per_s         REAL NOT NULL,
    ratio               REAL NOT NULL
) STRICT;

-- Syntaxes that it was ever sent in beside the stored one, as a JSON list: it may come back in them.
ALTER TABLE outbox ADD COLUMN sent_as TEXT NOT NULL DEFAULT '[]';
-- How long the file was that the archive accepted.
ALTER TABLE outbox ADD COLUMN sent_bytes INTEGER NOT NULL DEFAULT 0;
-- The archive did not take or keep the small one: only as it is stored from then on.
ALTER TABLE outbox ADD COLUMN as_stored INTEGER NOT NULL DEFAULT 0;
