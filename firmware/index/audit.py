"""The trail: who did what to which object, in the transaction that did it."""

import sqlite3
from datetime import datetime

from firmware.index.database import stamp


def record(
    connection: sqlite3.Connection,
    at: datetime,
    actor: str,
    action: str,
    object_uid: str,
    detail: str = "",
) -> None:
    connection.execute(
        "INSERT INTO audit (at, actor, action, object, detail) VALUES (?, ?, ?, ?, ?)",
        (stamp(at), actor, action, object_uid, detail),
    )
