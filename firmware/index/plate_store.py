"""What the catalogue does for plates, in its own transaction: apart, so that neither imports the
other."""

import sqlite3
from datetime import datetime

from firmware.index.database import stamp
from firmware.plate_moves import ReadState


def mark_stored(connection: sqlite3.Connection, sop_instance_uid: str, now: datetime) -> None:
    """An image was recorded, at acquisition or at a start that found its file: if it is one of a
    plate, its reading is stored from now on, and only now."""
    connection.execute(
        "UPDATE plate_read SET state = ?, stored_at = ? WHERE sop_instance_uid = ? AND state = ?",
        (ReadState.STORED.value, stamp(now), sop_instance_uid, ReadState.WHOLE.value),
    )
