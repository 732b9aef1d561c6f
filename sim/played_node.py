"""A whole node on simulated devices that somebody plays with: all within the drawer's reach.

What speaks to them is the product's own: the scanner's and the barcode reader's drivers, the disk,
the worklist and MPPS, the forwarder. Only what has no wire is replaced.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.barcode_reader_serial import SerialBarcodeReader
from firmware.config import NodeConfig
from firmware.config_ris import ProcedureStepsSection, WorklistSection
from hal.clock import Clock
from hal.devices import Devices, DeviceSettings
from hal.panel import Panel
from hal.panel_settings import BarcodeSettings
from sim.backend import open_simulated
from sim.barcode_device import BarcodeDevice
from sim.day import Envelope
from sim.drawer import Drawer
from sim.films import Film
from sim.switched import SwitchedArchive, SwitchedArray, SwitchedDisk, SwitchedRis
from sim.worklist import SimulatedWorklist

BARCODE_PORT = "barcode-reader"


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
        simulated, scanner = open_simulated(settings, clock, first)
        opened.callback(simulated.close)
        reader = _plugged(folder / BARCODE_PORT)
        opened.callback(reader.unplug)
        codes = SerialBarcodeReader(BarcodeSettings(str(reader.name)), simulated.clock)
        opened.callback(codes.close)
        plain = SimulatedWorklist(tuple(one.order for one in envelopes))
        disk, array = SwitchedDisk(settings.store_root), SwitchedArray()
        drawer = Drawer(scanner, ris or plain, disk, array, archive, envelopes, reader.scan)
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


def _plugged(name: Path) -> BarcodeDevice:
    """A name that a node before this one left behind, when it was killed, is taken over."""
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    return BarcodeDevice(name)
