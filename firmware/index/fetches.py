"""What is to come back from an archive: asked for by the scrub's findings or by a person."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from firmware.index import audit
from firmware.index.database import Database, moment, stamp
from firmware.index.keeping import Kept
from firmware.index.outbox import LAST_STAMP
from firmware.keeping import Condition
from firmware.store import PublishedFile
from hal.clock import Clock
from hal.errors import Sentence
from hal.values import SopReference, Uid

PERSON = "person"
SCRUB = "scrub"
KEPT_THERE = (
    "EXISTS (SELECT 1 FROM outbox WHERE outbox.instance = sop_instance_uid"
    " AND (state = 'committed' OR confirmed_at IS NOT NULL)"
    " AND destination IN (SELECT value FROM json_each(?)))"
)
"""Promised, or listed once: the digest judges what comes back from either."""
SENT_AGAIN = (
    "EXISTS (SELECT 1 FROM outbox WHERE outbox.instance = sop_instance_uid"
    " AND state IN ('queued', 'held') AND state <> 'committed')"
)
LOST = "condition IN ('damaged', 'missing') AND condition <> 'good'"
"""The second half lets SQLite use the partial index."""


@dataclass(frozen=True)
class Fetch:
    kept: Kept
    condition: Condition
    reference: SopReference
    study_instance_uid: Uid
    series_instance_uid: Uid
    transfer_syntax_uid: Uid
    tries: int
    kept_at: tuple[str, ...]
    """Destinations that committed to it, then those that listed it; one at least."""
    is_lost: bool = True
    """False: it was evicted, and no archive that keeps it has denied it since."""
    sent_as: tuple[Uid, ...] = ()
    """Syntaxes that any archive was sent it in, beside the stored one."""
    is_persons: bool = False
    """Asked for by `sapi-node index fetch`: its answer is read, and nothing waits for the next."""


@dataclass(frozen=True)
class FetchStanding:
    """How far it got, for the one who waits."""

    condition: Condition
    received_bytes: int
    size_bytes: int
    tries: int
    error: Sentence | None
    due_at: datetime | None
    """None: not tried again before somebody asks."""


class Fetches:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_lost(self, destinations: Iterable[str]) -> None:
        """Every image that is damaged or missing, and that one of these committed to or listed."""
        rows = self._database.rows(
            "SELECT sop_instance_uid FROM instance"  # noqa: S608 -- constants of this module
            " LEFT JOIN fetch ON fetch.instance = sop_instance_uid"
            f" WHERE {LOST} AND {KEPT_THERE}"
            " AND (fetch.instance IS NULL OR fetched_at IS NOT NULL)",
            (_json(destinations),),
        )
        for row in rows:
            self.ask(Uid(row["sop_instance_uid"]), SCRUB)

    def hopeless(self, destinations: Iterable[str]) -> tuple[Uid, ...]:
        """Damaged or missing, and none of these committed to it or listed it."""
        rows = self._database.rows(
            f"SELECT sop_instance_uid FROM instance WHERE {LOST} AND NOT {KEPT_THERE}",  # noqa: S608 -- constants of this module
            (_json(destinations),),
        )
        return tuple(Uid(row["sop_instance_uid"]) for row in rows)

    def can_come_back(self, instance: Uid, destinations: Iterable[str]) -> bool:
        return bool(
            self._database.rows(
                f"SELECT 1 FROM instance WHERE sop_instance_uid = ? AND {KEPT_THERE}",  # noqa: S608 -- constants of this module
                (instance, _json(destinations)),
            )
        )

    def ask(self, instance: Uid, asked_by: str) -> None:
        """Due now, as if never tried."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO fetch (instance, asked_by, asked_at, due_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET asked_by = excluded.asked_by,"
                " asked_at = excluded.asked_at, due_at = excluded.due_at, tries = 0,"
                " received_bytes = 0, error_en = '', error_fr = '', fetched_at = NULL",
                (instance, asked_by, stamp(now), stamp(now)),
            )
            audit.record(connection, now, asked_by, "fetch asked", instance)

    def next_due(self, destinations: Iterable[str]) -> Fetch | None:
        """What a person waits for comes first."""
        rows = self._database.rows(
            f"SELECT tries, asked_by, instance.*, study, {SENT_AGAIN} AS sent_again FROM fetch"  # noqa: S608 -- constants of this module
            " JOIN instance ON sop_instance_uid = fetch.instance"
            " JOIN series ON series_instance_uid = series"
            " WHERE fetched_at IS NULL AND due_at <= ?"
            f" AND condition IN ('damaged', 'missing', 'evicted') AND {KEPT_THERE}"
            " ORDER BY asked_by = 'person' DESC, due_at LIMIT 1",
            (stamp(self._clock.now()), _json(destinations)),
        )
        return self._fetch(rows[0], destinations) if rows else None

    def _fetch(self, row: sqlite3.Row, destinations: Iterable[str]) -> Fetch:
        uid = Uid(row["sop_instance_uid"])
        kept_at = self._database.rows(
            "SELECT destination, sent_as FROM outbox WHERE instance = ?"
            " AND (state = 'committed' OR confirmed_at IS NOT NULL)"
            " AND destination IN (SELECT value FROM json_each(?))"
            " ORDER BY state = 'committed' DESC, committed_at, confirmed_at",
            (uid, _json(destinations)),
        )
        return Fetch(
            kept=Kept(uid, PublishedFile(row["path"], row["size_bytes"], row["sha256"])),
            condition=Condition(row["condition"]),
            reference=SopReference(Uid(row["sop_class_uid"]), uid),
            study_instance_uid=Uid(row["study"]),
            series_instance_uid=Uid(row["series"]),
            transfer_syntax_uid=Uid(row["transfer_syntax_uid"]),
            tries=row["tries"],
            kept_at=tuple(each["destination"] for each in kept_at),
            is_lost=row["condition"] != Condition.EVICTED.value or bool(row["sent_again"]),
            sent_as=sent_as(each["sent_as"] for each in kept_at),
            is_persons=row["asked_by"] == PERSON,
        )

    def received(self, instance: Uid, size_bytes: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE fetch SET received_bytes = ? WHERE instance = ?", (size_bytes, instance)
            )

    def failed(self, instance: Uid, sentence: Sentence, wait_s: float | None) -> None:
        """`wait_s` None: not again before somebody asks."""
        due_at = LAST_STAMP
        if wait_s is not None:
            due_at = stamp(self._clock.now() + timedelta(seconds=wait_s))
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE fetch SET due_at = ?, tries = tries + 1, received_bytes = 0,"
                " error_en = ?, error_fr = ? WHERE instance = ?",
                (due_at, sentence.en, sentence.fr, instance),
            )
            now = self._clock.now()
            audit.record(connection, now, "keeping", "not fetched back", instance, sentence.en)

    def standing(self, instance: Uid) -> FetchStanding | None:
        """None: nobody asked for it."""
        rows = self._database.rows(
            "SELECT fetch.*, condition, size_bytes FROM fetch"
            " JOIN instance ON sop_instance_uid = fetch.instance WHERE fetch.instance = ?",
            (instance,),
        )
        return _standing(rows[0]) if rows else None


def sent_as(lists: Iterable[str]) -> tuple[Uid, ...]:
    """Of outbox rows."""
    return tuple(sorted({Uid(syntax) for each in lists for syntax in json.loads(each)}))


def _json(destinations: Iterable[str]) -> str:
    return json.dumps(list(destinations))


def _standing(row: sqlite3.Row) -> FetchStanding:
    error = Sentence(row["error_en"], row["error_fr"]) if row["error_en"] else None
    is_over = row["due_at"] == LAST_STAMP or row["fetched_at"] is not None
    return FetchStanding(
        condition=Condition(row["condition"]),
        received_bytes=row["received_bytes"],
        size_bytes=row["size_bytes"],
        tries=row["tries"],
        error=error,
        due_at=None if is_over else moment(row["due_at"]),
    )
