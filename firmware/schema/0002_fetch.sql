-- Images that come back from the archive that committed to them (firmware/retrieval.py). A row
-- stays, with fetched_at, until firmware/retention.py takes it away: so long the image is not
-- evicted again, and the damaged file that it replaced is kept in quarantine/.
CREATE TABLE fetch (
    instance       TEXT PRIMARY KEY REFERENCES instance (sop_instance_uid),
    asked_by       TEXT NOT NULL,
    asked_at       TEXT NOT NULL,
    due_at         TEXT NOT NULL,
    tries          INTEGER NOT NULL DEFAULT 0,
    received_bytes INTEGER NOT NULL DEFAULT 0,
    error_en       TEXT NOT NULL DEFAULT '',
    error_fr       TEXT NOT NULL DEFAULT '',
    fetched_at     TEXT
) STRICT;
CREATE INDEX fetch_open ON fetch (due_at) WHERE fetched_at IS NULL;
CREATE INDEX fetch_done ON fetch (fetched_at) WHERE fetched_at IS NOT NULL;

-- Who wrote files of this store: what their File Meta Information says beside the UIDs. An archive
-- keeps none of it, and the digest is over all of it.
CREATE TABLE implementation (
    class_uid       TEXT NOT NULL,
    version_name    TEXT NOT NULL,
    source_ae_title TEXT NOT NULL,
    PRIMARY KEY (class_uid, version_name, source_ae_title)
) STRICT;

-- Rows of evicted images may be forgotten, and then the patient's name too.
CREATE TRIGGER patient_search_delete AFTER DELETE ON patient BEGIN
    INSERT INTO patient_search (patient_search, rowid, name) VALUES ('delete', old.id, old.name);
END;
