"""The index's side of keeping files: whose digest is to be checked, who may be evicted.

Every change goes through `_change`, which asks `firmware.keeping`, and is on the trail.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from firmware.index import audit
from firmware.index.database import Database, stamp
from firmware.keeping import CHANGES, Condition, Found, Rules
from firmware.store import PublishedFile, superseded_path
from hal.clock import Clock
from hal.values import Uid

PROMISED = (
    "(state = 'committed' OR (state = 'confirmed by query'"
    " AND destination IN (SELECT value FROM json_each(?))))"
)
"""Of an outbox row: its archive keeps the image, by the word that the configuration asks of it. The
parameter is JSON: the archives whose list is enough."""


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

    def longest_unverified(self, but_not: Iterable[Uid] = ()) -> Kept | None:
        rows = self._database.rows(
            "SELECT * FROM instance WHERE condition = 'good'"
            " AND sop_instance_uid NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY verified_at LIMIT 1",
            (json.dumps(list(but_not)),),
        )
        return kept_of(rows[0]) if rows else None

    def kept(self, instance: Uid) -> Kept | None:
        """None: its file is not here, or not known to be good."""
        rows = self._database.rows(
            "SELECT * FROM instance WHERE sop_instance_uid = ? AND condition = 'good'", (instance,)
        )
        return kept_of(rows[0]) if rows else None

    def is_good(self, instance: Uid) -> bool:
        return self.kept(instance) is not None

    def verified(self, instance: Uid) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE instance SET verified_at = ? WHERE sop_instance_uid = ?",
                (stamp(self._clock.now()), instance),
            )

    def found(self, instance: Uid, found: Found, detail: str = "") -> None:
        with self._database.transaction() as connection:
            self._change(connection, instance, found, detail)

    def found_of_good(self, instance: Uid, found: Found, detail: str = "") -> bool:
        """What a look at a file has shown, unless the image was chosen for eviction meanwhile: then
        False, nothing is written, and its end is eviction's.
        """
        with self._database.transaction() as connection:
            is_good = self.is_good(instance)
            if is_good:
                self._change(connection, instance, found, detail)
        return is_good

    def choose_for_eviction(self, rules: Rules) -> Kept | None:
        """The oldest that every destination committed to, as long ago as the rules say or longer;
        EVICTING now. One that was sent nowhere is never chosen, nor one that an archive calls a
        duplicate of what was never shown to be the same.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM instance WHERE condition = 'good'"  # noqa: S608 -- constants
                " AND EXISTS (SELECT 1 FROM outbox WHERE instance = sop_instance_uid)"
                " AND NOT EXISTS (SELECT 1 FROM outbox WHERE instance = sop_instance_uid"
                f"   AND NOT {PROMISED}"
                "   OR instance = sop_instance_uid"
                "     AND (unproven OR coalesce(committed_at, confirmed_at) IS NULL"
                "     OR coalesce(committed_at, confirmed_at)"
                "       > CASE WHEN urgent THEN ? ELSE ? END))"
                " AND NOT EXISTS (SELECT 1 FROM fetch WHERE instance = sop_instance_uid"
                "   AND fetched_at > ?)"
                " ORDER BY stored_at LIMIT 1",
                (
                    json.dumps(rules.trusted_lists),
                    *(
                        stamp(self._clock.now() - timedelta(days=days))
                        for days in (rules.keep_urgent_days, rules.keep_days, rules.restored_days)
                    ),
                ),
            ).fetchone()
            if row is not None:
                self._change(connection, row["sop_instance_uid"], Found.EVICTION_CHOSEN)
        return row and kept_of(row)

    def supersede(self, connection: sqlite3.Connection, instance: Uid, detail: str) -> None:
        """In a transaction of the caller's, which stores and queues its successor."""
        self._change(connection, instance, Found.CORRECTED, detail)
        connection.execute(
            "UPDATE instance SET path = ? WHERE sop_instance_uid = ?",
            (superseded_path(instance), instance),
        )

    def at(self, path: str) -> Kept | None:
        """Whose place this is, whatever became of the file."""
        rows = self._database.rows("SELECT * FROM instance WHERE path = ?", (path,))
        return kept_of(rows[0]) if rows else None

    def is_over(self, path: str) -> bool:
        """What was put aside here was to be kept for a time, and the time is over."""
        return bool(
            self._database.rows(
                "SELECT 1 FROM instance WHERE path = ? AND condition = 'discarded'", (path,)
            )
        )

    def is_committed(self, instance: Uid) -> bool:
        """At one archive at least: it may come back from there."""
        return bool(
            self._database.rows(
                "SELECT 1 FROM outbox WHERE instance = ? AND state = 'committed'", (instance,)
            )
        )

    def lost_count(self) -> int:
        """How many are damaged or missing."""
        ((count,),) = self._database.rows(
            "SELECT count(*) FROM instance"
            " WHERE condition IN ('damaged', 'missing') AND condition <> 'good'"
        )
        return int(count)

    def in_condition(self, condition: Condition) -> tuple[Kept, ...]:
        """Of those that are not GOOD; `condition <> 'good'` lets SQLite use the partial index, and
        `IN (?)` keeps the statement prepared (see `outbox_table.OPEN`).
        """
        rows = self._database.rows(
            "SELECT * FROM instance WHERE condition IN (?) AND condition <> 'good'",
            (condition.value,),
        )
        return tuple(kept_of(row) for row in rows)

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
        if target is Condition.GOOD:
            self._good_again(connection, instance)
        audit.record(connection, self._clock.now(), "keeping", found.value, instance, detail)

    def _good_again(self, connection: sqlite3.Connection, instance: Uid) -> None:
        """Its digest was just found right, and nobody has to fetch it any more."""
        now = stamp(self._clock.now())
        connection.execute(
            "UPDATE instance SET verified_at = ? WHERE sop_instance_uid = ?", (now, instance)
        )
        connection.execute(
            "UPDATE fetch SET fetched_at = ?, error_en = '', error_fr = '' WHERE instance = ?",
            (now, instance),
        )


def kept_of(row: sqlite3.Row) -> Kept:
    file = PublishedFile(row["path"], row["size_bytes"], row["sha256"])
    return Kept(Uid(row["sop_instance_uid"]), file)
