"""A plate's number stands in its pixels, wherever they go."""

import numpy as np
import pytest

from sim.seeded_devices import film_number
from sim.seeded_plates import BLANK, COLUMNS, ROWS, exposed, number_of, plate_pixels


@pytest.mark.parametrize("number", [BLANK, 1, 2, 255, 1 << 20, (1 << 24) - 1])
def test_its_number_comes_back_from_its_pixels(number: int) -> None:
    pixels = plate_pixels(number)
    assert pixels.shape == (ROWS, COLUMNS)
    assert film_number(pixels) == number_of(pixels.tobytes()) == number


def test_no_two_look_alike_and_a_row_out_of_place_is_seen() -> None:
    assert not np.array_equal(plate_pixels(1), plate_pixels(2))
    pixels = plate_pixels(7)
    assert len({row.tobytes() for row in pixels}) == ROWS


def test_fifteen_bits_hold_them() -> None:
    plate = exposed("P-1", 3, 1)
    assert plate.latent.max() < 1 << plate.bits
