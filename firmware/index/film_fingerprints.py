"""What the films of the last days look like: of each image, beside its row."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from firmware.imaging.fingerprint import Fingerprint
from firmware.index.database import Database, moment, stamp
from hal.clock import Clock
from hal.values import Uid

KEPT_DAYS = 7
COMPARED_MAX = 300  # two busy days; as many are compared in a few milliseconds

Identity = tuple[str, str, str, str]
"""Number, issuer, name, birth date."""


@dataclass(frozen=True)
class Seen:
    instance: Uid
    at: datetime
    identity: Identity
    fingerprint: Fingerprint


class FilmFingerprints:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def remember(self, instance: Uid, found: Fingerprint) -> None:
        """An image that is stored. What is older than KEPT_DAYS is forgotten.

        Lost in a power cut, one film more is not noticed when it comes again.
        """
        now = self._clock.now()
        with self._database.carried() as connection:
            connection.execute(
                "DELETE FROM film_fingerprint WHERE at < ?",
                (stamp(now - timedelta(days=KEPT_DAYS)),),
            )
            connection.execute(
                "INSERT OR REPLACE INTO film_fingerprint VALUES (?, ?, ?)",
                (instance, found.to_bytes(), stamp(now)),
            )

    def recent(self) -> list[Seen]:
        """The newest first. Images that were rejected or superseded are not among them: to scan
        their film again is just what one does."""
        rows = self._database.rows(
            "SELECT sop_instance_uid, at, fingerprint, patient_id, issuer, name, birth_date"
            " FROM film_fingerprint JOIN instance ON sop_instance_uid = film_fingerprint.instance"
            " JOIN series ON series_instance_uid = series"
            " JOIN study ON study_instance_uid = series.study"
            " JOIN patient ON patient.id = study.patient"
            " WHERE condition NOT IN ('rejected', 'superseded', 'discarded')"
            " ORDER BY at DESC LIMIT ?",
            (COMPARED_MAX,),
        )
        return [
            Seen(
                Uid(row["sop_instance_uid"]),
                moment(row["at"]),
                (row["patient_id"], row["issuer"], row["name"], row["birth_date"]),
                Fingerprint.from_bytes(row["fingerprint"]),
            )
            for row in rows
        ]
