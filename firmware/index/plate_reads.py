"""Readings of plates: on disk before the laser moves, so that no reader keeps an image unknown.

The catalogue marks a reading stored, in the transaction that records its image; see plate_store.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firmware.dicom.uids import COMPUTED_RADIOGRAPHY
from firmware.imaging.exposure_index import Exposure
from firmware.index import audit
from firmware.index.catalogue import Catalogue, Reservation
from firmware.index.database import Database, moment, stamp
from firmware.index.order_json import from_json, to_json
from firmware.plate_moves import MOVES, ReadState
from firmware.store import PublishedFile
from hal.cassette_reader import LoadedCassette, PlateRequest
from hal.clock import Clock, Entropy
from hal.values import Order, Uid

ACTOR = "cassette reader"
MODALITY = "CR"
READ_BYTES = 4  # of the number, on the line
STOPPED = "plate stopped"
PLATE_OBJECT = "plate:"
"""Before a plate's number, as an object of the trail: no UID begins so (PS3.5 9.1)."""


@dataclass(frozen=True)
class PlateRead:
    request: PlateRequest
    state: ReadState
    cassette: LoadedCassette
    order: Order
    place: Reservation
    begun_at: datetime
    samples: int
    crc32: int


class PlateReads:
    """`catalogue` is over the same database."""

    def __init__(
        self, database: Database, catalogue: Catalogue, clock: Clock, entropy: Entropy
    ) -> None:
        self._database = database
        self._catalogue = catalogue
        self._clock = clock
        self._entropy = entropy

    def draw(self) -> int:
        """A number for a reading: by chance, so that a lost disk does not repeat one."""
        while True:
            number = int.from_bytes(self._entropy.random_bytes(READ_BYTES), "big")
            if number and self.find(number) is None:
                return number

    def begin(self, request: PlateRequest, cassette: LoadedCassette, order: Order) -> PlateRead:
        """Durable when this returns: READ may be sent."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            place = self._catalogue.promise(connection, order, MODALITY, COMPUTED_RADIOGRAPHY)
            last = connection.execute("SELECT max(number) FROM plate_read").fetchone()[0] or 0
            columns = {**_columns(request, cassette, order, place, now), "number": last + 1}
            names, marks = ", ".join(columns), ", ".join("?" * len(columns))
            connection.execute(
                f"INSERT INTO plate_read ({names}) VALUES ({marks})",  # noqa: S608 -- our own names
                tuple(columns.values()),
            )
            detail = f"read {request.read:08X} of plate {cassette.plate_id}"
            audit.record(connection, now, ACTOR, "plate read", place.sop_instance_uid, detail)
        return self._known(request.read)

    def find(self, read: int) -> PlateRead | None:
        rows = self._database.rows("SELECT * FROM plate_read WHERE read = ?", (read,))
        return _read_of(rows[0]) if rows else None

    def whole(self, read: PlateRead, samples: int, crc32: int, exposure: Exposure | None) -> None:
        """Before its file is published: whoever finds that file knows what ERASE has to say."""
        indices: tuple[float | None, ...] = (None, None, None)
        if exposure is not None:
            indices = (exposure.index, exposure.target, exposure.deviation)
        with self._database.transaction() as connection:
            self._move(connection, read.request.read, ReadState.WHOLE)
            connection.execute(
                "UPDATE plate_read SET samples = ?, crc32 = ?, exposure_index = ?,"
                " target_index = ?, deviation_index = ? WHERE read = ?",
                (samples, crc32, *indices, read.request.read),
            )

    def came_to_nothing(self) -> None:
        """Whatever is begun: the reader keeps no image, and nobody reads a plate now."""
        begun = "SELECT * FROM plate_read WHERE state IN (?) AND state <> 'erased'"
        if not self._database.rows(begun, (ReadState.BEGUN.value,)):
            return  # nearly always
        now = self._clock.now()
        with self._database.transaction() as connection:
            for row in connection.execute(begun, (ReadState.BEGUN.value,)).fetchall():
                self._move(connection, row["read"], ReadState.NOTHING)
                detail = f"read {row['read']:08X} of plate {row['plate_id']}"
                uid = row["sop_instance_uid"]
                audit.record(connection, now, ACTOR, "no image came", uid, detail)

    def erased(self, read: PlateRead) -> None:
        """The reader said so."""
        now = self._clock.now()
        with self._database.transaction() as connection:
            self._move(connection, read.request.read, ReadState.ERASED)
            connection.execute(
                "UPDATE plate_read SET erased_at = ? WHERE read = ?",
                (stamp(now), read.request.read),
            )
            place, detail = read.place, f"plate {read.cassette.plate_id}"
            audit.record(connection, now, ACTOR, "plate erased", place.sop_instance_uid, detail)

    def stopped(self, plate_id: str, why: str) -> None:
        """It was in the reader and was not read: there is no reading that could say so."""
        with self._database.transaction() as connection:
            place = f"{PLATE_OBJECT}{plate_id}"
            audit.record(connection, self._clock.now(), ACTOR, STOPPED, place, why)

    def file_of(self, read: PlateRead) -> tuple[PublishedFile, str] | None:
        """Its image's file and that file's condition; None: there is none in the index."""
        rows = self._database.rows(
            "SELECT path, size_bytes, sha256, condition FROM instance WHERE sop_instance_uid = ?",
            (read.place.sop_instance_uid,),
        )
        if not rows:
            return None
        row = rows[0]
        return PublishedFile(row["path"], row["size_bytes"], row["sha256"]), row["condition"]

    def last_of_plate(self, plate_id: str) -> tuple[PlateRead, datetime | None] | None:
        """Its last reading that made an image, and when it was erased after it."""
        rows = self._database.rows(
            "SELECT * FROM plate_read WHERE plate_id = ? AND state IN ('stored', 'erased')"
            " ORDER BY number DESC LIMIT 1",
            (plate_id,),
        )
        if not rows:
            return None
        erased_at = rows[0]["erased_at"]
        return _read_of(rows[0]), moment(erased_at) if erased_at else None

    def _known(self, number: int) -> PlateRead:
        found = self.find(number)
        if found is None:
            raise LookupError(f"read {number:08X}")
        return found

    def _move(self, connection: sqlite3.Connection, read: int, to: ReadState) -> None:
        (state,) = connection.execute(
            "SELECT state FROM plate_read WHERE read = ?", (read,)
        ).fetchone()
        if to not in MOVES[ReadState(state)]:
            raise ValueError(f"read {read:08X} is {state}, not to be {to.value}")
        connection.execute("UPDATE plate_read SET state = ? WHERE read = ?", (to.value, read))


def _columns(
    request: PlateRequest,
    cassette: LoadedCassette,
    order: Order,
    place: Reservation,
    now: datetime,
) -> dict[str, Any]:
    return {
        "read": request.read,
        "state": ReadState.BEGUN.value,
        "plate_id": cassette.plate_id,
        "plate_type": cassette.plate_type,
        "width_mm": cassette.width_mm,
        "height_mm": cassette.height_mm,
        "exposures": cassette.exposures,
        "is_erased": cassette.is_erased,
        "is_id_read": cassette.is_id_read,
        "pitch_um": request.pitch_um,
        "gain_thousandths": request.gain_thousandths,
        "order_json": to_json(order),
        "study_instance_uid": place.study_instance_uid,
        "series_instance_uid": place.series_instance_uid,
        "sop_instance_uid": place.sop_instance_uid,
        "series_number": place.series_number,
        "instance_number": place.instance_number,
        "begun_at": stamp(now),
    }


def _read_of(row: sqlite3.Row) -> PlateRead:
    return PlateRead(
        request=PlateRequest(row["read"], row["pitch_um"], row["gain_thousandths"]),
        state=ReadState(row["state"]),
        cassette=LoadedCassette(
            row["plate_id"],
            row["plate_type"],
            row["width_mm"],
            row["height_mm"],
            row["exposures"],
            is_erased=bool(row["is_erased"]),
            is_id_read=bool(row["is_id_read"]),
        ),
        order=from_json(row["order_json"]),
        place=Reservation(
            Uid(row["study_instance_uid"]),
            Uid(row["series_instance_uid"]),
            Uid(row["sop_instance_uid"]),
            row["series_number"],
            row["instance_number"],
        ),
        begun_at=moment(row["begun_at"]),
        samples=row["samples"],
        crc32=row["crc32"],
    )
