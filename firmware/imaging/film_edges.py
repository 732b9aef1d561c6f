"""Where the film lies on the transparency unit, from a quick low-resolution preview.

The rule: nothing that is film is ever cut off. Whatever is in doubt counts as film, so the worst
that a strange film or a worn lamp does is a larger scan. It never measures density and never
looks at what the film shows.
"""

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from hal.film_scanner import COLUMNS_STEP, MM_PER_INCH, ScanRequest

VALUE_MAX = 65535
SATURATED_SHARE = 0.5
"""A scanner that shows most of what is bright at its very end has its white set to clip there:
then whatever is below it is film, however thin. Where the lamp's fall-off is too, the scan is
larger than it need be."""
LAMP_LEVEL_MIN = 0.9 * VALUE_MAX
"""The scanner sets its white on the bare lamp, so less than this is not lamp: without the floor,
the clear base of a film that covers the whole unit would pass for it."""
LAMP_PERCENTILE = 99.9  # not the maximum: one hot pixel is not the lamp
FILM_DENSITY_MIN = 0.05
"""Half the base density of the clearest film (0.1 to 0.2), and 11 % below the lamp: more than
its noise and its fall-off towards the edges."""
CORE_SIDE_MM = 5.0
"""A spot this wide and high is no dust. Everything joined to one belongs to the film."""
CORE_SHARE = 0.8  # of its pixels darker than the lamp: film can be burnt through by saturated spots
GAP_MM = 5.0
"""A clear gap this wide does not end a film (collimation borders, punched holes)."""
MARGIN_MM = 1.0  # an edge thinner than a preview pixel's share, and the carriage's repeatability

Mask = NDArray[np.bool_]


class Side(Enum):
    LEFT = "left"
    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"


@dataclass(frozen=True)
class FilmBox:
    """The film itself in preview pixels, `right` and `bottom` exclusive, without a margin."""

    resolution_dpi: int
    left: int
    top: int
    right: int
    bottom: int
    sides_at_edge: frozenset[Side]
    """Where it reaches the edge of the scan area, and so may go on beyond it."""

    @property
    def width_mm(self) -> float:
        return (self.right - self.left) / self.resolution_dpi * MM_PER_INCH

    @property
    def height_mm(self) -> float:
        return (self.bottom - self.top) / self.resolution_dpi * MM_PER_INCH

    def request_at(self, resolution_dpi: int, area: tuple[int, int]) -> ScanRequest:
        """The film with its margin at another resolution, rounded outward, within `area`.

        Columns are a multiple of COLUMNS_STEP, as `area`'s are.

        `area` is (columns, rows) there, as `ScannerIdentity.area_at` gives it.
        """
        scale = resolution_dpi / self.resolution_dpi
        margin = 1 + MARGIN_MM / MM_PER_INCH * self.resolution_dpi
        left, right = _outward(self.left - margin, self.right + margin, scale, area[0])
        top, bottom = _outward(self.top - margin, self.bottom + margin, scale, area[1])
        columns = min(area[0], -(-(right - left) // COLUMNS_STEP) * COLUMNS_STEP)
        left = min(left, area[0] - columns)
        return ScanRequest(resolution_dpi, left, top, columns, bottom - top)


def _outward(first: float, last: float, scale: float, end: int) -> tuple[int, int]:
    return max(0, math.floor(first * scale)), min(end, math.ceil(last * scale))


def find_film(preview: NDArray[np.uint16], resolution_dpi: int) -> FilmBox | None:
    """The box around all film in a preview of the whole unit; None when there is only lamp."""
    dark = darker_than_lamp(preview)
    pixels_per_mm = resolution_dpi / MM_PER_INCH
    box = _core_box(dark, max(1, round(CORE_SIDE_MM * pixels_per_mm)))
    if box is None:
        return None
    left, top, right, bottom = _grown(dark, box, max(1, math.ceil(GAP_MM * pixels_per_mm)))
    rows, columns = dark.shape
    reached = {
        Side.LEFT: left == 0,
        Side.TOP: top == 0,
        Side.RIGHT: right == columns,
        Side.BOTTOM: bottom == rows,
    }
    at_edge = frozenset(side for side, is_reached in reached.items() if is_reached)
    return FilmBox(resolution_dpi, left, top, right, bottom, at_edge)


def darker_than_lamp(preview: NDArray[np.uint16]) -> Mask:
    if preview.size == 0:
        return np.zeros(preview.shape, dtype=np.bool_)
    lamp = max(float(np.percentile(preview, LAMP_PERCENTILE)), LAMP_LEVEL_MIN)
    dark: Mask = preview < lamp * 10**-FILM_DENSITY_MIN
    saturated: Mask = preview == VALUE_MAX
    bright_count = dark.size - np.count_nonzero(dark)
    clips = np.count_nonzero(saturated) > SATURATED_SHARE * bright_count
    return ~saturated if clips else dark


def _core_box(dark: Mask, side: int) -> tuple[int, int, int, int] | None:
    """Box of the centres of all the windows of side x side pixels that are mostly dark."""
    side_down, side_across = min(side, dark.shape[0]), min(side, dark.shape[1])
    if not side_down or not side_across:
        return None
    total = np.zeros((dark.shape[0] + 1, dark.shape[1] + 1), dtype=np.int64)
    total[1:, 1:] = dark.cumsum(0).cumsum(1)
    below, above = total[side_down:], total[:-side_down]
    counts = (
        below[:, side_across:]
        - below[:, :-side_across]
        - above[:, side_across:]
        + above[:, :-side_across]
    )
    tops, lefts = np.nonzero(counts >= CORE_SHARE * side_down * side_across)
    if tops.size == 0:
        return None
    middle_down, middle_across = side_down // 2, side_across // 2
    return (
        int(lefts.min()) + middle_across,
        int(tops.min()) + middle_down,
        int(lefts.max()) + middle_across + 1,
        int(tops.max()) + middle_down + 1,
    )


def _grown(dark: Mask, box: tuple[int, int, int, int], gap: int) -> tuple[int, int, int, int]:
    """The box widened until nothing dark is within `gap` pixels of it.

    Rounds are bounded by the preview's own size: each widens the box by a pixel or is the last.
    """
    rows, columns = dark.shape
    for _ in range(rows + columns):
        left, top, right, bottom = box
        near_left, near_top = max(0, left - gap), max(0, top - gap)
        near = dark[near_top : bottom + gap, near_left : right + gap]
        across, down = np.flatnonzero(near.any(0)), np.flatnonzero(near.any(1))  # never empty
        wider = (
            min(left, near_left + int(across[0])),
            min(top, near_top + int(down[0])),
            max(right, near_left + int(across[-1]) + 1),
            max(bottom, near_top + int(down[-1]) + 1),
        )
        if wider == box:
            break
        box = wider
    return box
