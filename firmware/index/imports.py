"""The index's side of importing: what was laid into the spool, and what became of it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from firmware.import_verdicts import Judged, Verdict
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, moment, stamp
from firmware.index.entry import Entry
from firmware.index.outbox_table import enqueue
from firmware.keeping import Condition
from firmware.routing import Route, Way
from firmware.store import PublishedFile
from hal.clock import Clock
from hal.errors import Sentence
from hal.values import Uid

SPOOLING = "spooling"
ASIDE = (
    "SELECT condition, coalesce(reason, '') AS reason, successor, coalesce((SELECT max(at)"
    "   FROM audit WHERE object = sop_instance_uid"
    "   AND action IN ('rejected', 'corrected', 'adopted')), stored_at) AS at"
    " FROM instance LEFT JOIN looked_at ON looked_at.instance = sop_instance_uid"
    "   AND verdict = 'rejected'"
    " LEFT JOIN correction ON correction.instance = sop_instance_uid AND pixel_sha256 <> ''"
    " WHERE sop_instance_uid = ? AND condition IN ('rejected', 'superseded', 'discarded')"
)
TOLD_DAYS = 7
"""How long a verdict stays for the one who asked."""


@dataclass(frozen=True)
class Spooled:
    number: int
    file: PublishedFile
    source: str
    send_to: str
    asked_by: str


@dataclass(frozen=True)
class PutAside:
    """A person decided that it goes nowhere any more; its file may be gone already."""

    at: datetime
    reason: str
    """Of a rejection, as the panel has it; empty: not known, the index was made anew since."""
    successor: Uid | None
    """What is in its place; None: it was rejected."""


class Imports:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, spool: str, source: str, send_to: str, asked_by: str) -> int:
        """Before the first byte: whatever has no row in the spool may be swept away."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM import WHERE verdict IS NOT NULL AND asked_at < ?",
                (stamp(now - timedelta(days=TOLD_DAYS)),),
            )
            begun = connection.execute(
                "INSERT INTO import (spool, source, send_to, asked_by, asked_at, verdict)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (spool, source, send_to, asked_by, stamp(now), SPOOLING),
            )
        return int(begun.lastrowid or 0)

    def ready(self, number: int, file: PublishedFile) -> None:
        """It is durable: the node's from here on."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE import SET verdict = NULL, size_bytes = ?, sha256 = ? WHERE id = ?",
                (file.size_bytes, file.sha256, number),
            )

    def given_up(self, number: int) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM import WHERE id = ?", (number,))

    def next(self) -> Spooled | None:
        rows = self._database.rows("SELECT * FROM import WHERE verdict IS NULL ORDER BY id LIMIT 1")
        if not rows:
            return None
        row = rows[0]
        file = PublishedFile(row["spool"], row["size_bytes"], row["sha256"])
        return Spooled(row["id"], file, row["source"], row["send_to"], row["asked_by"])

    def spools(self) -> set[str]:
        """What belongs to somebody."""
        rows = self._database.rows(
            "SELECT spool FROM import WHERE verdict IS NULL OR verdict = ?", (SPOOLING,)
        )
        return {row["spool"] for row in rows}

    def judgement(self, number: int) -> Judged | None:
        """None: it still waits."""
        rows = self._database.rows("SELECT * FROM import WHERE id = ?", (number,))
        if not rows or rows[0]["verdict"] in (None, SPOOLING):
            return None
        row = rows[0]
        uid = Uid(row["sop_instance_uid"] or "")
        return Judged(Verdict(row["verdict"]), Sentence(row["en"], row["fr"]), uid)

    def sha256_of(self, uid: Uid) -> str | None:
        rows = self._database.rows("SELECT sha256 FROM instance WHERE sop_instance_uid = ?", (uid,))
        return rows[0]["sha256"] if rows else None

    def put_aside(self, uid: Uid) -> PutAside | None:
        """None: it is not among those that a person rejected or corrected."""
        for row in self._database.rows(ASIDE, (uid,)):
            successor = row["successor"] if row["condition"] != Condition.REJECTED.value else None
            return PutAside(moment(row["at"]), row["reason"], successor and Uid(successor))
        return None

    def uid_of(self, file: PublishedFile) -> Uid | None:
        """Where it was published, and the power went before its import was settled."""
        rows = self._database.rows(
            "SELECT sop_instance_uid FROM instance WHERE sha256 = ? AND size_bytes = ?",
            (file.sha256, file.size_bytes),
        )
        return Uid(rows[0]["sop_instance_uid"]) if rows else None

    def is_anothers(self, entry: Entry) -> bool:
        """Its study is here under another patient: nothing is merged without a person."""
        rows = self._database.rows(
            "SELECT patient_id, issuer, name, birth_date FROM study"
            " JOIN patient ON patient.id = study.patient WHERE study_instance_uid = ?",
            (entry.study_instance_uid,),
        )
        identity = (entry.patient_id, entry.issuer, entry.name, entry.birth_date)
        return bool(rows) and tuple(rows[0]) != identity

    def settle(self, spooled: Spooled, judged: Judged) -> None:
        with self._database.transaction() as connection:
            _settle(connection, spooled, judged)

    def record(
        self,
        catalogue: Catalogue,
        spooled: Spooled,
        entry: Entry,
        published: PublishedFile,
        route: Route,
        judged: Judged,
    ) -> None:
        """One transaction: stored, queued, on the trail, and told."""
        with self._database.transaction() as connection:
            catalogue.insert(connection, entry, published, route, spooled.asked_by, "imported")
            _settle(connection, spooled, judged)

    def send_too(self, spooled: Spooled, uid: Uid, judged: Judged, *, urgent: bool) -> None:
        """It was there already, and a person wants it sent to one more archive."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            if spooled.send_to:
                enqueue(connection, uid, Way(spooled.send_to), now, urgent=urgent)
            _settle(connection, spooled, judged)


def _settle(connection: sqlite3.Connection, spooled: Spooled, judged: Judged) -> None:
    connection.execute(
        "UPDATE import SET verdict = ?, sop_instance_uid = ?, en = ?, fr = ? WHERE id = ?",
        (
            judged.verdict.value,
            judged.uid or None,
            judged.sentence.en,
            judged.sentence.fr,
            spooled.number,
        ),
    )
