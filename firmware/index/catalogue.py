"""Patients, studies, series, instances: what is stored, and the UIDs of what comes next."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from firmware.dicom.uids import new_uid
from firmware.dicom.values import date, person_name, text
from firmware.index import audit, plate_store
from firmware.index.database import Database, stamp
from firmware.index.entry import Entry
from firmware.index.holding import Holding
from firmware.index.outbox_table import STOPPED, enqueue
from firmware.keeping import Condition
from firmware.routing import Route, everywhere
from firmware.store import PublishedFile
from hal.archive import InstanceFile
from hal.clock import Clock, Entropy
from hal.disk import Disk
from hal.values import Order, Patient, Priority, SopReference, Uid


@dataclass(frozen=True)
class Reservation:
    """Where the next image of a device goes. On disk before its first row."""

    study_instance_uid: Uid
    series_instance_uid: Uid
    sop_instance_uid: Uid
    series_number: int
    instance_number: int


class Catalogue:
    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._holding = Holding(database, clock)

    def reserve(
        self, device: str, order: Order, modality: str, sop_class_uid: Uid | None = None
    ) -> Reservation:
        """The UIDs for the next image of this device: the same ones until it is recorded.

        `sop_class_uid`: it joins no series of another one's, for a series is one equipment's
        (PS3.3 A.1.2.3), whatever modality the order says; None: any.
        """
        row = self._reservation_of(device)
        uids = (row["study_instance_uid"], row["series_instance_uid"], row["sop_instance_uid"])
        # After a power cut there is no image that this place was for, or a file that says it.
        with self._database.carried() as connection:
            forget = "UPDATE promise SET doubt = '' WHERE sop_instance_uid = ? AND doubt <> ''"
            connection.execute(forget, (row["sop_instance_uid"],))  # of a try that kept nothing
            return _promise(connection, uids, order, modality, sop_class_uid)

    def _reservation_of(self, device: str) -> sqlite3.Row:
        """Durable: laid when the image before was recorded, or now."""
        question = "SELECT * FROM reservation WHERE device = ?"
        if not (rows := self._database.rows(question, (device,))):
            with self._database.transaction() as connection:
                self._lay_reservation(connection, device)
            rows = self._database.rows(question, (device,))
        return rows[0]

    def promise(
        self, connection: sqlite3.Connection, order: Order, modality: str, sop_class_uid: Uid
    ) -> Reservation:
        """The place of one image, of new UIDs; kept by the caller, in whose transaction this is."""
        uids = (new_uid(self._entropy), new_uid(self._entropy), new_uid(self._entropy))
        return _promise(connection, uids, order, modality, sop_class_uid)

    def doubt(self, sop_instance_uid: Uid, doubt: str) -> None:
        """Of an image under way: durable when this returns. `doubt`: one of DOUBTS."""
        key = (doubt, sop_instance_uid)
        known = "SELECT 1 FROM promise WHERE doubt <> ? AND sop_instance_uid = ?"
        if not self._database.rows(known, key):
            return
        with self._database.transaction() as connection:
            connection.execute("UPDATE promise SET doubt = ? WHERE sop_instance_uid = ?", key)

    def record(
        self,
        entry: Entry,
        published: PublishedFile,
        route: Route,
        actor: str,
        action: str = "stored",
    ) -> None:
        """One transaction: the instance is stored, and queued on each of its ways."""
        with self._database.transaction() as connection:
            self.insert(connection, entry, published, route, actor, action)

    def record_aside(
        self, entry: Entry, published: PublishedFile, condition: Condition, actor: str
    ) -> None:
        """A file that a person rejected, or that was superseded: it is to be sent nowhere."""
        with self._database.transaction() as connection:
            self.insert(connection, entry, published, everywhere(), actor, "adopted")
            connection.execute(
                "UPDATE instance SET condition = ? WHERE sop_instance_uid = ?",
                (condition.value, entry.sop_instance_uid),
            )

    def insert(
        self,
        connection: sqlite3.Connection,
        entry: Entry,
        published: PublishedFile,
        route: Route,
        actor: str,
        action: str,
    ) -> None:
        """What `record` does, in a transaction of the caller's. What was doubted is held."""
        now = self._clock.now()
        uid = entry.sop_instance_uid
        _insert_instance(connection, entry, published, now)
        audit.record(connection, now, actor, action, uid, published.sha256)
        for way in route(entry):
            enqueue(connection, uid, way, now, urgent=entry.urgent)
        self._replace_reservation(connection, uid)
        doubted = "SELECT doubt FROM promise WHERE sop_instance_uid = ? AND doubt <> ''"
        if (row := connection.execute(doubted, (uid,)).fetchone()) is not None:
            self._holding.hold(connection, uid, row["doubt"])
        connection.execute("DELETE FROM promise WHERE sop_instance_uid = ?", (uid,))
        plate_store.mark_stored(connection, uid, now)

    def instance_file(self, sop_instance_uid: str, disk: Disk) -> InstanceFile:
        (row,) = self._database.rows(
            "SELECT * FROM instance WHERE sop_instance_uid = ?", (sop_instance_uid,)
        )
        return InstanceFile(
            reference=SopReference(Uid(row["sop_class_uid"]), Uid(sop_instance_uid)),
            transfer_syntax_uid=Uid(row["transfer_syntax_uid"]),
            size_bytes=row["size_bytes"],
            sha256=row["sha256"],
            open=lambda: disk.open(row["path"]),
            xxh3=row["xxh3"],
        )

    def paths(self) -> dict[str, str]:
        """path -> SOP Instance UID of everything that should be there."""
        rows = self._database.rows(
            "SELECT path, sop_instance_uid FROM instance WHERE condition = 'good'"
        )
        return {row["path"]: row["sop_instance_uid"] for row in rows}

    def is_of_a_rejected(self, uid: Uid) -> bool:
        """It was to take the place of an image that was rejected before it could."""
        rows = self._database.rows(
            "SELECT 1 FROM correction JOIN instance ON sop_instance_uid = correction.instance"  # noqa: S608 -- constants
            f" WHERE successor = ? AND {STOPPED}",
            (uid,),
        )
        return bool(rows)

    def _replace_reservation(self, connection: sqlite3.Connection, used: Uid) -> None:
        rows = connection.execute(
            "SELECT device FROM reservation WHERE sop_instance_uid = ?", (used,)
        ).fetchall()
        for row in rows:
            self._lay_reservation(connection, row["device"])

    def _lay_reservation(self, connection: sqlite3.Connection, device: str) -> None:
        uids = [new_uid(self._entropy) for _ in range(3)]
        connection.execute(
            "INSERT OR REPLACE INTO reservation VALUES (?, ?, ?, ?)", (device, *uids)
        )


def study_of(connection: sqlite3.Connection, order: Order) -> str | None:
    """The order's own study; else the one that an earlier film of the same order opened.

    None when that one is under another name, number or birth date here: a study has one patient.
    """
    identity = identity_of(order.patient)
    study = order.study_instance_uid
    if study and not is_anothers(connection, study, order.patient):
        return study
    if not order.accession_number:
        return None
    row = connection.execute(
        "SELECT study_instance_uid FROM study JOIN patient ON patient.id = study.patient"
        " WHERE accession_number = ?"
        " AND patient_id = ? AND issuer = ? AND name = ? AND birth_date = ?",
        (order.accession_number, *identity),
    ).fetchone()
    return row and str(row["study_instance_uid"])


def is_anothers(connection: sqlite3.Connection, study: Uid, patient: Patient) -> bool:
    """Images of it are here, and not under this patient."""
    owner = connection.execute(
        "SELECT patient_id, issuer, name, birth_date FROM study"
        " JOIN patient ON patient.id = study.patient WHERE study_instance_uid = ?",
        (study,),
    ).fetchone()
    return owner is not None and tuple(owner) != identity_of(patient)


def identity_of(patient: Patient) -> tuple[str, str, str, str]:
    """Number, issuer, name, birth date, as the image will say them: the index is made of images."""
    return (
        patient.patient_id.strip(" "),
        text(patient.issuer.local),
        person_name(patient.name),
        date(patient.birth_date),
    )


def _promise(
    connection: sqlite3.Connection,
    uids: tuple[str, str, str],
    order: Order,
    modality: str,
    sop_class_uid: Uid | None,
) -> Reservation:
    """Study, series and instance for `uids`, and numbers that no other image gets meanwhile."""
    own_study, own_series, instance = uids
    study = study_of(connection, order) or own_study
    series, number, count = _series_of(connection, study, modality, instance, sop_class_uid)
    if (kept := _kept_promise(connection, instance, study, series or own_series)) is not None:
        return kept
    place = Reservation(
        study_instance_uid=Uid(study),
        series_instance_uid=Uid(series or own_series),
        sop_instance_uid=Uid(instance),
        series_number=number,
        instance_number=count + 1,
    )
    connection.execute(
        "INSERT OR REPLACE INTO promise (sop_instance_uid, study_instance_uid,"
        " series_instance_uid, series_number, instance_number) VALUES (?, ?, ?, ?, ?)",
        (instance, study, place.series_instance_uid, number, place.instance_number),
    )
    return place


def _kept_promise(
    connection: sqlite3.Connection, instance: str, study: str, series: str
) -> Reservation | None:
    """What this image was promised before, if it still holds: its series may have been opened
    under that number by an image that came from elsewhere."""
    row = connection.execute(
        "SELECT * FROM promise WHERE sop_instance_uid = ?1 AND study_instance_uid = ?2"
        " AND series_instance_uid = ?3 AND NOT EXISTS (SELECT 1 FROM series WHERE study = ?2"
        " AND series.series_number = promise.series_number AND series.series_instance_uid <> ?3)"
        " AND NOT EXISTS (SELECT 1 FROM instance WHERE series = ?3"
        " AND instance.instance_number >= promise.instance_number)",
        (instance, study, series),
    ).fetchone()
    if row is None:
        return None
    return Reservation(
        Uid(study), Uid(series), Uid(instance), row["series_number"], row["instance_number"]
    )


def _series_of(
    connection: sqlite3.Connection,
    study: str,
    modality: str,
    instance: str,
    sop_class_uid: Uid | None,
) -> tuple[str | None, int, int]:
    """(its UID or None when it is still to be opened, Series Number, last Instance Number in it),
    what is promised to others than `instance` counted as if it were there."""
    named = {"study": study, "modality": modality, "one": instance, "kind": sop_class_uid}
    row = connection.execute(
        "SELECT series_instance_uid, series_number, max("
        " ifnull((SELECT max(instance_number) FROM instance WHERE series = series_instance_uid),0),"
        " ifnull((SELECT max(instance_number) FROM promise"
        " WHERE promise.series_instance_uid = series.series_instance_uid"
        " AND sop_instance_uid <> :one), 0)) AS last"
        " FROM series WHERE study = :study AND modality = :modality"
        " AND (:kind IS NULL OR NOT EXISTS (SELECT 1 FROM instance"
        " WHERE series = series_instance_uid AND sop_class_uid <> :kind))",
        named,
    ).fetchone()
    if row is not None:
        return row["series_instance_uid"], row["series_number"], row["last"]
    (last,) = connection.execute(
        "SELECT max(series_number) FROM (SELECT series_number FROM series WHERE study = :study"
        " UNION ALL SELECT series_number FROM promise"
        " WHERE study_instance_uid = :study AND sop_instance_uid <> :one)",
        named,
    ).fetchone()
    return None, (last or 0) + 1, 0


def _insert_instance(
    connection: sqlite3.Connection, entry: Entry, published: PublishedFile, now: datetime
) -> None:
    identity = (entry.patient_id, entry.issuer, entry.name, entry.birth_date)
    created_at = stamp(entry.created_at)
    connection.execute(
        "INSERT OR IGNORE INTO patient (patient_id, issuer, name, birth_date, sex)"
        " VALUES (?, ?, ?, ?, ?)",
        (*identity, entry.sex),
    )
    (patient,) = connection.execute(
        "SELECT id FROM patient"
        " WHERE patient_id = ? AND issuer = ? AND name = ? AND birth_date = ?",
        identity,
    ).fetchone()
    priority = Priority.URGENT if entry.urgent else Priority.ROUTINE
    connection.execute(
        # Adopted in any order, a study was opened by its oldest image all the same.
        "INSERT INTO study VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET opened_at = min(opened_at, excluded.opened_at)",
        (
            entry.study_instance_uid,
            patient,
            entry.accession_number,
            entry.description,
            priority.value,
            created_at,
        ),
    )
    connection.execute(
        # Another device's series may have a number that one of this study has already.
        "INSERT OR IGNORE INTO series VALUES (?1, ?2, CASE WHEN EXISTS"
        " (SELECT 1 FROM series WHERE study = ?2 AND series_number = ?3)"
        " THEN (SELECT max(series_number) + 1 FROM series WHERE study = ?2) ELSE ?3 END, ?4)",
        (
            entry.series_instance_uid,
            entry.study_instance_uid,
            entry.series_number,
            entry.modality,
        ),
    )
    connection.execute(
        "INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.sop_instance_uid,
            entry.series_instance_uid,
            entry.sop_class_uid,
            entry.transfer_syntax_uid,
            entry.instance_number,
            entry.rows,
            entry.columns,
            published.path,
            published.size_bytes,
            published.sha256,
            created_at,
            Condition.GOOD.value,
            stamp(now),
            published.xxh3,
        ),
    )
