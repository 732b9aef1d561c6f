-- Files that a person brought (`sapi-node import`), laid into import/ and waiting to be taken in or
-- refused; and what became of each, for the one who waits at the terminal.
CREATE TABLE import (
    id               INTEGER PRIMARY KEY,
    spool            TEXT NOT NULL UNIQUE,
    source           TEXT NOT NULL,
    size_bytes       INTEGER NOT NULL DEFAULT 0,
    sha256           TEXT NOT NULL DEFAULT '',
    -- An archive's name; empty: by the rules.
    send_to          TEXT NOT NULL,
    asked_by         TEXT NOT NULL,
    asked_at         TEXT NOT NULL,
    -- 'spooling' while the command still copies it; NULL: waits for the node.
    verdict          TEXT,
    sop_instance_uid TEXT,
    en               TEXT NOT NULL DEFAULT '',
    fr               TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX import_open ON import (id) WHERE verdict IS NULL;
