"""A whole node on simulated devices that somebody plays with: all within the drawer's reach.

What speaks to them is the product's own: the scanner's and the barcode reader's drivers, the disk,
the worklist and MPPS, the forwarder. Only what has no wire is replaced.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from drivers.barcode_reader_serial import SerialBarcodeReader
from firmware.config import NodeConfig
from firmware.config_cassette import CassetteReaderSection
from firmware.config_ris import ProcedureStepsSection, WorklistSection
from firmware.imaging.exposure_index import PlateCalibration
from firmware.imaging.plate_calibration import PlateCalibrationFile, save_plate_calibration
from firmware.index.database import Database
from firmware.index.plate_ledger import PlateLedger
from firmware.node import INDEX_NAME
from hal.clock import Clock
from hal.devices import Devices, DeviceSettings
from hal.panel import Panel
from hal.panel_settings import BarcodeSettings
from sim.backend import open_simulated
from sim.barcode_device import BarcodeDevice
from sim.cassette_reader_device import CassetteReaderDevice
from sim.day import READER_BITS, Envelope
from sim.drawer import Drawer
from sim.films import Film
from sim.played_reader import PlayedReader
from sim.pty_reader import PtyReader
from sim.switched import SwitchedArchive, SwitchedArray, SwitchedDisk, SwitchedRis
from sim.worklist import SimulatedWorklist

BARCODE_PORT = "barcode-reader"
READER_PORT = "cassette-reader"
RESPONSE = PlateCalibration(offset=0.0, per_decade=(1 << READER_BITS) / 4)
TARGET_INDEX = 400.0
"""Invented, both: so that there is an exposure index, near its target, to show of each plate."""


@dataclass(frozen=True)
class Played:
    devices: Devices
    drawer: Drawer


def open_played(
    settings: DeviceSettings,
    folder: Path,
    envelopes: tuple[Envelope, ...],
    archive: SwitchedArchive | None,
    panel: Callable[[Clock, ExitStack], Panel],
    ris: SwitchedRis | None = None,
    film: Film | None = None,
    clock: Clock | None = None,
) -> Played:
    """`film` lies on the glass; None: the first envelope's. `ris` is the one that the settings
    name; None: the orders are a plain list. The caller closes it, and the archive."""
    first = film or envelopes[0].films[0]()
    with ExitStack() as opened:
        cassettes = _cassette_reader(settings, opened)
        simulated, scanner = open_simulated(settings, clock, first)
        opened.callback(simulated.close)
        reader = _plugged(folder / BARCODE_PORT)
        opened.callback(reader.unplug)
        codes = SerialBarcodeReader(BarcodeSettings(str(reader.name)), simulated.clock)
        opened.callback(codes.close)
        plain = SimulatedWorklist(tuple(one.order for one in envelopes))
        disk, array = SwitchedDisk(settings.store_root), SwitchedArray()
        drawer = Drawer(
            scanner, ris or plain, disk, array, archive, envelopes, reader.scan, cassettes
        )
        if film is None:
            drawer.lay(envelopes[0].order.accession_number)
        devices = replace(
            simulated,
            disk=disk,
            panel=panel(simulated.clock, opened),
            worklist=simulated.worklist if ris else plain,
            barcode_reader=codes,
            storage_array=array,
            close=opened.pop_all().close,
        )
    return Played(devices, drawer)


def asking(config: NodeConfig, ris: SwitchedRis) -> NodeConfig:
    """It has the orders, and is told what was done of them, as a RIS is both."""
    title, host, port = ris.ae_title, "127.0.0.1", ris.port
    sections = {
        "worklist": WorklistSection(ae_title=title, host=host, port=port),
        "procedure_steps": ProcedureStepsSection(ae_title=title, host=host, port=port),
    }
    return config.model_copy(update=sections)


def with_reader(config: NodeConfig, folder: Path) -> NodeConfig:
    """A cassette reader on a serial line, which `open_played` serves there."""
    folder.mkdir(parents=True, exist_ok=True)
    calibration = folder / "plate-calibration.json"
    save_plate_calibration(PlateCalibrationFile(RESPONSE, None, "", None), calibration)
    section = CassetteReaderSection(
        port=str(folder / READER_PORT), calibration=str(calibration), target_index=TARGET_INDEX
    )
    return config.model_copy(update={"cassette_reader": section})


def _cassette_reader(settings: DeviceSettings, opened: ExitStack) -> PlayedReader | None:
    """Empty, at the port that the settings name. Raises DeviceUnavailable."""
    if settings.cassette_reader is None:
        return None
    device = CassetteReaderDevice()
    line = PtyReader(Path(settings.cassette_reader.address), device)
    opened.callback(line.unplug)
    line.plug()
    return PlayedReader(device, line, partial(_exposures_of, settings.store_root / INDEX_NAME))


def _exposures_of(index: Path, plate_id: str) -> int:
    if not index.exists():
        return 0
    database = Database(index, read_only=True)
    try:
        return PlateLedger(database).exposures_of(plate_id)
    finally:
        database.close()


def _plugged(name: Path) -> BarcodeDevice:
    """A name that a node before this one left behind, when it was killed, is taken over."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    return BarcodeDevice(name)
