"""The bundle that `drivers.backend` or `sim.backend` hands to the firmware."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hal.archive import Archive, Worklist
from hal.barcode_reader import BarcodeReader
from hal.cassette_reader import CassetteReader
from hal.clock import Clock, Entropy
from hal.disk import Disk
from hal.errors import Sentence
from hal.film_scanner import FilmScanner
from hal.panel import Panel
from hal.panel_settings import KEYBOARD_PANEL, PanelSettings
from hal.procedure_step import ProcedureStepPeer
from hal.storage_array import StorageArray
from hal.tls import TlsSettings
from hal.values import DailySpan


@dataclass(frozen=True)
class BandwidthLimit:
    """What this node may take of the line at these hours; the first that holds counts."""

    span: DailySpan
    kbit_s: float


@dataclass(frozen=True)
class ArchiveSettings:
    """How one archive is reached: by DICOM, or by DICOMweb where it has a url."""

    name: str
    ae_title: str = ""
    host: str = ""
    port: int = 0
    url: str = ""
    user: str = ""
    secret: Path | None = None
    """Of a DICOMweb service; see hal.web_archive."""
    tls: TlsSettings | None = None
    bandwidth: tuple[BandwidthLimit, ...] = ()
    """Outside all of them: as much as there is."""
    reports: bool = True
    """False: it is never asked for its commitment, and nobody takes a report of its."""


@dataclass(frozen=True)
class RisSettings:
    """One service of a RIS, by DICOM."""

    ae_title: str
    host: str
    port: int
    tls: TlsSettings | None = None


@dataclass(frozen=True)
class CassetteReaderSettings:
    address: str
    """/dev/serial/by-id/..., or socket://HOST:PORT."""
    baud: int = 0
    """Of a plain UART; 0: as fast as it comes."""


@dataclass(frozen=True)
class DeviceSettings:
    """What a backend needs to know to open its devices."""

    store_root: Path
    ae_title: str
    listen_host: str
    listen_port: int
    """Reports of the archives without TLS come here."""
    listen_tls_port: int
    archives: tuple[ArchiveSettings, ...]
    language: str
    timezone: str = "UTC"
    worklist_file: Path | None = None
    worklist: RisSettings | None = None
    """Instead of the file; with the station and modality that are asked for, empty: any."""
    worklist_station_ae_title: str = ""
    worklist_modality: str = ""
    procedure_steps: RisSettings | None = None
    panel: PanelSettings = KEYBOARD_PANEL
    cassette_reader: CassetteReaderSettings | None = None
    """None: there is none."""
    plate_file: Path | None = None
    """For a simulated reader: the plate that is in it."""
    film_file: Path | None = None
    """For the simulated scanner: the film that lies on it."""
    film_dpi: int | None = None


@dataclass(frozen=True)
class Devices:
    clock: Clock
    entropy: Entropy
    disk: Disk
    film_scanner: FilmScanner
    panel: Panel
    worklist: Worklist
    archives: Mapping[str, Archive]
    """By their names in the configuration."""
    close: Callable[[], None]
    cassette_reader: CassetteReader | None = None
    barcode_reader: BarcodeReader | None = None
    procedure_steps: ProcedureStepPeer | None = None
    """None: nobody is told by MPPS."""
    storage_array: StorageArray | None = None
    giving_way: Callable[[], AbstractContextManager[None]] = nullcontext
    """What the calling thread reads in it comes after everybody else's reading and writing."""


@dataclass(frozen=True)
class StoreDevices:
    """The store alone, locked: for a command while no node runs."""

    clock: Clock
    entropy: Entropy
    disk: Disk


class Backend(Protocol):
    """The module `drivers.backend` or `sim.backend`, loaded by name."""

    def open_devices(self, settings: DeviceSettings) -> Devices: ...

    def open_clock(self) -> Clock: ...

    def open_store(self, settings: DeviceSettings) -> StoreDevices:
        """Raises StorageInUse while a node runs. `disk.unlock` gives it back."""

    def open_spool(self, settings: DeviceSettings) -> Disk:
        """The store's disk beside a node that runs, not locked: for new files in `import/` only."""

    def open_archive_alone(self, settings: DeviceSettings, name: str) -> Archive:
        """For a command: it does not listen for reports, as the node does. Nothing to close."""

    def open_cassette_reader_alone(
        self, settings: DeviceSettings
    ) -> AbstractContextManager[CassetteReader | None]:
        """For a command while no node runs: its port is for one of them. None: there is none."""

    def open_storage_array(self, settings: DeviceSettings) -> StorageArray | Sentence:
        """Alone, beside a node that runs: the array, or why there is none."""
