"""An archive listed an image, it was evicted on that word (`evict_on = "query"`), and then the
archive says that it does not keep it: what is to be sent again has no file.

So it is asked back, from whoever listed it, in the transaction that hears of the denial; until it
is back nobody sends it. `firmware.retrieval` fetches it, and tells when it can't.
"""

import sqlite3
from datetime import datetime

from firmware.index import audit
from firmware.index.database import stamp
from firmware.moves import Happened
from hal.values import Uid

DENIED = "denied"
DENIALS = frozenset({Happened.COMMITMENT_DENIED, Happened.DENIED_FOR_GOOD})
HERE = (
    "NOT EXISTS (SELECT 1 FROM instance WHERE sop_instance_uid = outbox.instance"
    " AND condition IN ('evicting', 'evicted', 'superseded', 'rejected', 'discarded')"
    " AND condition <> 'good')"
)
"""Of an outbox row: there is something to send."""


def ask_back(connection: sqlite3.Connection, instance: Uid, now: datetime) -> None:
    """Nothing happens to an image that was not evicted."""
    asked = connection.execute(
        "INSERT INTO fetch (instance, asked_by, asked_at, due_at)"
        " SELECT sop_instance_uid, ?, ?, ? FROM instance WHERE sop_instance_uid = ?"
        " AND condition IN ('evicting', 'evicted')"
        " ON CONFLICT DO UPDATE SET asked_by = excluded.asked_by,"
        " asked_at = excluded.asked_at, due_at = excluded.due_at, tries = 0,"
        " received_bytes = 0, error_en = '', error_fr = '', fetched_at = NULL",
        (DENIED, stamp(now), stamp(now), instance),
    )
    if asked.rowcount > 0:
        audit.record(connection, now, DENIED, "fetch asked", instance)
