"""The index's side of keeping files: whose digest is to be checked, who may be evicted.

Every change goes through `_change`, which asks `firmware.keeping`, and is on the trail.
"""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from firmware.index import audit
from firmware.index.database import Database, stamp
from firmware.keeping import CHANGES, Condition, Found
from firmware.store import PublishedFile
from hal.clock import Clock
from hal.values import Uid


@dataclass(frozen=True)
class Kept:
    instance: Uid
    file: PublishedFile


class Keeping:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def count(self) -> int:
        """How many files should be there."""
        ((count,),) = self._database.rows("SELECT count(*) FROM instance WHERE condition = 'good'")
        return int(count)

    def longest_unverified(self) -> Kept | None:
        rows = self._database.rows(
            "SELECT * FROM instance WHERE condition = 'good' ORDER BY verified_at LIMIT 1"
        )
        return _kept(rows[0]) if rows else None

    def verified(self, instance: Uid) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE instance SET verified_at = ? WHERE sop_instance_uid = ?",
                (stamp(self._clock.now()), instance),
            )

    def found(self, instance: Uid, found: Found, detail: str = "") -> None:
        with self._database.transaction() as connection:
            self._change(connection, instance, found, detail)

    def choose_for_eviction(self, keep_days: float) -> Kept | None:
        """The oldest that every destination committed to, `keep_days` ago or more; EVICTING now.

        One that was sent nowhere is never chosen.
        """
        before = stamp(self._clock.now() - timedelta(days=keep_days))
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM instance WHERE condition = 'good'"
                " AND EXISTS (SELECT 1 FROM outbox WHERE instance = sop_instance_uid)"
                " AND NOT EXISTS (SELECT 1 FROM outbox WHERE instance = sop_instance_uid"
                "   AND (state <> 'committed' OR committed_at IS NULL OR committed_at > ?))"
                " ORDER BY stored_at LIMIT 1",
                (before,),
            ).fetchone()
            if row is not None:
                self._change(connection, row["sop_instance_uid"], Found.EVICTION_CHOSEN)
        return row and _kept(row)

    def in_condition(self, condition: Condition) -> tuple[Kept, ...]:
        """Of those that are not GOOD; `condition <> 'good'` lets SQLite use the partial index."""
        rows = self._database.rows(
            "SELECT * FROM instance WHERE condition = ? AND condition <> 'good'",
            (condition.value,),
        )
        return tuple(_kept(row) for row in rows)

    def _change(
        self, connection: sqlite3.Connection, instance: Uid, found: Found, detail: str = ""
    ) -> None:
        (condition,) = connection.execute(
            "SELECT condition FROM instance WHERE sop_instance_uid = ?", (instance,)
        ).fetchone()
        target = CHANGES[Condition(condition), found]
        connection.execute(
            "UPDATE instance SET condition = ? WHERE sop_instance_uid = ?",
            (target.value, instance),
        )
        audit.record(connection, self._clock.now(), "keeping", found.value, instance, detail)


def _kept(row: sqlite3.Row) -> Kept:
    file = PublishedFile(row["path"], row["size_bytes"], row["sha256"])
    return Kept(Uid(row["sop_instance_uid"]), file)
