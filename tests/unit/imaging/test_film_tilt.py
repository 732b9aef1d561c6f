import numpy as np
import pytest

from firmware.imaging.film_edges import find_film
from firmware.imaging.film_tilt import film_tilt_deg

DPI = 50
ROWS, COLUMNS = 800, 600


def crooked(tilt_deg: float, center: tuple[float, float] = (400, 300)) -> np.ndarray:
    """A 500 x 350 pixel film, turned clockwise as the picture shows it."""
    angle = np.radians(tilt_deg)
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    down, right = row - center[0], column - center[1]
    along = right * np.cos(angle) + down * np.sin(angle)
    across = -right * np.sin(angle) + down * np.cos(angle)
    film = (abs(along) <= 175) & (abs(across) <= 250)
    return np.where(film, 20_000, 65_535).astype(np.uint16)


@pytest.mark.parametrize("tilt_deg", [-10.0, -2.0, -0.5, 0.0, 0.5, 2.0, 10.0])
def test_the_tilt_is_measured(tilt_deg: float) -> None:
    preview = crooked(tilt_deg)
    box = find_film(preview, DPI)
    assert box is not None
    assert film_tilt_deg(preview, box) == pytest.approx(tilt_deg, abs=0.15)


def test_notches_and_labels_do_not_matter() -> None:
    preview = crooked(1.0)
    preview[300:330, 100:160] = 65_535
    preview[380:440, 440:520] = 65_535
    box = find_film(preview, DPI)
    assert box is not None
    assert film_tilt_deg(preview, box) == pytest.approx(1.0, abs=0.2)


def test_a_film_in_the_corner_is_measured_on_its_free_edges() -> None:
    preview = np.full((ROWS, COLUMNS), 65_535, np.uint16)
    preview[:500, :350] = 20_000
    box = find_film(preview, DPI)
    assert box is not None
    assert film_tilt_deg(preview, box) == 0.0


def test_a_film_that_fills_the_unit_lies_against_the_frame() -> None:
    preview = np.full((ROWS, COLUMNS), 20_000, np.uint16)
    box = find_film(preview, DPI)
    assert box is not None
    assert film_tilt_deg(preview, box) == 0.0


def test_a_round_thing_has_no_tilt() -> None:
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    disc = (row - 400) ** 2 + (column - 300) ** 2 < 200**2
    preview = np.where(disc, 20_000, 65_535).astype(np.uint16)
    box = find_film(preview, DPI)
    assert box is not None
    assert film_tilt_deg(preview, box) is None
