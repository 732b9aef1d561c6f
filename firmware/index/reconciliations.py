"""The index's side of reconciliation: what waits for its order, who asked for which, how far it is.

What the worker does to images is in `firmware/index/corrections.py`.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from firmware.dicom.uids import new_uid
from firmware.index import audit
from firmware.index.catalogue import study_of
from firmware.index.database import Database, moment, stamp
from firmware.index.order_json import from_json, to_json
from firmware.provisional import NAME, PREFIX, is_provisional
from hal.clock import Clock, Entropy
from hal.errors import ConfigError, Sentence
from hal.values import Order, Uid

COERCE = "COERCE"
"""PS3.3 table C.12-1, (0400,0565): values replaced, "for example, ... reconciliation"."""
CORRECT = "CORRECT"
"""The same table: incorrect values replaced, "when incorrect worklist item was chosen"."""

STUDIES = (
    "SELECT study_instance_uid, patient_id, issuer, name, birth_date, accession_number,"
    " description, priority, opened_at, max(stored_at) AS last_at, count(*) AS images,"
    " min(modality) AS modality, marked_at IS NOT NULL AS is_marked"
    " FROM study JOIN patient ON patient.id = study.patient"
    " JOIN series ON series.study = study_instance_uid"
    " JOIN instance ON instance.series = series_instance_uid"
    " LEFT JOIN marked_wrong ON marked_wrong.study = study_instance_uid"
    " WHERE condition NOT IN ('superseded', 'rejected', 'discarded') AND modality <> 'KO'"
)
REQUESTS = (
    "SELECT reconciliation.*,"
    " (SELECT count(*) FROM correction JOIN instance ON sop_instance_uid = correction.instance"
    "   WHERE reconciliation = reconciliation.id"
    "   AND condition IN ('superseded', 'discarded')) AS corrected,"
    " (SELECT count(*) FROM instance JOIN series ON series_instance_uid = instance.series"
    "   WHERE series.study = reconciliation.study"
    "   AND condition NOT IN ('superseded', 'rejected', 'discarded')"
    "   AND modality <> 'KO') AS left_over FROM reconciliation"
)
IMAGES = (
    "SELECT sop_instance_uid FROM instance JOIN series ON series_instance_uid = series"
    " WHERE study = ? AND condition NOT IN ('superseded', 'rejected', 'discarded')"
    " AND modality <> 'KO' ORDER BY sop_instance_uid"
)
CHANGED = Sentence(
    en="Images came to this study, or left it, since it was shown. Look at them, then ask again.",
    fr="Des images sont arrivées dans cet examen, ou en sont parties, depuis son affichage. "
    "Regardez-les, puis redemandez.",
)
WAITING = Sentence("Asked for; the node has not begun yet.", "Demandé ; pas encore commencé.")


class Outcome(Enum):
    WAITING = "waiting"
    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"
    """Nothing is lost: what could not be corrected stays as it was. `sentence` says why."""


@dataclass(frozen=True)
class OpenStudy:
    study_instance_uid: Uid
    patient_id: str
    issuer: str
    name: str
    birth_date: str
    accession_number: str
    description: str
    modality: str
    opened_at: datetime
    last_image_at: datetime
    image_count: int
    is_marked: bool
    """A person said that it is under the wrong patient or order."""

    @property
    def is_provisional(self) -> bool:
        return is_provisional(self.patient_id, self.name)

    @property
    def identity(self) -> tuple[str, str, str, str]:
        return self.patient_id, self.issuer, self.name, self.birth_date


@dataclass(frozen=True)
class Standing:
    study_instance_uid: Uid
    order: Order
    asked_by: str
    asked_at: datetime
    outcome: Outcome
    sentence: Sentence
    corrected_count: int
    image_count: int
    target_study: Uid
    ended_at: datetime | None


class Reconciliations:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open_studies(self) -> tuple[OpenStudy, ...]:
        rows = self._database.rows(
            f"{STUDIES} AND (marked_at IS NOT NULL OR (name = ? AND patient_id LIKE ?))"
            " GROUP BY study_instance_uid ORDER BY opened_at DESC",
            (NAME, f"{PREFIX}%"),
        )
        return tuple(_study(row) for row in rows)

    def study(self, study_uid: Uid) -> OpenStudy | None:
        """None: no image of it is to be corrected."""
        rows = self._database.rows(
            f"{STUDIES} AND study_instance_uid = ? GROUP BY study_instance_uid", (study_uid,)
        )
        return _study(rows[0]) if rows else None

    def mark(self, study_uid: Uid, actor: str) -> None:
        now = self._clock.now()
        with self._database.transaction() as connection:
            marked = connection.execute(
                "INSERT OR IGNORE INTO marked_wrong VALUES (?, ?, ?)",
                (study_uid, actor, stamp(now)),
            )
            if marked.rowcount:
                audit.record(connection, now, actor, "marked as wrong", study_uid)

    def images(self, study_uid: Uid) -> tuple[Uid, ...]:
        """Of this study, those that a request of now is about."""
        rows = self._database.rows(IMAGES, (study_uid,))
        return tuple(Uid(row["sop_instance_uid"]) for row in rows)

    def lay(
        self,
        study: OpenStudy,
        order: Order,
        actor: str,
        entropy: Entropy,
        seen: tuple[Uid, ...] | None = None,
    ) -> Order | None:
        """The request, with every UID that it needs. None: laid; else the order that it waits for
        already. Raises ConfigError when other images than those `seen` are in the study now."""
        now, reason = self._clock.now(), COERCE if study.is_provisional else CORRECT
        uid = study.study_instance_uid
        with self._database.transaction() as connection:
            images = self.images(uid)
            if seen is not None and set(seen) != set(images):
                raise ConfigError(CHANGED)
            open_one = connection.execute(
                "SELECT order_json FROM reconciliation WHERE study = ? AND ended_at IS NULL", (uid,)
            ).fetchone()
            if open_one is not None:
                return from_json(open_one["order_json"])
            target = study_of(connection, order)
            if target in (None, uid):
                target = new_uid(entropy)
            said = (Outcome.WAITING.value, WAITING.en, WAITING.fr)
            connection.execute(
                "INSERT INTO reconciliation (study, order_json, reason, asked_by, asked_at,"
                " target_study, note, note_series, outcome, said_en, said_fr, images)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(uid, to_json(order), reason, actor, stamp(now), target),
                    *(new_uid(entropy), new_uid(entropy), *said, json.dumps(images)),
                ),
            )
            number = order.accession_number or "-"
            detail = f"to order {number}, study {target}, images: {len(images)}"
            audit.record(connection, now, actor, "reconciliation asked", uid, detail)
        return None

    def standing(self, study_uid: Uid) -> Standing | None:
        rows = self._database.rows(
            f"{REQUESTS} WHERE study = ? ORDER BY id DESC LIMIT 1", (study_uid,)
        )
        return _standing(rows[0]) if rows else None

    def recent(self, count_max: int) -> tuple[Standing, ...]:
        rows = self._database.rows(f"{REQUESTS} ORDER BY id DESC LIMIT ?", (count_max,))
        return tuple(_standing(row) for row in rows)


def _study(row: sqlite3.Row) -> OpenStudy:
    return OpenStudy(
        study_instance_uid=Uid(row["study_instance_uid"]),
        patient_id=row["patient_id"],
        issuer=row["issuer"],
        name=row["name"],
        birth_date=row["birth_date"],
        accession_number=row["accession_number"],
        description=row["description"],
        modality=row["modality"],
        opened_at=moment(row["opened_at"]),
        last_image_at=moment(row["last_at"]),
        image_count=row["images"],
        is_marked=bool(row["is_marked"]),
    )


def _standing(row: sqlite3.Row) -> Standing:
    return Standing(
        study_instance_uid=Uid(row["study"]),
        order=from_json(row["order_json"]),
        asked_by=row["asked_by"],
        asked_at=moment(row["asked_at"]),
        outcome=Outcome(row["outcome"]),
        sentence=Sentence(row["said_en"], row["said_fr"]),
        corrected_count=row["corrected"],
        image_count=row["corrected"] + (0 if row["ended_at"] else row["left_over"]),
        target_study=Uid(row["target_study"]),
        ended_at=row["ended_at"] and moment(row["ended_at"]),
    )
