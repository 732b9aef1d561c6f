"""In what transfer syntax each image goes, and went, to an archive."""

import json
from collections.abc import Mapping, Sequence

from firmware.index.database import Database, stamp
from firmware.index.outbox_table import OPEN
from firmware.index.renditions import Queued, queued
from firmware.moves import State
from hal.clock import Clock
from hal.values import Uid


class SentAs:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def due(self, destination: str, count_max: int, *, routine_first: bool) -> list[Queued]:
        """What `Outbox.lease` would take now, in its order; nothing is taken. What is still SENDING
        was interrupted, and is due whatever its stamp."""
        order = "ASC" if routine_first else "DESC"
        rows = self._database.rows(
            "SELECT outbox.urgent, outbox.due_at, instance.* FROM outbox"  # noqa: S608 -- constants of this module
            " JOIN instance ON sop_instance_uid = instance"
            " JOIN series ON series_instance_uid = series"
            f" WHERE state IN (?, ?) AND {OPEN} AND destination = ?"
            " AND (state = 'sending' OR due_at <= ?)"
            f" ORDER BY urgent {order}, min(due_at) OVER (PARTITION BY urgent, study), study,"
            " series_number, instance_number LIMIT ?",
            (
                State.QUEUED.value,
                State.SENDING.value,
                destination,
                stamp(self._clock.now()),
                count_max,
            ),
        )
        return [queued(row) for row in rows if row["urgent"] == rows[0]["urgent"]]

    def image(self, instance: Uid, destination: str) -> tuple[Queued, bool]:
        """(it, whether it goes only as it is stored)."""
        (row,) = self._database.rows(
            "SELECT outbox.urgent, outbox.due_at, as_stored, instance.* FROM outbox"
            " JOIN instance ON sop_instance_uid = instance"
            " WHERE sop_instance_uid = ? AND destination = ?",
            (instance, destination),
        )
        return queued(row), bool(row["as_stored"])

    def goes_as(self, destination: str, syntaxes: Mapping[Uid, Uid]) -> None:
        """Before it is sent: an archive may have what it never answered for."""
        new = {
            uid: sorted({*self._sent_as(uid, destination), syntax})
            for uid, syntax in syntaxes.items()
            if syntax not in self._sent_as(uid, destination)
        }
        if not new:
            return
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE outbox SET sent_as = ? WHERE instance = ? AND destination = ?",
                [(json.dumps(all_of_them), uid, destination) for uid, all_of_them in new.items()],
            )

    def only_as_stored(self, destination: str, instance: Uid) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE outbox SET as_stored = 1 WHERE instance = ? AND destination = ?",
                (instance, destination),
            )

    def _sent_as(self, instance: Uid, destination: str) -> Sequence[str]:
        rows = self._database.rows(
            "SELECT sent_as FROM outbox WHERE instance = ? AND destination = ?",
            (instance, destination),
        )
        return list(json.loads(rows[0]["sent_as"])) if rows else ()
