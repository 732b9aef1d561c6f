"""Plates of a seeded world: few pixels, and their number in them, as a film has it.

Films and plates are numbered together: whoever finds an image knows what it was made of.
"""

import numpy as np
from numpy.typing import NDArray

from sim.cassette_reader_device import Plate
from sim.seeded_devices import CLEAR, DARK, NUMBER_BITS, NUMBER_COLUMN, NUMBER_ROW, film_number

COLUMNS, ROWS = 64, 24  # a look asks for each row, so few of them; and a dozen segments in all
BLANK = 0
"""The number that an erased plate shows."""


def plate_pixels(number: int) -> NDArray[np.uint16]:
    """What a laser finds on it."""
    if number == BLANK:
        return np.zeros((ROWS, COLUMNS), "<u2")
    down, across = np.indices((ROWS, COLUMNS))
    latent = (2000 + (down * 41 + across * 59 + number * 11) % 20_000).astype("<u2")
    bits = [CLEAR if number >> bit & 1 else DARK for bit in range(NUMBER_BITS)]
    latent[NUMBER_ROW, NUMBER_COLUMN : NUMBER_COLUMN + NUMBER_BITS] = bits
    return latent


def number_of(samples: bytes) -> int:
    """Of an image that the reader keeps."""
    return film_number(np.frombuffer(samples, "<u2").reshape(ROWS, COLUMNS))


def exposed(plate_id: str, number: int, exposures: int, *, is_erased: bool = True) -> Plate:
    """`is_erased`: as its reader believes of what was on it before."""
    latent = plate_pixels(number)
    return Plate(plate_id, latent, exposures=exposures, is_erased_before=is_erased)
