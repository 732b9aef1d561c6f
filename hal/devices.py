"""The bundle that `drivers.backend` or `sim.backend` hands to the firmware."""

from dataclasses import dataclass

from hal.archive import Archive, Worklist
from hal.barcode_reader import BarcodeReader
from hal.cassette_reader import CassetteReader
from hal.clock import Clock, Entropy
from hal.disk import Disk
from hal.film_scanner import FilmScanner
from hal.panel import Panel
from hal.storage_array import StorageArray


@dataclass(frozen=True)
class Devices:
    clock: Clock
    entropy: Entropy
    disk: Disk
    film_scanner: FilmScanner
    panel: Panel
    worklist: Worklist
    archive: Archive
    cassette_reader: CassetteReader | None = None
    barcode_reader: BarcodeReader | None = None
    storage_array: StorageArray | None = None
