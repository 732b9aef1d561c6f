"""Flat-field and dead-pixel correction of a plate's samples, from one homogeneous exposure. Pure.

Samples are logarithms, so a gain is subtracted. What a CR reader brings is smooth over the plate
(heel effect, light guide) or the same in each column (dust on the guide, the polygon): so the map
is a coarse grid and one value a column, some kB, and is laid on block by block of rows. It never
holds an image, and is off unless somebody names a calibration: then pixels are exact.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 32  # nodes a side: the heel effect bends over centimetres
DEAD_SIGMAS = 8.0  # beyond the noise: quantum noise alone comes there once in 10^15 samples
DEAD_MAX = 4096  # of a plate of 15 million; more is no plate to correct

Grid = NDArray[np.float64]


@dataclass(frozen=True)
class FlatField:
    rows: int
    columns: int
    grid: Grid
    """GRID x GRID: how far above the plate's middle the samples are at evenly spaced nodes."""
    by_column: Grid
    """What is left over in each column, over all rows."""
    dead: tuple[tuple[int, int], ...]
    """(row, column) of samples that say nothing, in order."""

    def corrected(self, block: NDArray[np.uint16], first_row: int, bits: int) -> NDArray[np.uint16]:
        """`block` is rows x columns from `first_row`; the same shape, within `bits`."""
        rows = np.arange(first_row, first_row + len(block))
        flat = block.astype(np.float32) - self._gain(rows)
        self._mend(flat, first_row)
        return np.asarray(np.rint(np.clip(flat, 0, (1 << bits) - 1)).astype(np.uint16))

    def _gain(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """How far above the middle each sample of these rows is."""
        by_rows = _between(self.grid, rows, self.rows)
        across = _between(by_rows.T, np.arange(self.columns), self.columns).T
        return (across + self.by_column).astype(np.float32)

    def _mend(self, flat: NDArray[np.float32], first_row: int) -> None:
        """A dead sample is the mean of the nearest good ones left and right of it."""
        dead = {place for place in self.dead if first_row <= place[0] < first_row + len(flat)}
        for row, column in dead:
            good = []
            for step in (-1, 1):
                at = column + step
                while 0 <= at < self.columns and (row, at) in dead:
                    at += step
                if 0 <= at < self.columns:
                    good.append(flat[row - first_row, at])
            if good:
                flat[row - first_row, column] = np.mean(good)


def flat_field_of(exposure: NDArray[np.uint16]) -> FlatField:
    """From a homogeneous exposure, rows x columns, nothing in the beam.

    Raises ValueError where it is none: too small, or with more dead samples than DEAD_MAX.
    """
    rows, columns = exposure.shape
    if min(rows, columns) < 2 * GRID:
        raise ValueError(f"{columns} x {rows} samples are too few")
    grid = _node_medians(exposure)
    grid -= np.median(grid)
    rough = FlatField(rows, columns, grid, np.zeros(columns), ())
    left = exposure.astype(np.float32) - rough._gain(np.arange(rows))
    middle = float(np.median(left))
    by_column = np.median(left, axis=0).astype(np.float64) - middle
    left -= (by_column + middle).astype(np.float32)
    sigma = max(1.4826 * float(np.median(np.abs(left))), 0.5)  # MAD; half a step of rounding
    dead = np.argwhere(np.abs(left) > DEAD_SIGMAS * sigma)
    if len(dead) > DEAD_MAX:
        raise ValueError(f"{len(dead)} samples say nothing")
    return FlatField(rows, columns, grid, by_column, tuple((int(r), int(c)) for r, c in dead))


def _node_medians(exposure: NDArray[np.uint16]) -> Grid:
    """The medians of the cells around GRID x GRID nodes; the first and last lie at the edges."""
    rows, columns = exposure.shape
    row_edges = np.linspace(0, rows, GRID + 1).astype(int)
    column_edges = np.linspace(0, columns, GRID + 1).astype(int)
    grid = np.empty((GRID, GRID))
    for i in range(GRID):
        band = exposure[row_edges[i] : row_edges[i + 1]]
        for j in range(GRID):
            grid[i, j] = np.median(band[:, column_edges[j] : column_edges[j + 1]])
    return grid


def _between(values: Grid, at: NDArray[np.int64], length: int) -> Grid:
    """`values` along the first axis stand in the middles of equal cells of `length`: linearly
    between them at `at`, and on beyond the first and last."""
    place = (at + 0.5) * len(values) / length - 0.5
    low = np.clip(np.floor(place).astype(int), 0, len(values) - 2)
    share = (place - low)[:, None]
    return np.asarray(values[low] * (1 - share) + values[low + 1] * share)
