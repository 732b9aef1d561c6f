"""Where the beam was: the collimated field of a plate, and what to show of it. Pure.

Found in some rows of the plate, all columns: behind the collimator only scattered radiation
comes, a sharp step in the logarithm of the exposure along a straight edge. Where no edge is sure
the field is the whole plate: never is anything cut off, only left out of window and index.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHADOW = 0.35
"""Of the way from the darkest to the typical sample of the middle: below it is behind lead."""
INSIDE_SHARE = 0.15  # of a line's samples: a line in the beam has more than this above the shadow;
# a finger's field on a plate of 35 cm has 0.2
MIDDLE_SHARE = 0.5  # each way: where the beam is centred
TYPICAL_PERCENTILE = 75.0  # of the middle: a small field off the centre fills only a part of it
FIELD_SHARE_MIN = 0.04  # of the plate: a field that is smaller was not found
STEP_MIN = 0.04  # of the full scale: less between light and dark is no collimator's edge
INDEX_SHARE = 0.5  # each way, the middle of the field: the relevant region of the index
WINDOW_PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True)
class Field:
    """In samples of the whole plate; `bottom` and `right` are the first outside."""

    top: int
    left: int
    bottom: int
    right: int


def find_field(
    look: NDArray[np.uint16], row_numbers: NDArray[np.int64], plate_rows: int, bits: int
) -> Field:
    """`look`: some rows of the plate, whole, in order; `row_numbers`: which they are."""
    whole = Field(0, 0, plate_rows, look.shape[1])
    level = _shadow_level(look, bits)
    if level is None:
        return whole
    lit = look > level
    rows = _run(lit.mean(axis=1) > INSIDE_SHARE)
    if rows is None:
        return whole
    columns = _run(lit[rows[0] : rows[1]].mean(axis=0) > INSIDE_SHARE)
    if columns is None:
        return whole
    area = (rows[1] - rows[0]) * (columns[1] - columns[0])
    if area < FIELD_SHARE_MIN * look.size:
        return whole
    top = 0 if rows[0] == 0 else int(row_numbers[rows[0]])
    bottom = plate_rows if rows[1] == len(look) else int(row_numbers[rows[1]])
    return Field(top, columns[0], bottom, columns[1])


def region_of_interest(
    look: NDArray[np.uint16], row_numbers: NDArray[np.int64], field: Field, share: float
) -> NDArray[np.uint16]:
    """The middle `share` of the field, each way, of the rows that were looked at."""
    margin_rows = int((field.bottom - field.top) * (1 - share) / 2)
    margin_columns = int((field.right - field.left) * (1 - share) / 2)
    rows = (row_numbers >= field.top + margin_rows) & (row_numbers < field.bottom - margin_rows)
    if not rows.any():
        rows = np.ones(len(look), bool)
    return look[rows, field.left + margin_columns : field.right - margin_columns]


def plate_window(field: NDArray[np.uint16]) -> tuple[float, float]:
    """(center, width) in stored values, from the field's histogram."""
    if field.size == 0:
        return 0.5, 1.0
    low, high = (float(level) for level in np.percentile(field, WINDOW_PERCENTILES))
    width = max(high - low + 1, 1.0)  # PS3.3 C.11.2.1.2: a linear window's width is at least 1
    return low + width / 2, width


def _shadow_level(look: NDArray[np.uint16], bits: int) -> float | None:
    """None: there is no step high enough to be a collimator's."""
    rows, columns = look.shape
    margin_rows, margin_columns = (int(side * (1 - MIDDLE_SHARE) / 2) for side in (rows, columns))
    middle = look[margin_rows : rows - margin_rows, margin_columns : columns - margin_columns]
    dark = float(np.percentile(look, 2.0))
    typical = float(np.percentile(middle if middle.size else look, TYPICAL_PERCENTILE))
    if typical - dark < STEP_MIN * (1 << bits):
        return None
    return dark + SHADOW * (typical - dark)


def _run(inside: NDArray[np.bool_]) -> tuple[int, int] | None:
    """(first, behind) of all that is inside, holes and all."""
    places = np.flatnonzero(inside)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else None
