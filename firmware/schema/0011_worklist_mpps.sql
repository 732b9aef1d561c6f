-- What the RIS scheduled, as it was last heard: the panel has orders when the RIS is away too.
CREATE TABLE scheduled (
    place      INTEGER PRIMARY KEY,
    -- All of hal.values.Order.
    order_json TEXT NOT NULL
) STRICT;
CREATE TABLE worklist_reading (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    at   TEXT NOT NULL
) STRICT;

-- What the RIS is told of each examination; firmware/procedure_moves.py is the only list of moves.
CREATE TABLE procedure_step (
    examination      INTEGER PRIMARY KEY REFERENCES examination (id),
    sop_instance_uid TEXT NOT NULL UNIQUE,
    started_at       TEXT NOT NULL,
    series           TEXT NOT NULL,
    state            TEXT NOT NULL,
    due_at           TEXT NOT NULL,
    tries            INTEGER NOT NULL DEFAULT 0,
    last_error       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX procedure_step_open ON procedure_step (due_at) WHERE state <> 'done';
