import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.imaging.film_edges import FilmBox, Side, find_film

DPI = 50
AREA = (600, 800)  # columns, rows: 12 x 16 in


def lamp(level: int = 65535) -> NDArray[np.uint16]:
    return np.full(AREA[::-1], level, dtype=np.uint16)


def with_film(bed: NDArray[np.uint16], value: int = 5000) -> NDArray[np.uint16]:
    bed[100:500, 50:400] = value
    return bed


def box_of(found: FilmBox | None) -> tuple[int, int, int, int]:
    assert found is not None
    return found.left, found.top, found.right, found.bottom


def test_a_film_on_the_bed() -> None:
    found = find_film(with_film(lamp()), DPI)
    assert box_of(found) == (50, 100, 400, 500)
    assert found is not None
    assert found.sides_at_edge == frozenset()
    assert (found.width_mm, found.height_mm) == (pytest.approx(177.8), pytest.approx(203.2))


@pytest.mark.parametrize("level", [65535, 60000, 55000])
def test_no_film(level: int) -> None:
    assert find_film(lamp(level), DPI) is None


def test_a_preview_of_nothing() -> None:
    assert find_film(np.zeros((0, 0), dtype=np.uint16), DPI) is None


@pytest.mark.parametrize("base_density", [0.1, 0.15, 0.2])
@pytest.mark.parametrize("level", [65535, 61000])
def test_clear_film_is_film(base_density: float, level: int) -> None:
    preview = with_film(lamp(level), int(level * 10**-base_density))
    assert box_of(find_film(preview, DPI)) == (50, 100, 400, 500)


def test_a_film_that_covers_everything_is_not_taken_for_the_lamp() -> None:
    found = find_film(lamp(round(65535 * 10**-0.12)), DPI)
    assert box_of(found) == (0, 0, *AREA)
    assert found is not None
    assert found.sides_at_edge == frozenset(Side)


def test_dust_and_hairs_are_not_film() -> None:
    bed = lamp()
    bed[200:204, 300:305] = 9000
    bed[400:401, 100:160] = 9000
    bed[0, 0] = 0
    assert find_film(bed, DPI) is None
    assert box_of(find_film(with_film(bed), DPI))[:2] == (50, 100)


def test_saturated_spots_inside_do_not_cut_it() -> None:
    bed = with_film(lamp())
    bed[140:460, 90:380] = 65535  # the middle burnt through, the border still there
    assert box_of(find_film(bed, DPI)) == (50, 100, 400, 500)


def test_a_border_beyond_a_clear_gap_is_kept() -> None:
    bed = with_film(lamp())
    bed[490:497, 50:400] = 65535  # 3.5 mm of nothing, then 1.5 mm of film
    assert box_of(find_film(bed, DPI)) == (50, 100, 400, 500)


def test_two_films_are_one_box() -> None:
    bed = with_film(lamp())
    bed[600:700, 450:580] = 30000
    assert box_of(find_film(bed, DPI)) == (50, 100, 580, 700)


def test_a_tilted_film_keeps_its_corners() -> None:
    rows, columns = np.mgrid[: AREA[1], : AREA[0]]
    bed = lamp()
    diamond = np.abs(rows - 400) + np.abs(columns - 300) <= 200
    bed[diamond] = 40000
    assert box_of(find_film(bed, DPI)) == (100, 200, 501, 601)


def test_the_sides_that_run_off_the_bed_are_told() -> None:
    bed = lamp()
    bed[0:300, 350:600] = 8000
    found = find_film(bed, DPI)
    assert found is not None
    assert found.sides_at_edge == {Side.TOP, Side.RIGHT}


def test_the_request_has_the_margin_and_rounds_outward() -> None:
    found = find_film(with_film(lamp()), DPI)
    assert found is not None
    request = found.request_at(300, (3600, 4800))
    # 1 preview pixel is 6 at 300 dpi, 1 mm is 11.8: 17.8 outside 300, 600, 2400 and 3000.
    assert (request.left, request.top) == (282, 582)
    assert (request.left + request.columns, request.top + request.rows) == (2418, 3018)


def test_the_request_stays_on_the_bed() -> None:
    request = FilmBox(DPI, 0, 1, 600, 799, frozenset()).request_at(300, (3599, 4799))
    assert (request.left, request.top, request.columns, request.rows) == (0, 0, 3599, 4799)
