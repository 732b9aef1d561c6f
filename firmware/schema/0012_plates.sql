-- The numbers of an image under way, so that two devices at one study do not get the same ones.
-- Gone in the transaction that records the image.
CREATE TABLE promise (
    sop_instance_uid    TEXT PRIMARY KEY,
    study_instance_uid  TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    series_number       INTEGER NOT NULL,
    instance_number     INTEGER NOT NULL
) STRICT;
CREATE INDEX promise_study ON promise (study_instance_uid);

-- Each reading of a plate, from before the laser moves; firmware/plate_moves.py is the only list of
-- moves. A reader that keeps an image says this number. Not made again from the files: a rebuilt
-- index takes what a reader still keeps for an image that nobody here knows.
CREATE TABLE plate_read (
    read                INTEGER PRIMARY KEY,
    state               TEXT NOT NULL,
    plate_id            TEXT NOT NULL,
    plate_type          TEXT NOT NULL,
    width_mm            INTEGER NOT NULL,
    height_mm           INTEGER NOT NULL,
    exposures           INTEGER NOT NULL,
    is_erased           INTEGER NOT NULL,
    is_id_read          INTEGER NOT NULL,
    pitch_um            INTEGER NOT NULL,
    gain_thousandths    INTEGER NOT NULL,
    -- All of hal.values.Order as it was confirmed, the patient with it.
    order_json          TEXT NOT NULL,
    study_instance_uid  TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    sop_instance_uid    TEXT NOT NULL UNIQUE,
    series_number       INTEGER NOT NULL,
    instance_number     INTEGER NOT NULL,
    begun_at            TEXT NOT NULL,
    -- Of the samples as they came, known when all have: what ERASE has to say.
    samples             INTEGER NOT NULL DEFAULT 0,
    crc32               INTEGER NOT NULL DEFAULT 0,
    exposure_index      REAL,
    target_index        REAL,
    deviation_index     REAL,
    stored_at           TEXT,
    erased_at           TEXT
) STRICT;
CREATE INDEX plate_read_plate ON plate_read (plate_id, begun_at);
CREATE INDEX plate_read_open ON plate_read (state) WHERE state <> 'erased';
