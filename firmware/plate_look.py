"""A first look at a plate that the reader keeps: some of its rows, before all of them come.

What the header says of the pixels (window, exposure index) stands before them in the file, and the
file's digest runs over it in order. The reader keeps the image and sends any of its rows as often
as it is asked, so LOOK_ROWS of them, evenly over the plate, are asked for first: 3 to 7 % more on
the line, and nothing is written twice.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.imaging.collimation import (
    INDEX_SHARE,
    find_field,
    plate_window,
    region_of_interest,
)
from firmware.imaging.exposure_index import Exposure, exposure_of
from firmware.imaging.plate_calibration import PlateCalibrationFile
from hal.cassette_reader import CassetteReader, PlateGeometry
from hal.errors import DeviceMisbehaved, Sentence

LOOK_ROWS = 128  # one in 15 to 35: an edge of the field is found to 3 mm, medians to 0.1 %
Correct = Callable[[NDArray[np.uint16], int], NDArray[np.uint16]]
"""(rows, the first one's number) -> the same, corrected."""

NOT_THE_ROW = Sentence(
    en="The cassette reader sent other rows than those asked for. It keeps the image: leave the "
    "cassette in it.",
    fr="Le lecteur de cassettes a envoyé d'autres lignes que celles demandées. Il conserve "
    "l'image : laissez la cassette en place.",
)


@dataclass(frozen=True)
class Seen:
    window: tuple[float, float]
    exposure: Exposure | None


def look_at_plate(
    reader: CassetteReader,
    geometry: PlateGeometry,
    calibration: PlateCalibrationFile | None,
    target_index: float | None,
    correct: Correct | None,
) -> Seen:
    """Raises DeviceError."""
    row_numbers = _row_numbers(geometry.rows)
    look = np.empty((len(row_numbers), geometry.columns), np.uint16)
    for place, row in enumerate(row_numbers.tolist()):
        look[place] = _row(reader, geometry, row)
        if correct is not None:
            look[place : place + 1] = correct(look[place : place + 1], row)
    field = find_field(look, row_numbers, geometry.rows, geometry.bits)
    exposure = None
    if calibration is not None and calibration.response is not None:
        region = region_of_interest(look, row_numbers, field, INDEX_SHARE)
        gain = geometry.gain_thousandths / 1000
        exposure = exposure_of(region, calibration.response, gain, geometry.bits, target_index)
    return Seen(plate_window(region_of_interest(look, row_numbers, field, 1.0)), exposure)


def _row_numbers(rows: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, rows - 1, min(LOOK_ROWS, rows)).astype(np.int64))


def _row(reader: CassetteReader, geometry: PlateGeometry, row: int) -> NDArray[np.uint16]:
    """Takes all that it asked for: who ends earlier waits for CANCEL's answer, once a row."""
    found = np.empty(0, np.uint16)
    with closing(reader.rows(row, row + 1)) as blocks:
        for block in blocks:
            samples = np.frombuffer(block.samples, "<u2")
            if (block.first_row, len(samples)) != (row, geometry.columns):
                raise DeviceMisbehaved(NOT_THE_ROW)
            found = samples.copy()  # the block's buffer is the device's own
    if not found.size:
        raise DeviceMisbehaved(NOT_THE_ROW)
    return found
