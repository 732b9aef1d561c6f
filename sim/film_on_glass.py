"""The film as the carriage sees it: at the origin of the transparency unit, lamp all around.

Nearest sample for any resolution; at the film's own resolution, its samples as they are. No
optics, no noise, no gamma.
"""

import numpy as np
from numpy.typing import NDArray

from drivers.wire.esci.messages import ScanParameters
from sim.films import Film, Samples

BARE_LAMP = 0xFFFF
Index = NDArray[np.int64]


class FilmOnGlass:
    """One scan's window onto the film."""

    def __init__(self, film: Film, scan: ScanParameters) -> None:
        self._film, self._scan = film, scan
        film_columns = film.samples.shape[1]
        self._columns = _on_film(
            _under(scan.left, scan.columns, film.dpi, scan.x_dpi), film_columns
        )

    def fill(self, rows: Samples, first_row: int) -> None:
        """Put the scan's rows from `first_row` on into `rows` (rows x columns)."""
        samples, scan = self._film.samples, self._scan
        first = scan.top + first_row
        under = _on_film(_under(first, len(rows), self._film.dpi, scan.y_dpi), len(samples))
        height, width = len(under), len(self._columns)
        rows[height:] = BARE_LAMP
        rows[:height, width:] = BARE_LAMP
        rows[:height, :width] = samples[_selector(under)][:, _selector(self._columns)]


def _under(first: int, count: int, film_dpi: int, scan_dpi: int) -> Index:
    """Which film sample lies under the middle of each scanned one."""
    middles = 2 * np.arange(first, first + count, dtype=np.int64) + 1
    index: Index = middles * film_dpi // (2 * scan_dpi)
    return index


def _on_film(under: Index, size: int) -> Index:
    return under[: int(np.searchsorted(under, size))]


def _selector(index: Index) -> slice | Index:
    """A slice where the steps are 1 throughout: numpy copies those several times faster."""
    if len(index) and index[-1] - index[0] == len(index) - 1:
        return slice(int(index[0]), int(index[-1]) + 1)
    return index
