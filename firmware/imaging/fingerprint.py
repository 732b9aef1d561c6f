"""What a film looks like, in a few kilobytes: enough to notice that it is scanned a second time.

Taken from the 50 dpi preview, along the film's own edges, so that it is the same however the film
is laid: shifted, tilted, turned over or upside down. Values become densities (a logarithm: a lamp
that has grown weaker only adds a constant), what is as large as the body is taken out (two chests
have it in common), and what is left is compared by correlation. Pure; it decides nothing, and
never says that two patients are one.

Measured (tests/unit/imaging/test_fingerprint.py) on 8 digitized mammograms of two patients, a chest
and an extremity, each laid again with a shift, up to 5 degrees of tilt, noise, 6 % less lamp and a
gradient, turned over or upside down: the same film 0.92 or more, two films 0.67 at most (the two
breasts of one patient, one of them turned over). 40 ms of one core, nearly all of it finding the
film; 200 films are compared in some 10 ms more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.imaging.film_edges import FilmBox

SIDE = 64  # cells of 5 mm on the largest film: smaller than a rib, larger than any mislaying
SAMPLES = 3  # of a cell, each way
BODY_CELLS = 3  # what is wider than 2 * BODY_CELLS + 1 cells is shape of the body, and is taken out
SHIFT_CELLS = 1  # an edge of the film that was found a little elsewhere
BORDER_CELLS = 2  # where the lamp shines in beside a film that lies crooked
DARK_FLOOR = 3000.0
"""Added to values before the logarithm: what is darker than 1.3 OD is noise as much as image."""
DETAIL_MIN = 0.004  # of natural density: 0.002 OD, the noise of a blank film
SAME_MIN = 0.8
"""Correlation, -1 to 1."""
SCALE = 127 * SIDE / 8  # a cell of 8 times the usual contrast is the end of the scale
SIZE_BYTES = 8 + SIDE * SIDE
SIZE_RATIO_MAX = 1.06  # a millimetre or two of doubt at each edge of the smallest film

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Fingerprint:
    cells: Samples
    """SIDE x SIDE, zero mean, of length 1."""
    width_mm: float
    height_mm: float

    def to_bytes(self) -> bytes:
        sizes = np.array([self.width_mm, self.height_mm], "<f4").tobytes()
        return sizes + np.round(self.cells * SCALE).clip(-127, 127).astype(np.int8).tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Fingerprint":
        """Raises ValueError when it is none."""
        if len(data) != SIZE_BYTES:
            raise ValueError(f"a fingerprint of {len(data)} bytes")
        width_mm, height_mm = np.frombuffer(data[:8], "<f4")
        cells = np.frombuffer(data[8:], np.int8).reshape(SIDE, SIDE).astype(np.float32)
        return cls(_unit(cells), float(width_mm), float(height_mm))


def fingerprint(
    preview: NDArray[np.uint16], box: FilmBox, tilt_deg: float | None
) -> Fingerprint | None:
    """None: there is nothing on the film to know it by (blank, or hardly larger than a cell)."""
    tilt = math.radians(tilt_deg or 0.0)
    width, height = _film_size(box, tilt)
    if min(width, height) < SIDE:
        return None
    density = -np.log(_sampled(preview, box, tilt, width, height) + DARK_FLOOR)
    cells = density.reshape(SIDE, SAMPLES, SIDE, SAMPLES).mean((1, 3))
    detail = cells - _blurred(cells)
    detail[:BORDER_CELLS] = detail[-BORDER_CELLS:] = 0
    detail[:, :BORDER_CELLS] = detail[:, -BORDER_CELLS:] = 0
    if float(detail.std()) < DETAIL_MIN:
        return None
    limit = 4 * float(detail.std())  # a label or a hole must not outweigh the image
    mm = 25.4 / box.resolution_dpi
    return Fingerprint(_unit(detail.clip(-limit, limit)), width * mm, height * mm)


def likenesses(one: Fingerprint, others: Sequence[Fingerprint]) -> list[float]:
    """Of each: -1 to 1, the best of lying as before, turned over, and upside down; -1 where the
    films are not of one size."""
    alike = [number for number, other in enumerate(others) if _same_size(one, other)]
    found = [-1.0] * len(others)
    if alike:
        still = np.stack([others[number].cells.ravel() for number in alike], axis=1)
        best = (_ways_to_lie(one.cells) @ still).max(axis=0)
        for number, value in zip(alike, best, strict=True):
            found[number] = float(value)
    return found


def likeness(one: Fingerprint, other: Fingerprint) -> float:
    return likenesses(one, [other])[0]


def _ways_to_lie(cells: Samples) -> Samples:
    """One a row: four ways to turn it, each a little to every side."""
    shifts = range(-SHIFT_CELLS, SHIFT_CELLS + 1)
    return np.stack(
        [
            np.roll(turned, (down, right), (0, 1)).ravel()
            for turned in (cells, cells[:, ::-1], cells[::-1], cells[::-1, ::-1])
            for down in shifts
            for right in shifts
        ]
    )


def _film_size(box: FilmBox, tilt: float) -> tuple[float, float]:
    """Of the film in a box that is larger because it lies crooked, in pixels."""
    width, height = box.right - box.left, box.bottom - box.top
    sine, cosine = abs(math.sin(tilt)), math.cos(tilt)
    scale = cosine**2 - sine**2
    return (width * cosine - height * sine) / scale, (height * cosine - width * sine) / scale


def _sampled(
    preview: NDArray[np.uint16], box: FilmBox, tilt: float, width: float, height: float
) -> NDArray[np.float64]:
    """Along the film's own edges, each the mean of a spot as large as the way to the next."""
    across, down = width / (SIDE * SAMPLES), height / (SIDE * SAMPLES)
    spot = max(1, round(min(across, down)))
    smooth = _spots(preview[box.top : box.bottom, box.left : box.right], spot)
    count = SIDE * SAMPLES
    x = (np.arange(count) + 0.5) * across - width / 2
    y = ((np.arange(count) + 0.5) * down - height / 2)[:, None]
    rows, columns = smooth.shape
    at_x = x * math.cos(tilt) - y * math.sin(tilt) + (box.right - box.left) / 2 - spot / 2
    at_y = x * math.sin(tilt) + y * math.cos(tilt) + (box.bottom - box.top) / 2 - spot / 2
    found: NDArray[np.float64] = smooth[
        np.rint(at_y).astype(np.intp).clip(0, rows - 1),
        np.rint(at_x).astype(np.intp).clip(0, columns - 1),
    ]
    return found


def _spots(samples: NDArray[np.uint16], side: int) -> NDArray[np.float64]:
    """Means of all side x side windows."""
    sums = np.zeros((samples.shape[0] + 1, samples.shape[1] + 1))
    np.cumsum(np.cumsum(samples, 0, dtype=np.float64), 1, out=sums[1:, 1:])
    whole = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    means: NDArray[np.float64] = whole / side**2
    return means


def _blurred(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    wide = np.pad(cells, BODY_CELLS, mode="edge")
    side = 2 * BODY_CELLS + 1
    sums = np.zeros((wide.shape[0] + 1, wide.shape[1] + 1))
    sums[1:, 1:] = wide.cumsum(0).cumsum(1)
    whole = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    means: NDArray[np.float64] = whole / side**2
    return means


def _unit(cells: NDArray[np.float64] | Samples) -> Samples:
    centred = cells - cells.mean()
    length = float(np.sqrt((centred**2).sum()))
    unit: Samples = (centred / (length or 1.0)).astype(np.float32)
    return unit


def _same_size(one: Fingerprint, other: Fingerprint) -> bool:
    pairs = ((one.width_mm, other.width_mm), (one.height_mm, other.height_mm))
    return all(max(pair) <= SIZE_RATIO_MAX * min(pair) for pair in pairs)
