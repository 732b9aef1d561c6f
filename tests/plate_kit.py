"""A node's reading of plates on one table: index and store on disk, a reader whose line can end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydicom

from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.posix_disk import PosixDisk
from firmware.dicom.film import Station
from firmware.events import Event
from firmware.imaging.plate_calibration import PlateCalibrationFile
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.keeping import Keeping
from firmware.index.plate_reads import PlateReads
from firmware.plate_acquisition import DEVICE, PlateAcquisition
from firmware.plate_reading import PlateReading, PlateSettings
from firmware.recording import Recording
from firmware.recovery import recover
from firmware.routing import everywhere
from firmware.runtime import ThreadChannel
from firmware.store import Store
from hal.disk import Disk
from hal.values import Order, Patient, Uid
from sim.cassette_reader_device import CassetteReaderDevice
from tests.cassette_kit import LoopLine, ManualClock, a_plate

ORDER = Order(
    Patient("100042", "EXEMPLE^Éléonore"),
    accession_number="A1",
    study_instance_uid=Uid("1.2.3"),
    body_part_examined="CHEST",
    view_position="PA",
)
OTHER = Order(Patient("2", "AUTRE^Nom"), accession_number="A2", body_part_examined="CHEST")
STATION = Station("Hôpital d'essai", "SAPI1", "SAPI_NODE")
PLATE = a_plate(rows=300, columns=120)
E = TypeVar("E")


class SeededEntropy:
    def __init__(self, seed: int = 0) -> None:
        self._chance = np.random.default_rng(seed)

    def random_bytes(self, count: int) -> bytes:
        return self._chance.bytes(count)


@dataclass
class Room:
    """`open` is a start of the node: recovery, then whatever a test does. The device outlives it,
    and so do the clock and chance."""

    folder: Path
    device: CassetteReaderDevice
    clock: ManualClock = field(default_factory=ManualClock)
    entropy: SeededEntropy = field(default_factory=SeededEntropy)
    calibration: PlateCalibrationFile | None = None
    target_index: float | None = None
    events: list[Event] = field(default_factory=list)
    line: LoopLine = field(init=False)
    database: Database = field(init=False)
    plates: PlateAcquisition = field(init=False)

    def open(self, disk: Disk | None = None) -> "Room":
        self.device.hang_up()
        self.line = LoopLine(self.device, self.clock)
        self.database = Database(self.folder / "index.sqlite3")
        migrate(self.database)
        store = Store(disk or PosixDisk(self.folder), reserve_bytes=0)
        store.prepare()
        catalogue = Catalogue(self.database, self.clock, self.entropy)
        route = everywhere("ARCHIVE")
        recover(store, catalogue, Keeping(self.database, self.clock), route)
        reading = PlateReading(
            reader=SerialCassetteReader(self.line, self.clock, self.entropy),
            store=store,
            reads=PlateReads(self.database, catalogue, self.clock, self.entropy),
            recording=Recording(DEVICE, catalogue, route),
            clock=self.clock,
            settings=PlateSettings(
                100, 1000, STATION, UTC, self.calibration, self.target_index, ghost_h=24.0
            ),
            listener=self.events.append,
        )
        self.plates = PlateAcquisition(reading, self.entropy, ThreadChannel())
        return self

    def close(self) -> None:
        self.database.close()

    def scan(self, order: Order = ORDER) -> None:
        cassette = self.plates.cassette()
        assert cassette is not None
        self.plates.acquire(cassette, order, lambda: False)

    def images(self) -> list[pydicom.Dataset]:
        """What is in the index, as its files say it."""
        return [pydicom.dcmread(path) for path in self._paths()]

    def heard(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def _paths(self) -> Iterator[Path]:
        for row in self.database.rows("SELECT path FROM instance ORDER BY stored_at"):
            yield self.folder / row["path"]


def only_image(room: Room, latent: Any = PLATE.latent) -> Any:
    """The data set of the one image in the store, whose pixels are these."""
    (image,) = room.images()
    assert np.array_equal(image.pixel_array, latent)
    return image
