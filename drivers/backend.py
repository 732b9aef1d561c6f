"""The real devices and peers of one node."""

import logging
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from drivers.film_scanner_esci import EsciFilmScanner
from drivers.giving_way import giving_way
from drivers.open_archives import open_archive_alone, open_archives
from drivers.open_array import find_array, open_array
from drivers.open_cassette_reader import open_cassette_reader
from drivers.open_panel import open_barcode_reader, open_panel
from drivers.open_ris import open_procedure_steps, open_worklist
from drivers.posix_disk import PosixDisk
from drivers.system_clock import SystemClock, SystemEntropy
from hal.cassette_reader import CassetteReader
from hal.clock import Clock
from hal.devices import Devices, DeviceSettings, StoreDevices
from hal.disk import Disk
from hal.errors import Sentence, StorageError
from hal.storage_array import StorageArray

__all__ = [
    "open_archive_alone",
    "open_archives",
    "open_cassette_reader_alone",
    "open_clock",
    "open_devices",
    "open_disk",
    "open_procedure_steps",
    "open_spool",
    "open_storage_array",
    "open_store",
    "open_worklist",
]
log = logging.getLogger("sapi.devices")


def open_devices(settings: DeviceSettings) -> Devices:
    """The scanner is looked for at each scan: it may be switched on later."""
    clock = SystemClock()
    with ExitStack() as opened:
        disk = open_disk(settings, opened)
        archives = open_archives(settings, opened)
        panel = open_panel(settings.panel, settings.language, clock, opened)
        cassette_reader = open_cassette_reader(settings.cassette_reader, clock, opened)
        barcode_reader = open_barcode_reader(settings.panel.barcode, clock, opened)
        return Devices(
            clock=clock,
            entropy=SystemEntropy(),
            disk=disk,
            film_scanner=EsciFilmScanner(clock),
            panel=panel,
            barcode_reader=barcode_reader,
            cassette_reader=cassette_reader,
            worklist=open_worklist(settings),
            procedure_steps=open_procedure_steps(settings),
            archives=archives,
            close=opened.pop_all().close,
            storage_array=watched_array(settings.store_root, clock),
            giving_way=giving_way,
        )


def open_disk(settings: DeviceSettings, opened: ExitStack) -> PosixDisk:
    """Locked first of all: a second node must hear of the first one, not of its port."""
    disk = PosixDisk(settings.store_root)
    disk.lock()
    opened.callback(disk.unlock)
    return disk


def open_clock() -> Clock:
    return SystemClock()


def open_store(settings: DeviceSettings) -> StoreDevices:
    disk = PosixDisk(settings.store_root)
    disk.lock()
    return StoreDevices(SystemClock(), SystemEntropy(), disk)


def open_spool(settings: DeviceSettings) -> Disk:
    return PosixDisk(settings.store_root)


@contextmanager
def open_cassette_reader_alone(settings: DeviceSettings) -> Generator[CassetteReader | None]:
    with ExitStack() as opened:
        yield open_cassette_reader(settings.cassette_reader, SystemClock(), opened)


def open_storage_array(settings: DeviceSettings) -> StorageArray | Sentence:
    return find_array(settings.store_root, SystemClock())


def watched_array(root: Path, clock: Clock) -> StorageArray | None:
    """A node runs without an array, and all the more with one that cannot be asked."""
    try:
        return open_array(root, clock)
    except StorageError as error:
        log.warning("%s", error)
        return None
