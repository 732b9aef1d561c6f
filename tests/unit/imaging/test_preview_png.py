import io
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firmware.imaging.presentation import window_lut
from firmware.imaging.preview_png import preview_png

STRAIGHT = window_lut(32768, 65536)


def shown(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_blocks_are_averaged_then_shown_through_the_table() -> None:
    film = np.array([[0, 65535, 100 << 8, 100 << 8], [65535, 0, 100 << 8, 100 << 8]], np.uint16)
    assert shown(preview_png([film], 4, 2, STRAIGHT, size_max_px=2)).tolist() == [[127, 100]]


def test_how_the_rows_are_cut_does_not_matter() -> None:
    film = np.random.default_rng(1).integers(0, 65536, (97, 53), dtype=np.uint16)
    whole = preview_png([film], 53, 97, STRAIGHT, size_max_px=20)
    assert preview_png(iter(film), 53, 97, STRAIGHT, size_max_px=20) == whole
    assert preview_png(np.split(film, [1, 50, 51]), 53, 97, STRAIGHT, size_max_px=20) == whole
    assert shown(whole).shape == (20, 11)


def test_no_row_is_kept() -> None:
    """The rows may lie in a device's own buffer, overwritten by the next ones."""
    film = np.random.default_rng(2).integers(0, 65536, (40, 30), dtype=np.uint16)
    buffer = np.empty((4, 30), dtype=np.uint16)

    def overwriting() -> Iterator[NDArray[np.uint16]]:
        for first in range(0, 40, 4):
            buffer[:] = film[first : first + 4]
            yield buffer

    kept = preview_png([film], 30, 40, STRAIGHT, size_max_px=9)
    assert preview_png(overwriting(), 30, 40, STRAIGHT, size_max_px=9) == kept


def test_a_small_film_is_not_enlarged() -> None:
    assert shown(preview_png([np.zeros((3, 5), np.uint16)], 5, 3, STRAIGHT)).shape == (3, 5)


def test_a_scan_that_stopped_short_gives_a_shorter_picture() -> None:
    assert shown(preview_png([np.zeros((30, 40), np.uint16)], 40, 60, STRAIGHT, 20)).shape == (
        10,
        14,
    )


def test_more_rows_than_announced_are_an_error() -> None:
    with pytest.raises(ValueError, match="more than the 2 rows"):
        preview_png([np.zeros((3, 4), np.uint16)], 4, 2, STRAIGHT)


def test_nothing_is_no_picture() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        preview_png([], 4, 2, STRAIGHT)
