"""A flatbed with a transparency unit, as the node sees it: it identifies itself and scans.

Positions are pixels at the scan's own resolution, from the corner of the transparency unit
where the carriage starts.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

MM_PER_INCH = 25.4
COLUMNS_STEP = 8
"""Widths are multiples of this: SANE's epson2 client never asks for others, so whether the
hardware takes them is not known."""


@dataclass(frozen=True)
class ScannerIdentity:
    manufacturer: str
    model: str
    serial_number: str
    firmware_version: str
    resolution_min_dpi: int
    resolution_max_dpi: int
    optical_resolution_dpi: int
    area_columns: int
    """Width of the transparency unit in pixels at `resolution_max_dpi`."""
    area_rows: int

    def area_at(self, resolution_dpi: int) -> tuple[int, int]:
        """(columns, rows) of the whole transparency unit at this resolution."""
        columns = self.area_columns * resolution_dpi // self.resolution_max_dpi
        rows = self.area_rows * resolution_dpi // self.resolution_max_dpi
        return columns // COLUMNS_STEP * COLUMNS_STEP, rows


@dataclass(frozen=True)
class ScanRequest:
    """An area of the transparency unit; 16-bit gray, one sample a pixel."""

    resolution_dpi: int
    left: int
    top: int
    columns: int
    rows: int

    @property
    def size_bytes(self) -> int:
        return 2 * self.columns * self.rows


@dataclass(frozen=True)
class RowBlock:
    """Whole rows in scan order. `samples` is little-endian uint16, rows x columns, and is the
    device's own buffer: valid only until the next block is asked for."""

    first_row: int
    rows: int
    samples: memoryview


NO_ROWS_YET = RowBlock(0, 0, memoryview(b""))
"""A turn for whoever scans while the scanner is not ready: to close the generator, or to go on."""


class FilmScanner(Protocol):
    def identify(self) -> ScannerIdentity:
        """Raises DeviceUnavailable when there is no scanner."""

    def scan(self, request: ScanRequest) -> Generator[RowBlock, None, None]:
        """Yield exactly `request.rows` rows of `request.columns` samples.

        Waits for the lamp first, and yields NO_ROWS_YET meanwhile, at least once a second. Closing
        the generator cancels the scan and leaves the device ready for the next one. Raises
        DeviceUnavailable (unplugged), DeviceNeedsOperator (cover open, no transparency unit),
        DeviceMisbehaved, ScanCancelled (at the device).
        """
