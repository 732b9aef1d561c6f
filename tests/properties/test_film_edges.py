"""Nothing that is film is ever cut off, wherever and however it lies."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.imaging.film_edges import find_film

DPI = 50
COLUMNS, ROWS = 300, 420
SIDE_MIN_PX = 20  # 1 cm


@st.composite
def beds(draw: st.DrawFn) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """(preview, where the film is): any place and tilt, uneven lamp, noise, dust, clear border."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width = draw(st.integers(SIDE_MIN_PX, COLUMNS))
    height = draw(st.integers(SIDE_MIN_PX, ROWS))
    center_x = draw(st.integers(0, COLUMNS))
    center_y = draw(st.integers(0, ROWS))
    tilt = np.deg2rad(draw(st.floats(-10, 10)))
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    x = (columns - center_x) * np.cos(tilt) + (rows - center_y) * np.sin(tilt)
    y = (rows - center_y) * np.cos(tilt) - (columns - center_x) * np.sin(tilt)
    film = (np.abs(x) <= width / 2) & (np.abs(y) <= height / 2)

    base = draw(st.floats(0.12, 0.3))
    border = draw(st.integers(0, 40))
    exposed = film & (np.abs(x) <= width / 2 - border) & (np.abs(y) <= height / 2 - border)
    density = np.where(film, base, 0.0)
    density[exposed] += draw(st.floats(0, 3))
    lamp = draw(st.integers(61000, 65535)) * (1 - 0.03 * (columns / COLUMNS - 0.5) ** 2)
    light = lamp * 10**-density * chance.normal(1, 0.01, density.shape)
    spots = exposed & (chance.random(density.shape) < draw(st.floats(0, 0.1)))
    light[spots] = 65535
    for _ in range(draw(st.integers(0, 5))):
        light[chance.integers(ROWS), chance.integers(COLUMNS)] = 0
    return np.clip(light, 0, 65535).astype(np.uint16), film


@settings(max_examples=150, deadline=None)
@given(bed=beds(), dpi=st.sampled_from([50, 100, 150, 300, 333, 1200]))
def test_nothing_that_is_film_is_cut_off(
    bed: tuple[NDArray[np.uint16], NDArray[np.bool_]], dpi: int
) -> None:
    preview, film = bed
    down, across = np.flatnonzero(film.any(1)), np.flatnonzero(film.any(0))
    visible = min(len(down), len(across)) if film.any() else 0
    if visible < SIDE_MIN_PX / 2:
        return  # less than 5 mm of it on the bed: nobody scans that on purpose
    found = find_film(preview, DPI)
    assert found is not None
    area = (COLUMNS * dpi // DPI, ROWS * dpi // DPI)
    request = found.request_at(dpi, area)
    scale = dpi / DPI
    assert request.left <= across[0] * scale
    assert request.top <= down[0] * scale
    assert request.left + request.columns >= min(area[0], (across[-1] + 1) * scale)
    assert request.top + request.rows >= min(area[1], (down[-1] + 1) * scale)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    lamp=st.integers(59000, 65535),
    specks=st.integers(0, 60),
)
def test_a_dusty_bed_is_empty(seed: int, lamp: int, specks: int) -> None:
    chance = np.random.default_rng(seed)
    preview = lamp * chance.normal(1, 0.01, (ROWS, COLUMNS))
    for _ in range(specks):
        row, column = chance.integers(0, (ROWS, COLUMNS))
        preview[row : row + 2, column : column + 2] = 0
    assert find_film(np.clip(preview, 0, 65535).astype(np.uint16), DPI) is None
