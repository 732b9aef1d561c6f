"""The index's side of the worker that corrects images: what is next, and each step's transaction.

An instance is superseded in the very transaction that stores and queues its successor: there is
no moment in which neither, or both, are to be sent.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firmware.dicom.uids import new_uid
from firmware.index import audit
from firmware.index.catalogue import Catalogue, is_anothers
from firmware.index.database import Database, moment, stamp
from firmware.index.entry import Entry
from firmware.index.keeping import Keeping
from firmware.index.order_json import from_json
from firmware.index.outbox_table import MAY_HAVE, OPEN, STOPPED, OutboxTable, enqueue
from firmware.index.reconciliations import IMAGES, Outcome
from firmware.keeping import Condition
from firmware.moves import Happened, State
from firmware.routing import Route, Way
from firmware.store import PublishedFile
from hal.clock import Clock, Entropy
from hal.errors import ConfigError, Sentence
from hal.values import Order, SopReference, Uid

TAKEN = Sentence(
    en="The study of this order has become another patient's meanwhile. Ask for it again: these "
    "images get a study of their own.",
    fr="L'examen de cette demande est devenu entre-temps celui d'un autre patient. Redemandez le "
    "rattachement : ces images auront leur propre examen.",
)
OF_THE_JOB = (
    "FROM instance JOIN series ON series_instance_uid = series"
    " WHERE study = ? AND modality <> 'KO'"
    " AND condition NOT IN ('superseded', 'rejected', 'discarded')"
    " AND (? = '[]' OR sop_instance_uid IN (SELECT value FROM json_each(?)))"
)
REPLACED = "pixel_sha256 <> ''"
"""Else it is laid only: a request that fails leaves what it could not correct as it was."""
BEING_SENT = (
    "EXISTS (SELECT 1 FROM outbox WHERE outbox.instance = sop_instance_uid AND state = 'sending')"
)
CORRECTABLE = f"condition = 'good' AND NOT {STOPPED}"
WITHDRAWABLE = f"state IN ('{State.QUEUED.value}', '{State.HELD.value}') AND {OPEN}"


@dataclass(frozen=True)
class Job:
    number: int
    study: Uid
    order: Order
    reason: str
    asked_by: str
    target_study: Uid
    note: Uid
    note_series: Uid
    images: str
    """JSON: those that were in the study when it was asked for."""


@dataclass(frozen=True)
class Waiting:
    """An image of the study that has no successor yet."""

    file: PublishedFile
    reference: SopReference
    transfer_syntax_uid: Uid
    series: Uid
    condition: Condition

    @property
    def uid(self) -> Uid:
        return self.reference.sop_instance_uid


@dataclass(frozen=True)
class Correction:
    successor: Uid
    series: Uid
    series_number: int
    laid_at: datetime


@dataclass(frozen=True)
class Replaced:
    """What a rejection note refers to."""

    reference: SopReference
    series: Uid
    path: str


class Corrections(OutboxTable):
    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._keeping = Keeping(database, clock)

    def next(self, passed: int = 0) -> Job | None:
        """In turn, from the one after `passed`: one that waits holds no other back."""
        rows = self._database.rows(
            "SELECT * FROM reconciliation WHERE ended_at IS NULL ORDER BY id <= ?, id LIMIT 1",
            (passed,),
        )
        return _job(rows[0]) if rows else None

    def job(self, number: int) -> Job:
        (row,) = self._database.rows("SELECT * FROM reconciliation WHERE id = ?", (number,))
        return _job(row)

    def one(self, instance: Uid) -> Waiting | None:
        """Whatever became of it; None: it is not in the index."""
        rows = self._database.rows("SELECT * FROM instance WHERE sop_instance_uid = ?", (instance,))
        return _waiting(rows[0]) if rows else None

    def waiting(self, job: Job) -> tuple[Waiting, ...]:
        """In the order in which they were made; those that are not on this disk come last.

        What came to the study after the request is not among them: nobody said whose it is.
        """
        rows = self._database.rows(
            f"SELECT instance.* {OF_THE_JOB} AND NOT {STOPPED}"
            " ORDER BY condition <> 'good', series_number, instance_number, stored_at",
            (job.study, job.images, job.images),
        )
        return tuple(_waiting(row) for row in rows)

    def lay(self, job: Job, image: Waiting, entropy: Entropy) -> Correction:
        """The successor's UIDs, before its first byte: the same ones however often it is asked.

        Raises ConfigError when the study that they are for has become another patient's.
        """
        with self._database.transaction() as connection:
            if is_anothers(connection, job.target_study, job.order.patient):
                raise ConfigError(TAKEN)
            connection.execute(  # of a request that failed: another patient's, in another study
                "DELETE FROM correction WHERE instance = ? AND reconciliation <> ?",
                (image.uid, job.number),
            )
            row = _correction(connection, image.uid)
            if row is None:
                series, number = _series_of(connection, job, image, entropy)
                now = stamp(self._clock.now())
                connection.execute(
                    "INSERT INTO correction (instance, reconciliation, successor, series,"
                    " series_number, laid_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (image.uid, job.number, new_uid(entropy), series, number, now),
                )
                row = _correction(connection, image.uid)
        return Correction(
            successor=Uid(row["successor"]),
            series=Uid(row["series"]),
            series_number=row["series_number"],
            laid_at=moment(row["laid_at"]),
        )

    def record(
        self,
        job: Job,
        image: Waiting,
        new: tuple[Catalogue, Entry, PublishedFile, Route] | None,
        pixel_sha256: str,
    ) -> bool:
        """One transaction. `new` is None when the successor was adopted already.

        False, and nothing is written: the image was rejected, lost or evicted meanwhile.
        """
        with self._database.transaction() as connection:
            question = f"SELECT 1 FROM instance WHERE sop_instance_uid = ? AND {CORRECTABLE}"  # noqa: S608 -- constants of this module
            if connection.execute(question, (image.uid,)).fetchone() is None:
                return False
            row = _correction(connection, image.uid)
            successor = Uid(row["successor"])
            if new is not None:
                catalogue, entry, published, route = new
                catalogue.insert(connection, entry, published, route, job.asked_by, "corrected")
            self._send_where_the_old_went(connection, image.uid, successor)
            connection.execute(
                "UPDATE correction SET pixel_sha256 = ? WHERE instance = ?",
                (pixel_sha256, image.uid),
            )
            detail = f"{successor}, {job.reason}, pixels {pixel_sha256}"
            self._keeping.supersede(connection, image.uid, detail)
            self._withdraw(connection, image.uid, job.asked_by)
        return True

    def _send_where_the_old_went(
        self, connection: sqlite3.Connection, old: Uid, successor: Uid
    ) -> None:
        """An import that a person sent elsewhere, a fallback: who has the wrong one gets the right
        one."""
        rows = connection.execute(
            "SELECT destination, urgent FROM outbox WHERE instance = ?", (old,)
        ).fetchall()
        now = self._clock.now()
        for row in rows:
            way = Way(row["destination"])
            enqueue(connection, successor, way, now, urgent=bool(row["urgent"]))

    def _withdraw(self, connection: sqlite3.Connection, instance: Uid, actor: str) -> None:
        rows = connection.execute(
            f"SELECT * FROM outbox WHERE instance = ? AND {WITHDRAWABLE}",  # noqa: S608 -- constants of this module
            (instance,),
        ).fetchall()
        for row in rows:
            self._move(connection, row, Happened.WITHDRAWN, actor=actor)

    def withdraw_again(self) -> None:
        """What was on the line when it was superseded, and came back to the queue."""
        question = (
            "SELECT outbox.* FROM instance JOIN outbox ON outbox.instance = sop_instance_uid"  # noqa: S608 -- constants of this module
            f" WHERE condition = 'superseded' AND condition <> 'good' AND {WITHDRAWABLE}"
        )
        if self._database.rows(question):
            with self._database.transaction() as connection:
                for row in connection.execute(question).fetchall():
                    self._move(connection, row, Happened.WITHDRAWN)

    def is_on_the_line(self, job: Job) -> bool:
        """One of them is being sent at this moment: whether it arrives is not known yet. So is one
        that was rejected: it is corrected if it does."""
        rejected = f"SELECT 1 {OF_THE_JOB} AND {STOPPED} AND {BEING_SENT} LIMIT 1"
        return bool(
            self._database.rows(rejected, (job.study, job.images, job.images))
            or self._database.rows(
                "SELECT 1 FROM correction JOIN outbox ON outbox.instance = correction.instance"  # noqa: S608 -- constants of this module
                f" WHERE reconciliation = ? AND {REPLACED} AND state = 'sending' LIMIT 1",
                (job.number,),
            )
        )

    def replaced(self, job: Job) -> tuple[Uid, ...]:
        rows = self._database.rows(
            f"SELECT instance FROM correction WHERE reconciliation = ? AND {REPLACED}",  # noqa: S608 -- constants of this module
            (job.number,),
        )
        return tuple(Uid(row["instance"]) for row in rows)

    def sent(self, job: Job) -> tuple[tuple[Replaced, ...], tuple[str, ...]]:
        """(the superseded images that some archive may have, those archives)."""
        rows = self._database.rows(
            "SELECT DISTINCT sop_instance_uid, sop_class_uid, instance.series, path, destination"  # noqa: S608 -- constants of this module
            " FROM correction JOIN instance ON sop_instance_uid = correction.instance"
            " JOIN outbox ON outbox.instance = sop_instance_uid"
            f" WHERE reconciliation = ? AND {REPLACED} AND {MAY_HAVE}"
            " ORDER BY instance_number, sop_instance_uid",
            (job.number,),
        )
        replaced = {
            Replaced(
                SopReference(Uid(row["sop_class_uid"]), Uid(row["sop_instance_uid"])),
                Uid(row["series"]),
                row["path"],
            ): None
            for row in rows
        }
        return tuple(replaced), tuple(sorted({row["destination"] for row in rows}))

    def has(self, instance: Uid) -> bool:
        return bool(
            self._database.rows("SELECT 1 FROM instance WHERE sop_instance_uid = ?", (instance,))
        )

    def say(self, job: Job, outcome: Outcome, sentence: Sentence) -> None:
        """The progress; written only when it says something new."""
        known = self._database.rows(
            "SELECT 1 FROM reconciliation WHERE id = ? AND said_en = ?", (job.number, sentence.en)
        )
        if not known:
            with self._database.transaction() as connection:
                _say(connection, job, outcome, sentence)

    def end(
        self,
        job: Job,
        outcome: Outcome,
        sentence: Sentence,
        note: tuple[Catalogue, Entry, PublishedFile, Route] | None = None,
        destinations: tuple[str, ...] = (),
    ) -> None:
        """One transaction: the rejection note, where there is one, and the end of the request."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            if note is not None:
                catalogue, entry, published, route = note
                catalogue.insert(connection, entry, published, route, job.asked_by, "rejected")
            for destination in destinations:
                enqueue(connection, job.note, Way(destination), now, urgent=False)
            _say(connection, job, outcome, sentence)
            connection.execute(
                "UPDATE reconciliation SET ended_at = ? WHERE id = ?", (stamp(now), job.number)
            )
            # What came to the study meanwhile is still where a person said that it is wrong.
            if connection.execute(IMAGES, (job.study,)).fetchone() is None:
                connection.execute("DELETE FROM marked_wrong WHERE study = ?", (job.study,))
            action = f"reconciliation {outcome.value}"
            audit.record(connection, now, job.asked_by, action, job.study, sentence.en)


def _say(connection: sqlite3.Connection, job: Job, outcome: Outcome, sentence: Sentence) -> None:
    connection.execute(
        "UPDATE reconciliation SET outcome = ?, said_en = ?, said_fr = ? WHERE id = ?",
        (outcome.value, sentence.en, sentence.fr, job.number),
    )


def _correction(connection: sqlite3.Connection, instance: Uid) -> Any:
    """A row, or None while nothing is laid."""
    return connection.execute("SELECT * FROM correction WHERE instance = ?", (instance,)).fetchone()


def _series_of(
    connection: sqlite3.Connection, job: Job, image: Waiting, entropy: Entropy
) -> tuple[str, int]:
    """Images of one series stay together, in a series of the other study (PS3.3 A.1.4: a series
    is of one study)."""
    row = connection.execute(
        "SELECT correction.series, correction.series_number FROM correction"
        " JOIN instance ON sop_instance_uid = correction.instance"
        " WHERE reconciliation = ? AND instance.series = ? LIMIT 1",
        (job.number, image.series),
    ).fetchone()
    if row is not None:
        return row["series"], row["series_number"]
    (last,) = connection.execute(
        "SELECT max(number) FROM (SELECT series_number AS number FROM series WHERE study = ?"
        " UNION ALL SELECT series_number FROM correction WHERE reconciliation = ?)",
        (job.target_study, job.number),
    ).fetchone()
    return new_uid(entropy), (last or 0) + 1


def _job(row: sqlite3.Row) -> Job:
    return Job(
        number=row["id"],
        study=Uid(row["study"]),
        order=from_json(row["order_json"]),
        reason=row["reason"],
        asked_by=row["asked_by"],
        target_study=Uid(row["target_study"]),
        note=Uid(row["note"]),
        note_series=Uid(row["note_series"]),
        images=row["images"],
    )


def _waiting(row: sqlite3.Row) -> Waiting:
    return Waiting(
        file=PublishedFile(row["path"], row["size_bytes"], row["sha256"]),
        reference=SopReference(Uid(row["sop_class_uid"]), Uid(row["sop_instance_uid"])),
        transfer_syntax_uid=Uid(row["transfer_syntax_uid"]),
        series=Uid(row["series"]),
        condition=Condition(row["condition"]),
    )
