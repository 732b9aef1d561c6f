"""The last word of each watcher, kept so that `sapi-node status` can show it from outside.

A notice replaces the one before of the same name; the trail is elsewhere.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from firmware.index.database import Database, moment, stamp
from hal.clock import Clock

UNCHANGED = timedelta(hours=1)
"""A watcher looks twice a minute: a disk is not woken each time to be told what it was told before.
What is older than this shows that nobody watches any more."""


class Notices:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, name: str, content: dict[str, Any]) -> None:
        """The same again is written once in `UNCHANGED`."""
        text = json.dumps(content, ensure_ascii=False)
        now = self._clock.now()
        if self._says(name, text, now):
            return
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO notice VALUES (?, ?, ?)", (name, stamp(now), text)
            )

    def _says(self, name: str, text: str, now: datetime) -> bool:
        return any(
            row["content"] == text and abs(now - moment(row["at"])) < UNCHANGED
            for row in self._database.rows("SELECT * FROM notice WHERE name = ?", (name,))
        )
