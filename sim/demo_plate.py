"""The demo's plate: a simulated reader at the other end of a pty, which the node opens by pyserial.

What its samples mean is invented, four decades over the scale as readers have, so that there is an
exposure index to show; a real reader's comes from `sapi-node calibrate-plate`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from firmware.config_cassette import CassetteReaderSection
from firmware.imaging.exposure_index import PlateCalibration
from firmware.imaging.plate_calibration import PlateCalibrationFile, save_plate_calibration
from firmware.index.database import Database, migrate
from firmware.index.plate_ledger import PlateLedger
from firmware.node import INDEX_NAME
from sim.cassette_reader_device import CassetteReaderDevice, Plate
from sim.demo_plan import DemoPlan
from sim.films import Film
from sim.plates import open_plate
from sim.pty_reader import PtyReader

TARGET_INDEX = 400.0  # invented, as the response is
DECADES = 4
DARKEST_LOG10_UGY = -1.0
NO_FILM = Film(np.zeros((8, 8), np.uint16), 100)
"""For the scanner, which is unplugged."""


@contextmanager
def plate_in_reader(file: Path, plan: DemoPlan) -> Generator[CassetteReaderSection]:
    """The reader is there for as long as this is open. Raises ConfigError and DeviceUnavailable."""
    plate = _exposed_anew(open_plate(file), plan)
    calibration = plan.folder / "plate-calibration.json"
    plan.folder.mkdir(parents=True, exist_ok=True)
    save_plate_calibration(PlateCalibrationFile(_response(plate), None, "", None), calibration)
    with _reader_on_pty(CassetteReaderDevice(plate)) as port:
        yield CassetteReaderSection(
            port=str(port),
            pitch_um=plate.pitch_um,
            calibration=str(calibration),
            target_index=TARGET_INDEX,
        )


def _response(plate: Plate) -> PlateCalibration:
    per_decade = (1 << plate.bits) / DECADES
    return PlateCalibration(-DARKEST_LOG10_UGY * per_decade, per_decade)


def _exposed_anew(plate: Plate, plan: DemoPlan) -> Plate:
    """Its counter goes on from what the folder's node has read: else it would be a blank plate."""
    index = plan.store / INDEX_NAME
    if not index.exists():
        return plate
    database = Database(index)
    try:
        migrate(database)  # an older release's demo may have left it
        before = PlateLedger(database).exposures_of(plate.plate_id)
    finally:
        database.close()
    return replace(plate, exposures=before + 1)


@contextmanager
def _reader_on_pty(device: CassetteReaderDevice) -> Generator[Path]:
    with TemporaryDirectory(prefix="sapi-demo-") as folder:
        reader = PtyReader(Path(folder) / "cassette-reader", device)
        try:
            reader.plug()
            yield reader.name
        finally:
            reader.unplug()
