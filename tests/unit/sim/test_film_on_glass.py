"""Which film sample lies under which scanned one."""

import numpy as np
import pytest

from drivers.wire.esci.messages import ScanParameters
from sim.film_on_glass import BARE_LAMP, FilmOnGlass
from sim.films import Film
from tests.film_scanner_kit import noise_film


def seen(film: Film, dpi: int, left: int, top: int, columns: int, rows: int) -> list[list[int]]:
    scan = ScanParameters(dpi, dpi, left, top, columns, rows, depth=16)
    image = np.zeros((rows, columns), np.uint16)
    FilmOnGlass(film, scan).fill(image, 0)
    return image.tolist()


FOUR = Film(np.array([[1, 2], [3, 4]], np.uint16), dpi=300)


def test_at_its_own_resolution_it_is_the_film() -> None:
    assert seen(FOUR, 300, 0, 0, 2, 2) == [[1, 2], [3, 4]]


def test_around_the_film_is_the_bare_lamp() -> None:
    assert seen(FOUR, 300, 1, 1, 2, 2) == [[4, BARE_LAMP], [BARE_LAMP, BARE_LAMP]]


def test_beside_the_film_is_the_bare_lamp() -> None:
    assert seen(FOUR, 300, 5, 0, 1, 2) == [[BARE_LAMP], [BARE_LAMP]]
    assert seen(FOUR, 300, 0, 5, 2, 1) == [[BARE_LAMP, BARE_LAMP]]


def test_twice_as_fine_gives_each_sample_twice() -> None:
    assert seen(FOUR, 600, 0, 0, 5, 2) == [[1, 1, 2, 2, BARE_LAMP]] * 2


def test_half_as_fine_gives_the_sample_under_the_middle() -> None:
    film = Film(np.arange(16, dtype=np.uint16).reshape(4, 4), dpi=300)
    assert seen(film, 150, 0, 0, 3, 2) == [[5, 7, BARE_LAMP], [13, 15, BARE_LAMP]]


@pytest.mark.parametrize("dpi", [75, 200, 300, 1200])
def test_rows_are_the_same_in_whatever_pieces(dpi: int) -> None:
    film = noise_film(rows=40, columns=30)
    scan = ScanParameters(dpi, dpi, 1, 2, 50, 60, depth=16)
    glass = FilmOnGlass(film, scan)
    whole, pieces = np.zeros((2, 60, 50), np.uint16)
    glass.fill(whole, 0)
    for first in range(0, 60, 7):
        glass.fill(pieces[first : first + 7], first)
    assert np.array_equal(pieces, whole)
