"""Corrections told of again, from the files alone.

An image says itself whose place it took (Original Attributes, PS3.3 C.12.1.1.9), so a rebuilt index
knows it too. What only the old index knew, who asked and for which order in full, is on its trail.
"""

import sqlite3

from firmware.dicom.uids import new_uid
from firmware.index import audit
from firmware.index.corrections import Corrections, Job, Waiting
from firmware.index.database import Database, stamp
from firmware.index.entry import Entry
from firmware.index.order_json import to_json
from firmware.index.reconciliations import COERCE, CORRECT, Outcome
from hal.clock import Clock, Entropy
from hal.errors import Sentence
from hal.values import Issuer, Order, Patient

ACTOR = "recovery"
FOUND = Sentence(
    en="Corrected; found again when the index was made anew from the files.",
    fr="Rattaché ; retrouvé quand l'index a été refait à partir des fichiers.",
)


class FoundAgain:
    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._corrections = Corrections(database, clock)

    def replaced(self, entry: Entry) -> Waiting | None:
        """The image whose place this one took, good or superseded; None: it is not here."""
        return self._corrections.one(entry.replaces) if entry.replaces else None

    def lay(self, old: Waiting, successor: Entry) -> Job:
        """That it was corrected, in an ended request of its study's."""
        at, series = stamp(successor.created_at), successor.series_instance_uid
        with self._database.transaction() as connection:
            number = self._request(connection, old, successor)
            connection.execute(
                "INSERT OR IGNORE INTO correction (instance, reconciliation, successor, series,"
                " series_number, laid_at) VALUES (?, ?, ?, ?, ?, ?)",
                (old.uid, number, successor.sop_instance_uid, series, successor.series_number, at),
            )
        return self._corrections.job(number)

    def _request(self, connection: sqlite3.Connection, old: Waiting, successor: Entry) -> int:
        (study,) = connection.execute(
            "SELECT study FROM series WHERE series_instance_uid = ?", (old.series,)
        ).fetchone()
        found = connection.execute(
            "SELECT id FROM reconciliation WHERE study = ? AND target_study = ?",
            (study, successor.study_instance_uid),
        ).fetchone()
        if found is not None:
            return int(found["id"])
        audit.record(connection, self._clock.now(), ACTOR, "reconciliation found", study)
        at, order = stamp(successor.created_at), to_json(order_of(successor))
        reason = CORRECT if successor.replaced_why == CORRECT else COERCE
        notes = (new_uid(self._entropy), new_uid(self._entropy))  # none is made any more
        said = (Outcome.DONE.value, FOUND.en, FOUND.fr)
        laid = connection.execute(
            "INSERT INTO reconciliation (study, order_json, reason, asked_by, asked_at,"
            " target_study, note, note_series, outcome, said_en, said_fr, ended_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (study, order, reason, ACTOR, at, successor.study_instance_uid, *notes, *said, at),
        )
        return int(laid.lastrowid or 0)

    def supersede(self, job: Job, old: Waiting, pixel_sha256: str) -> None:
        """Its file had not been put aside yet when the old index was lost."""
        self._corrections.record(job, old, None, pixel_sha256)


def order_of(entry: Entry) -> Order:
    """As much of it as the index knows of an image."""
    patient = Patient(
        entry.patient_id, entry.name, entry.birth_date, entry.sex, Issuer(entry.issuer)
    )
    return Order(patient, entry.accession_number, study_instance_uid=entry.study_instance_uid)
