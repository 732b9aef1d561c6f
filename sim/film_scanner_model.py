"""Which scanner is simulated, and what it says of itself.

The level and names are those that SANE's `epson2` client accepts for an A3 flatbed with 16-bit
gray on its transparency unit. The transparency unit grows with the film on it: an invention, for a
14 x 17 in film must fit and no real unit of this family is that wide.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Self

from drivers.wire.esci.codes import Colour, MainStatus, Source, TransparencyUnit
from drivers.wire.esci.messages import (
    Capabilities,
    DetailedStatus,
    ExtendedIdentity,
    HardwareProperties,
    ScanParameters,
)
from sim.films import Film

LEVEL = "B8"
MODEL = "ES-10000G"
ROM_VERSION = "1.00"
DEPTH_BITS = 16
OPTICAL_DPI = 2400
RESOLUTION_MIN_DPI = 50
RESOLUTION_MAX_DPI = 4800
RESOLUTIONS_DPI = (50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 2400, 4800)
TRANSPARENCY_INCHES = (Fraction("12.2"), Fraction("16.54"))
BED_COLUMNS, BED_ROWS = 29280, 41280  # 12.2 x 17.2 in


@dataclass(frozen=True)
class ScannerModel:
    """Areas in pixels at the optical resolution, as SANE's client takes those of FS I."""

    transparency_columns: int
    transparency_rows: int

    @classmethod
    def for_film(cls, film: Film) -> Self:
        rows, columns = film.samples.shape
        width, height = (
            max(inches, Fraction(samples, film.dpi))
            for inches, samples in zip(TRANSPARENCY_INCHES, (columns, rows), strict=True)
        )
        return cls(ceil(width * OPTICAL_DPI), ceil(height * OPTICAL_DPI))

    def can_scan(self, scan: ScanParameters) -> bool:
        """Gray of 8 or 16 bits, on the transparency unit, inside its area."""
        right, bottom = scan.left + scan.columns, scan.top + scan.rows
        resolutions = range(RESOLUTION_MIN_DPI, RESOLUTION_MAX_DPI + 1)
        return (
            scan.source == Source.TRANSPARENCY_UNIT
            and scan.colour == Colour.GRAY
            and scan.depth in (8, 16)
            and scan.x_dpi in resolutions
            and scan.y_dpi in resolutions
            and min(scan.columns, scan.rows) > 0
            and right * OPTICAL_DPI <= self.transparency_columns * scan.x_dpi
            and bottom * OPTICAL_DPI <= self.transparency_rows * scan.y_dpi
        )

    def identity(self, fitted: bool) -> ExtendedIdentity:
        return ExtendedIdentity(
            level=LEVEL,
            optical_dpi=OPTICAL_DPI,
            resolution_min_dpi=RESOLUTION_MIN_DPI,
            resolution_max_dpi=RESOLUTION_MAX_DPI,
            columns_max=max(BED_COLUMNS, self.transparency_columns),
            bed_columns=BED_COLUMNS,
            bed_rows=BED_ROWS,
            transparency_columns=self.transparency_columns if fitted else 0,
            transparency_rows=self.transparency_rows if fitted else 0,
            model=MODEL,
            rom_version=ROM_VERSION,
            input_depth=DEPTH_BITS,
            output_depth=DEPTH_BITS,
        )

    def capabilities(self) -> Capabilities:
        columns, rows = _at_largest_dpi(BED_COLUMNS), _at_largest_dpi(BED_ROWS)
        return Capabilities(LEVEL, RESOLUTIONS_DPI, columns, rows)

    def detailed_status(self, main: MainStatus, unit: TransparencyUnit) -> DetailedStatus:
        fitted = TransparencyUnit.FITTED in unit
        return DetailedStatus(
            main=main,
            transparency_unit=unit,
            transparency_columns=_at_largest_dpi(self.transparency_columns) if fitted else 0,
            transparency_rows=_at_largest_dpi(self.transparency_rows) if fitted else 0,
            bed_columns=_at_largest_dpi(BED_COLUMNS),
            bed_rows=_at_largest_dpi(BED_ROWS),
            model=MODEL,
        )


def hardware_properties() -> HardwareProperties:
    return HardwareProperties(optical_dpi=OPTICAL_DPI)


def _at_largest_dpi(pixels: int) -> int:
    """ESC I and ESC f have 16 bits for a size: a larger one is told as large as it can be."""
    return min(pixels * RESOLUTION_MAX_DPI // OPTICAL_DPI, 0xFFFF)
