"""A node's devices, simulated where they are hardware: the film scanner behind the real pyusb
driver on a simulated bus, the panel, the worklist. Disk, clock and archive driver are real."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from drivers.backend import (
    open_archive_alone,
    open_archives,
    open_clock,
    open_disk,
    open_procedure_steps,
    open_spool,
    open_storage_array,
    open_store,
    open_worklist,
)
from drivers.cassette_reader_serial import SerialCassetteReader
from drivers.film_scanner_esci import EsciFilmScanner
from drivers.open_cassette_reader import open_cassette_reader
from drivers.panel_keyboard import KeyboardPanel
from drivers.posix_disk import PosixDisk
from drivers.system_clock import SystemClock, SystemEntropy
from hal.cassette_reader import CassetteReader
from hal.clock import Clock
from hal.devices import Devices, DeviceSettings
from sim.cassette_reader_device import CassetteReaderDevice
from sim.cassette_reader_line import SimulatedReaderLine
from sim.film_scanner_device import FilmScannerDevice
from sim.films import Film, open_film
from sim.panel_device import SimulatedPanel
from sim.plates import open_plate
from sim.pressed_panel import PressedPanel
from sim.usb_bus import SimulatedUsbBus
from sim.worklist import SimulatedWorklist

__all__ = [
    "open_archive_alone",
    "open_cassette_reader_alone",
    "open_clock",
    "open_devices",
    "open_simulated",
    "open_spool",
    "open_storage_array",
    "open_store",
]


def open_devices(settings: DeviceSettings) -> Devices:
    """With the terminal's keyboard as the panel, and the page's buttons if there is a page."""
    with ExitStack() as opened:
        disk = open_disk(settings, opened)
        simulated, _ = open_simulated(settings)
        opened.callback(simulated.close)
        panel = KeyboardPanel(settings.language, clock=simulated.clock)
        opened.callback(panel.close)
        pressed = PressedPanel(panel, simulated.clock)
        return replace(simulated, disk=disk, panel=pressed, close=opened.pop_all().close)


def open_simulated(
    settings: DeviceSettings, clock: Clock | None = None, film: Film | None = None
) -> tuple[Devices, FilmScannerDevice]:
    """With a simulated panel; and the scanner itself, to put faults and films into."""
    clock = clock or SystemClock()
    film = film or open_film(settings.film_file, settings.film_dpi)
    scanner = FilmScannerDevice(film, clock)
    opened = ExitStack()
    has_worklist = settings.worklist_file or settings.worklist
    devices = Devices(
        clock=clock,
        entropy=SystemEntropy(),
        disk=PosixDisk(settings.store_root),
        film_scanner=EsciFilmScanner(clock, SimulatedUsbBus(scanner)),
        panel=SimulatedPanel(),
        cassette_reader=_cassette_reader(settings, clock, opened),
        worklist=open_worklist(settings) if has_worklist else SimulatedWorklist(),
        procedure_steps=open_procedure_steps(settings),
        archives=open_archives(settings, opened),
        close=opened.close,
    )
    return devices, scanner


@contextmanager
def open_cassette_reader_alone(settings: DeviceSettings) -> Generator[CassetteReader | None]:
    with ExitStack() as opened:
        yield _cassette_reader(settings, SystemClock(), opened)


def _cassette_reader(
    settings: DeviceSettings, clock: Clock, opened: ExitStack
) -> SerialCassetteReader | None:
    """With the plate that is named; else the one at the port that is named, if any."""
    if settings.plate_file is None:
        return open_cassette_reader(settings.cassette_reader, clock, opened)
    device = CassetteReaderDevice(open_plate(settings.plate_file))
    return SerialCassetteReader(SimulatedReaderLine(device, clock), clock, SystemEntropy())
