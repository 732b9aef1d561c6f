"""The instances of one image: the one that was scanned, and each that took the last one's place.

A verdict is a person's on the image: it holds for whichever of them is in use by now.
"""

import sqlite3

from hal.values import Uid

INSTANCES = (
    "WITH RECURSIVE earlier (uid) AS (SELECT ? UNION"
    "  SELECT correction.instance FROM correction JOIN earlier ON successor = uid),"
    " every (uid) AS (SELECT uid FROM earlier UNION"
    "  SELECT successor FROM correction JOIN every ON correction.instance = uid"
    "   JOIN instance ON sop_instance_uid = successor)"
    " SELECT uid FROM every"
)
"""A successor that is laid only is none of them: no byte of it is there. UNION ends a circle, which
files of other systems could make."""
OF_IT = f"({INSTANCES})"
"""After IN; its parameter is any of them."""
FIRST = f"{INSTANCES} WHERE NOT EXISTS (SELECT 1 FROM correction WHERE successor = uid)"  # noqa: S608 -- constants


def first_of(connection: sqlite3.Connection, instance: Uid) -> Uid:
    """The one that was scanned, which the panel knows."""
    row = connection.execute(FIRST, (instance,)).fetchone()
    return Uid(row["uid"]) if row else instance
