"""The last word of each watcher, kept so that `sapi-node status` can show it from outside.

A notice replaces the one before of the same name; the trail is elsewhere.
"""

import json
from typing import Any

from firmware.index.database import Database, stamp
from hal.clock import Clock


class Notices:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, ensure_ascii=False)
        now = stamp(self._clock.now())
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notice VALUES (?, ?, ?)", (name, now, text))
