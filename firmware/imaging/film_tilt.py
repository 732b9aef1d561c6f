"""How crooked the film lies: the angle of its edges to the carriage's way.

Measured on the edges that the preview shows whole; it never turns a pixel. A film pushed
against the frame has an edge that is not seen, and counts as straight there.
"""

import math
from statistics import median

import numpy as np
from numpy.typing import NDArray

from firmware.imaging.film_edges import FilmBox, Mask, Side, darker_than_lamp

TILT_MAX_DEG = 45.0  # RotationOfScannedFilm (0018,2030) ends there
MIDDLE = slice(0.2, 0.8)
POINTS_MIN = 20  # fewer preview pixels of an edge say nothing about its slope
STRAY_MAX_PX = 1.5  # a straight edge, sampled, is off by a pixel at most
PAIRS = 40  # of points along the edge; the median of their slopes shrugs off notches


def film_tilt_deg(preview: NDArray[np.uint16], box: FilmBox) -> float | None:
    """Degrees, positive where the film is turned clockwise; None when no edge is straight.

    `preview` is what the box was found in. 0 where every edge lies against the frame.
    """
    film = darker_than_lamp(preview)[box.top : box.bottom, box.left : box.right]
    slopes = [
        slope
        for side, profile in _profiles(film).items()
        if side not in box.sides_at_edge and (slope := _slope(profile)) is not None
    ]
    if not slopes:
        return 0.0 if len(box.sides_at_edge) == len(Side) else None
    tilt = math.degrees(math.atan(median(slopes)))
    return tilt if abs(tilt) <= TILT_MAX_DEG else None


def _profiles(film: Mask) -> dict[Side, NDArray[np.float64]]:
    """Where each edge is, along its side. Signed so that clockwise is positive for all."""
    down = _without_ends(np.asarray(film.any(axis=1)))
    across = _without_ends(np.asarray(film.any(axis=0)))
    rows, columns = film[down], film[:, across]
    return {
        Side.LEFT: -rows.argmax(1).astype(np.float64),
        Side.RIGHT: rows[:, ::-1].argmax(1).astype(np.float64),
        Side.TOP: columns.argmax(0).astype(np.float64),
        Side.BOTTOM: -columns[::-1].argmax(0).astype(np.float64),
    }


def _without_ends(present: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The middle of a side: a crooked film's corners are cut by its own box."""
    where = np.flatnonzero(present)
    return where[int(MIDDLE.start * where.size) : int(MIDDLE.stop * where.size)]


def _slope(profile: NDArray[np.float64]) -> float | None:
    """Theil and Sen's median slope, pixels a pixel; None when the edge is not a line."""
    if profile.size < POINTS_MIN:
        return None
    position = np.arange(profile.size, dtype=np.float64)
    half = profile.size // 2
    step = max(1, half // PAIRS)
    slopes = (profile[half : 2 * half : step] - profile[:half:step]) / half
    slope = float(np.median(slopes))
    residual = profile - slope * position
    stray = float(np.median(np.abs(residual - np.median(residual))))
    return slope if stray <= STRAY_MAX_PX else None
