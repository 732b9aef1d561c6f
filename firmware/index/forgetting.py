"""What the index lets go of, by the retention rules: never a row of a file that is, or is to be,
in the store, and never an entry of the trail."""

import json
import sqlite3
from datetime import timedelta

from firmware.index import audit
from firmware.index.database import Database, stamp
from firmware.index.keeping import PROMISED, Kept, kept_of
from hal.clock import Clock
from hal.values import Uid

TOGETHER_MAX = 100  # in one transaction: a scan that ends meanwhile waits for it

KEPT_THERE = (
    "EXISTS (SELECT 1 FROM outbox WHERE instance = next.sop_instance_uid)"  # noqa: S608 -- constants
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE instance = next.sop_instance_uid"
    f"   AND (unproven OR NOT {PROMISED}))"
)
"""The same word that evicts an image releases the one that it replaced."""
SAFE = (
    "EXISTS (SELECT 1 FROM correction JOIN reconciliation ON id = reconciliation"  # noqa: S608 -- constants of this module
    " JOIN instance AS next ON next.sop_instance_uid = successor"
    " WHERE correction.instance = instance.sop_instance_uid AND ended_at IS NOT NULL"
    f" AND (next.condition IN ('good', 'evicting', 'evicted') AND {KEPT_THERE}"
    "   OR next.condition = 'discarded' AND EXISTS (SELECT 1 FROM correction AS further"
    "     WHERE further.instance = next.sop_instance_uid)))"
)

_ASIDE = (
    " AND condition <> 'good'"
    " AND (SELECT max(at) FROM audit WHERE object = sop_instance_uid"
    "   AND action IN ('rejected', 'corrected', 'adopted')) <= ?"
)
REJECTED = f"SELECT * FROM instance WHERE condition = 'rejected'{_ASIDE} LIMIT ?"  # noqa: S608 -- constants of this module
SUPERSEDED = f"SELECT * FROM instance WHERE condition = 'superseded'{_ASIDE} AND {SAFE} LIMIT ?"  # noqa: S608 -- as above
"""Written out, as a parameter that an index with a condition is chosen by has SQLite prepare the
question anew each time (https://www.sqlite.org/partialindex.html, 3.1): 160 us in place of 10."""


class Forgetting:
    def __init__(
        self, database: Database, clock: Clock, trusted_lists: tuple[str, ...] = ()
    ) -> None:
        """`trusted_lists`: as in `firmware.keeping.Rules`."""
        self._database = database
        self._clock = clock
        self._trusted_lists = json.dumps(trusted_lists)

    def restored_before(self, days: float) -> tuple[tuple[Uid, str], ...]:
        """(UID, path) of what was fetched back so long ago or longer."""
        rows = self._database.rows(
            "SELECT sop_instance_uid, path FROM fetch"
            " JOIN instance ON sop_instance_uid = fetch.instance"
            " WHERE fetched_at IS NOT NULL AND fetched_at <= ? ORDER BY fetched_at LIMIT ?",
            (self._before(days), TOGETHER_MAX),
        )
        return tuple((Uid(row["sop_instance_uid"]), str(row["path"])) for row in rows)

    def forget_fetch(self, instance: Uid, removed: str) -> None:
        """`removed`: the damaged file that was kept aside till now; empty when there was none."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM fetch WHERE instance = ? AND fetched_at IS NOT NULL", (instance,)
            )
            if removed:
                now = self._clock.now()
                audit.record(connection, now, "keeping", "damaged copy removed", instance, removed)

    def aside_before(self, rejected_days: float, superseded_days: float) -> tuple[Kept, ...]:
        """Rejected or superseded so long ago or longer; 0: none of that kind.

        A superseded one not before its successor is in the store or was evicted, every archive
        keeps that by the word asked of it, and its study's correction is over. Corrected twice, the
        last decides.
        """
        kinds = (
            (REJECTED, rejected_days, ()),
            (SUPERSEDED, superseded_days, (self._trusted_lists,)),
        )
        return tuple(
            kept_of(row)
            for question, days, lists in kinds
            if days > 0
            for row in self._database.rows(question, (self._before(days), *lists, TOGETHER_MAX))
        )

    def forget_evicted(self, days: float) -> int:
        """Rows of images that were evicted so long ago or longer; how many went."""
        before = self._before(days)
        due = (
            "SELECT sop_instance_uid FROM instance WHERE condition = 'evicted'"
            " AND condition <> 'good' AND stored_at <= ?"
            " AND NOT EXISTS (SELECT 1 FROM fetch WHERE instance = sop_instance_uid)"
            # It tells that the one whose place it took may go.
            " AND NOT EXISTS (SELECT 1 FROM correction JOIN instance AS old"
            "   ON old.sop_instance_uid = correction.instance"
            "   WHERE successor = instance.sop_instance_uid AND old.condition = 'superseded')"
            " AND (SELECT max(at) FROM audit WHERE object = sop_instance_uid"
            "   AND action = 'file removed') <= ? LIMIT ?"
        )
        rows = self._database.rows(due, (before, before, TOGETHER_MAX))
        if not rows:
            return 0
        with self._database.transaction() as connection:
            for row in connection.execute(due, (before, before, TOGETHER_MAX)).fetchall():
                self._forget(connection, row["sop_instance_uid"])
        return len(rows)

    def _forget(self, connection: sqlite3.Connection, instance: Uid) -> None:
        (series, study, patient) = connection.execute(
            "SELECT series, study, patient FROM instance"
            " JOIN series ON series_instance_uid = series"
            " JOIN study ON study_instance_uid = study WHERE sop_instance_uid = ?",
            (instance,),
        ).fetchone()
        connection.execute("DELETE FROM outbox WHERE instance = ?", (instance,))
        connection.execute("DELETE FROM instance WHERE sop_instance_uid = ?", (instance,))
        for sql, key in (
            (
                "DELETE FROM series WHERE series_instance_uid = ?1"
                " AND NOT EXISTS (SELECT 1 FROM instance WHERE series = ?1)",
                series,
            ),
            (
                "DELETE FROM study WHERE study_instance_uid = ?1"
                " AND NOT EXISTS (SELECT 1 FROM series WHERE study = ?1)",
                study,
            ),
            (
                "DELETE FROM patient WHERE id = ?1"
                " AND NOT EXISTS (SELECT 1 FROM study WHERE patient = ?1)",
                patient,
            ),
        ):
            connection.execute(sql, (key,))
        audit.record(connection, self._clock.now(), "keeping", "row forgotten", instance)

    def _before(self, days: float) -> str:
        return stamp(self._clock.now() - timedelta(days=days))
