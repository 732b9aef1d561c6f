"""The orders that the RIS last listed, kept for when it is away and for the next start."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from firmware.index.database import Database, moment, stamp
from firmware.index.order_json import from_json, to_json
from hal.clock import Clock
from hal.values import Order

KEPT = timedelta(days=3)
"""Over a weekend. What is older was done, moved or called off without this node hearing of it."""
UNCHANGED = timedelta(hours=6)
"""The same orders again are not worth waking a disk each minute: only a power cut that takes the
RIS down too has a restart call them so much older than they are; see `Scheduled.confirm`."""


@dataclass(frozen=True)
class Reading:
    orders: tuple[Order, ...] = ()
    at: datetime | None = None
    """None: never, or too long ago."""


class Scheduled:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def last(self) -> Reading:
        (row,) = self._database.rows("SELECT max(at) AS at FROM worklist_reading")
        at = row["at"] and moment(row["at"])
        if at is None or self._clock.now() - at > KEPT:
            return Reading()
        rows = self._database.rows("SELECT order_json FROM scheduled ORDER BY place")
        return Reading(tuple(from_json(row["order_json"]) for row in rows), at)

    def keep(self, orders: tuple[Order, ...]) -> None:
        """In place of those before: what the RIS lists no more is called off or done."""
        now, last = self._clock.now(), self.last()
        if last.at and last.orders == orders and abs(now - last.at) < UNCHANGED:
            return
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM scheduled")
            connection.executemany(
                "INSERT INTO scheduled VALUES (?, ?)",
                [(place, to_json(order)) for place, order in enumerate(orders)],
            )
            connection.execute(
                "INSERT OR REPLACE INTO worklist_reading VALUES (1, ?)", (stamp(now),)
            )

    def confirm(self, at: datetime) -> None:
        """They were the same at that time: written once the RIS is away, so that a restart
        meanwhile says how old they are."""
        last = self.last()
        if last.at is None or last.at >= at:
            return
        with self._database.transaction() as connection:
            connection.execute("UPDATE worklist_reading SET at = ?", (stamp(at),))

    def done(self) -> tuple[Order, ...]:
        """Of the examinations that were completed lately."""
        rows = self._database.rows(
            "SELECT order_json FROM examination WHERE ended = 'completed' AND opened_at >= ?",
            (stamp(self._clock.now() - KEPT),),
        )
        return tuple(from_json(row["order_json"]) for row in rows)
