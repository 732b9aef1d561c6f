"""The sizes that X-ray film is sold in, and the name of the one that was scanned.

Only names: nothing is cropped or scaled to a standard size.
"""

from dataclasses import dataclass

MM_PER_INCH = 25.4
TOLERANCE_MM = 5.0
"""Cutting tolerance, a film's tilt, and the preview's own pixel; the closest two of different
name that are not one cm/inch pair lie further apart than twice this in one direction."""


@dataclass(frozen=True)
class FilmSize:
    """`film_size_id` is the defined term of Film Size ID (2010,0050), PS3.3 C.13.3, or empty."""

    name: str
    width_mm: float
    height_mm: float
    film_size_id: str = ""


def _inches(name: str, width_in: float, height_in: float, film_size_id: str = "") -> FilmSize:
    return FilmSize(name, width_in * MM_PER_INCH, height_in * MM_PER_INCH, film_size_id)


# Portrait: the shorter side is the width.
FILM_SIZES = (
    FilmSize("13x18 cm", 130, 180),
    FilmSize("15x30 cm", 150, 300),
    FilmSize("15x40 cm", 150, 400),
    FilmSize("18x24 cm", 180, 240),
    FilmSize("18x43 cm", 180, 430),
    FilmSize("20x40 cm", 200, 400),
    FilmSize("24x24 cm", 240, 240, "24CMX24CM"),
    FilmSize("24x30 cm", 240, 300, "24CMX30CM"),
    FilmSize("30x40 cm", 300, 400),
    FilmSize("35x35 cm", 350, 350),
    FilmSize("35x43 cm", 350, 430),
    _inches("8x10 in", 8, 10, "8INX10IN"),
    _inches("10x12 in", 10, 12, "10INX12IN"),
    _inches("10x14 in", 10, 14, "10INX14IN"),
    _inches("11x14 in", 11, 14, "11INX14IN"),
    _inches("11x17 in", 11, 17, "11INX17IN"),
    _inches("14x14 in", 14, 14, "14INX14IN"),
    _inches("14x17 in", 14, 17, "14INX17IN"),
)


def name_film_size(width_mm: float, height_mm: float) -> FilmSize | None:
    """The nearest standard size, in either orientation; None when none is within tolerance.

    35x43 cm and 14x17 in are 5.6 and 1.8 mm apart, so the nearer one is a good guess and no
    more; the measured size is what counts, and is kept beside the name.
    """
    short_mm, long_mm = sorted((width_mm, height_mm))

    def distance_mm(size: FilmSize) -> float:
        return max(abs(short_mm - size.width_mm), abs(long_mm - size.height_mm))

    nearest = min(FILM_SIZES, key=distance_mm)
    return nearest if distance_mm(nearest) <= TOLERANCE_MM else None
