"""The real devices and peers of one node."""

from pathlib import Path

from drivers.dicom_peer import ArchiveAddress, DicomArchive
from drivers.film_scanner_esci import EsciFilmScanner
from drivers.panel_keyboard import KeyboardPanel
from drivers.posix_disk import PosixDisk
from drivers.system_clock import SystemClock, SystemEntropy
from drivers.worklist_file import NoWorklist, WorklistFile
from hal.archive import Worklist
from hal.devices import Devices, DeviceSettings


def open_devices(settings: DeviceSettings) -> Devices:
    """The scanner is looked for at each scan: it may be switched on later."""
    clock = SystemClock()
    archive = open_archive(settings)
    panel = KeyboardPanel(settings.language)

    def close() -> None:
        archive.close()
        panel.close()

    return Devices(
        clock=clock,
        entropy=SystemEntropy(),
        disk=PosixDisk(settings.store_root),
        film_scanner=EsciFilmScanner(clock),
        panel=panel,
        worklist=open_worklist(settings.worklist_file),
        archive=archive,
        close=close,
    )


def open_archive(settings: DeviceSettings) -> DicomArchive:
    return DicomArchive(
        ArchiveAddress(settings.archive_ae_title, settings.archive_host, settings.archive_port),
        local_ae_title=settings.ae_title,
        listen_host=settings.listen_host,
        listen_port=settings.listen_port,
    )


def open_worklist(file: Path | None) -> Worklist:
    return WorklistFile(file) if file else NoWorklist()
