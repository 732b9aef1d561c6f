"""Stamps that the clock of today cannot have made: it was ahead, and was put right.

An appliance's clock is wrong when its battery is empty or somebody mistypes a year. What is stamped
in that time is due, or may go, only when the year has really come: an image would wait to be sent
for all of it. Stamps of a clock that was behind do no harm: they are due at once.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from firmware.index import audit
from firmware.index.database import Database, stamp
from firmware.index.outbox import BACKOFF_LAST_S, LAST_STAMP
from hal.clock import Clock

NEVER_VERIFIED = stamp(datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
FALLBACK_S = 7 * 86_400.0  # the most that firmware/config_rules.py lets a rule wait
FETCHED_AGAIN_S = 25 * 3600.0  # firmware/retrieval.py waits for a day at most
REPAIRS: tuple[tuple[str, str], ...] = (
    (
        "to be sent",
        "UPDATE outbox SET due_at = :now"
        " WHERE state IN ('queued', 'sent', 'unproven') AND due_at > :soon",
    ),
    (
        "to be asked about",
        "UPDATE outbox SET due_at = :now"
        " WHERE state NOT IN ('queued', 'sent', 'unproven', 'held', 'committed')"
        " AND due_at > :patience",
    ),
    (
        "to fall back",
        "UPDATE outbox SET fallback_at = :fallback WHERE fallback_at > :fallback",
    ),
    ("committed", "UPDATE outbox SET committed_at = :now WHERE committed_at > :now"),
    ("listed", "UPDATE outbox SET confirmed_at = :now WHERE confirmed_at > :now"),
    (
        "to be fetched back",
        "UPDATE fetch SET due_at = :now"
        " WHERE fetched_at IS NULL AND due_at > :fetched_again AND due_at < :never",
    ),
    ("fetched back", "UPDATE fetch SET fetched_at = :now WHERE fetched_at > :now"),
    (
        "verified",
        "UPDATE instance SET verified_at = :never_verified"
        " WHERE condition = 'good' AND verified_at > :now",
    ),
    ("of plates erased", "UPDATE plate_read SET erased_at = :now WHERE erased_at > :now"),
    (
        "of plates read",  # one that is still to be stored is dated by it: its file says the same
        "UPDATE plate_read SET begun_at = min(begun_at, :now), stored_at = min(stored_at, :now)"
        " WHERE state IN ('stored', 'erased') AND (begun_at > :now OR stored_at > :now)",
    ),
)
"""(what, how): each bound is the longest that firmware itself ever waits."""


@dataclass(frozen=True)
class Misdated:
    database: Database
    clock: Clock
    patience_s: float
    """The longest that any archive's word is waited for."""

    def put_right(self) -> dict[str, int]:
        """What -> how many; on the trail, where there were any."""
        now = self.clock.now()
        bounds = {**self.bounds(now), "never_verified": NEVER_VERIFIED}
        with self.database.transaction() as connection:
            changed = {
                what: count
                for what, statement in REPAIRS
                if (count := connection.execute(statement, bounds).rowcount)
            }
            if changed:
                _record(connection, now, changed)
        return changed

    def bounds(self, now: datetime) -> dict[str, str]:
        """Name in a statement -> the last stamp that a clock which says `now` can have made."""
        longest_s = {
            "now": 0.0,
            "soon": 2 * BACKOFF_LAST_S,
            "patience": self.patience_s,
            "fallback": FALLBACK_S,
            "fetched_again": FETCHED_AGAIN_S,
        }
        stamps = {name: stamp(now + timedelta(seconds=s)) for name, s in longest_s.items()}
        return {**stamps, "never": LAST_STAMP}


def _record(connection: sqlite3.Connection, now: datetime, changed: dict[str, int]) -> None:
    detail = ", ".join(f"{count} {what}" for what, count in changed.items())
    audit.record(connection, now, "clock", "stamps of the future put right", "", detail)
