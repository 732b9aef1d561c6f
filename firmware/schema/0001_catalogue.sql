-- What the node keeps, and where each copy of it stands. The files are the truth about images:
-- all of patient .. instance can be made again from them.

CREATE TABLE patient (
    id          INTEGER PRIMARY KEY,
    patient_id  TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    name        TEXT NOT NULL,
    birth_date  TEXT NOT NULL,
    sex         TEXT NOT NULL,
    -- Two names under one number are two rows: nothing is merged without a person.
    UNIQUE (patient_id, issuer, name, birth_date)
) STRICT;
CREATE INDEX patient_name ON patient (name);

-- Names by the beginnings of their parts, with or without accents.
CREATE VIRTUAL TABLE patient_search USING fts5 (
    name, content = 'patient', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
CREATE TRIGGER patient_search_insert AFTER INSERT ON patient BEGIN
    INSERT INTO patient_search (rowid, name) VALUES (new.id, new.name);
END;

CREATE TABLE study (
    study_instance_uid TEXT PRIMARY KEY,
    patient            INTEGER NOT NULL REFERENCES patient (id),
    accession_number   TEXT NOT NULL,
    description        TEXT NOT NULL,
    priority           TEXT NOT NULL,
    opened_at          TEXT NOT NULL
) STRICT;
CREATE INDEX study_patient ON study (patient);
CREATE INDEX study_accession ON study (accession_number);
CREATE INDEX study_day ON study (opened_at);

CREATE TABLE series (
    series_instance_uid TEXT PRIMARY KEY,
    study               TEXT NOT NULL REFERENCES study (study_instance_uid),
    series_number       INTEGER NOT NULL,
    modality            TEXT NOT NULL,
    UNIQUE (study, series_number)
) STRICT;

CREATE TABLE instance (
    sop_instance_uid    TEXT PRIMARY KEY,
    series              TEXT NOT NULL REFERENCES series (series_instance_uid),
    sop_class_uid       TEXT NOT NULL,
    transfer_syntax_uid TEXT NOT NULL,
    instance_number     INTEGER NOT NULL,
    rows                INTEGER NOT NULL,
    columns             INTEGER NOT NULL,
    path                TEXT NOT NULL UNIQUE,
    size_bytes          INTEGER NOT NULL,
    sha256              TEXT NOT NULL,
    stored_at           TEXT NOT NULL,
    -- What became of the file; firmware/keeping.py is the only list of changes.
    condition           TEXT NOT NULL,
    -- When its digest was last found right.
    verified_at         TEXT NOT NULL
) STRICT;
CREATE INDEX instance_to_verify ON instance (verified_at) WHERE condition = 'good';
CREATE INDEX instance_not_good ON instance (condition) WHERE condition <> 'good';
CREATE INDEX instance_series ON instance (series);
CREATE INDEX instance_stored ON instance (stored_at);

-- The way of each instance to each destination; firmware/moves.py is the only list of moves.
CREATE TABLE outbox (
    instance        TEXT NOT NULL REFERENCES instance (sop_instance_uid),
    destination     TEXT NOT NULL,
    state           TEXT NOT NULL,
    urgent          INTEGER NOT NULL,
    due_at          TEXT NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT NOT NULL DEFAULT '',
    transaction_uid TEXT,
    sent_at         TEXT,
    committed_at    TEXT,
    PRIMARY KEY (instance, destination)
) STRICT;
-- Committed rows are nearly all of them and are never looked for by state.
CREATE INDEX outbox_open ON outbox (state, destination, urgent DESC, due_at)
    WHERE state <> 'committed';
CREATE INDEX outbox_transaction ON outbox (transaction_uid) WHERE transaction_uid IS NOT NULL;

-- UIDs for the next image of each device. They are consumed, and the next ones laid, in the
-- transaction that records the image: so they are always on disk before the first row, a scan
-- that is cut short leaves them, and its retry is the same instance.
CREATE TABLE reservation (
    device              TEXT PRIMARY KEY,
    study_instance_uid  TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    sop_instance_uid    TEXT NOT NULL
) STRICT;

-- Each entry carries a hash over itself and the hash before it (firmware/index/audit.py).
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object);

-- The last word of each watcher (the array, ...), for `sapi-node status`.
CREATE TABLE notice (
    name    TEXT PRIMARY KEY,
    at      TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
