-- Images that a person gives to another order: `firmware/reconciliation.py`.

-- One row a request. Open while ended_at is NULL; said_en, said_fr tell the progress, then the end.
CREATE TABLE reconciliation (
    id              INTEGER PRIMARY KEY,
    study           TEXT NOT NULL REFERENCES study (study_instance_uid) ON DELETE CASCADE,
    -- The order, whole, as JSON (firmware/index/order_json.py): the worklist may forget it.
    order_json      TEXT NOT NULL,
    -- Reason for the Attribute Modification (0400,0565).
    reason          TEXT NOT NULL,
    asked_by        TEXT NOT NULL,
    asked_at        TEXT NOT NULL,
    -- UIDs are laid with the request: a worker that is killed goes on with the same ones.
    target_study    TEXT NOT NULL,
    note            TEXT NOT NULL,
    note_series     TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    said_en         TEXT NOT NULL DEFAULT '',
    said_fr         TEXT NOT NULL DEFAULT '',
    ended_at        TEXT
) STRICT;
CREATE INDEX reconciliation_open ON reconciliation (id) WHERE ended_at IS NULL;
CREATE INDEX reconciliation_study ON reconciliation (study);

-- Which instance takes whose place; laid before the first byte of the new file.
CREATE TABLE correction (
    instance        TEXT PRIMARY KEY REFERENCES instance (sop_instance_uid) ON DELETE CASCADE,
    reconciliation  INTEGER NOT NULL REFERENCES reconciliation (id) ON DELETE CASCADE,
    successor       TEXT NOT NULL UNIQUE,
    series          TEXT NOT NULL,
    series_number   INTEGER NOT NULL,
    laid_at         TEXT NOT NULL,
    -- Of the pixel data element's value, the same in both files.
    pixel_sha256    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX correction_reconciliation ON correction (reconciliation);

-- Studies that a person says are wrong, until they are reconciled.
CREATE TABLE marked_wrong (
    study     TEXT PRIMARY KEY REFERENCES study (study_instance_uid) ON DELETE CASCADE,
    marked_by TEXT NOT NULL,
    marked_at TEXT NOT NULL
) STRICT;

-- What each film looks like, to notice one that is scanned twice (firmware/imaging/fingerprint.py).
CREATE TABLE film_fingerprint (
    instance    TEXT PRIMARY KEY REFERENCES instance (sop_instance_uid) ON DELETE CASCADE,
    fingerprint BLOB NOT NULL,
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX film_fingerprint_at ON film_fingerprint (at);
