"""What must hold of a plate's imaging whatever is on it."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.imaging.collimation import Field, find_field, plate_window, region_of_interest
from firmware.imaging.exposure_index import PlateCalibration, exposure_of
from firmware.imaging.flat_field import GRID, flat_field_of

BITS = 12
seeds = st.integers(0, 2**32 - 1)
calibrations = st.builds(
    PlateCalibration, offset=st.floats(-2000, 2000), per_decade=st.floats(50, 5000)
)


@given(calibrations, st.floats(0.01, 1000), st.floats(0.1, 10))
def test_kerma_comes_back_from_its_sample(
    calibration: PlateCalibration, kerma_ugy: float, gain: float
) -> None:
    sample = calibration.sample(kerma_ugy, gain)
    assert np.isclose(calibration.kerma_ugy(sample, gain), kerma_ugy, rtol=1e-6)


@given(calibrations, st.integers(1, 4094), st.integers(1, 4094))
def test_more_exposure_never_has_a_lower_index(
    calibration: PlateCalibration, one: int, other: int
) -> None:
    low, high = sorted((one, other))
    indices = [
        exposure_of(np.full((3, 3), level, np.uint16), calibration, 1.0, BITS, None)
        for level in (low, high)
    ]
    if indices[0] is not None and indices[1] is not None:
        assert indices[0].index <= indices[1].index


@st.composite
def fields(draw: st.DrawFn) -> tuple[NDArray[np.uint16], Field]:
    """80 looked-at rows, 10 apart, of 200 columns; lit inside a rectangle, scatter outside."""
    top, left = draw(st.integers(0, 30)), draw(st.integers(0, 80))
    bottom, right = draw(st.integers(50, 80)), draw(st.integers(120, 200))
    chance = np.random.default_rng(draw(seeds))
    look = chance.normal(600, 30, (80, 200))
    look[top:bottom, left:right] = chance.normal(2600, 200, (bottom - top, right - left))
    samples = np.clip(np.rint(look), 0, 4095).astype(np.uint16)
    return samples, Field(top * 10, left, bottom * 10, right)


@given(fields())
@settings(max_examples=50, deadline=None)
def test_the_collimated_field_is_found(case: tuple[NDArray[np.uint16], Field]) -> None:
    look, field = case
    assert find_field(look, np.arange(80) * 10, 800, BITS) == field


def test_a_field_of_a_quarter_of_the_plates_width_is_found() -> None:
    """Hypothesis' own find: exactly the share that a line had to have more than."""
    look = np.full((80, 200), 600, np.uint16)
    look[0:50, 70:120] = 2600
    assert find_field(look, np.arange(80) * 10, 800, BITS) == Field(0, 70, 500, 120)


@given(seeds, st.integers(0, 4095), st.floats(0, 400))
@settings(max_examples=50, deadline=None)
def test_the_field_is_never_outside_the_plate_nor_empty(
    seed: int, level: int, spread: float
) -> None:
    chance = np.random.default_rng(seed)
    look = np.clip(chance.normal(level, spread, (40, 60)), 0, 4095).astype(np.uint16)
    field = find_field(look, np.arange(40) * 5, 200, BITS)
    assert 0 <= field.top < field.bottom <= 200
    assert 0 <= field.left < field.right <= 60
    assert region_of_interest(look, np.arange(40) * 5, field, 0.5).size
    center, width = plate_window(look)
    assert width >= 1
    assert 0 <= center <= 4096


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_a_corrected_flat_exposure_is_flat_and_its_dead_samples_are_mended(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows, columns = 4 * GRID, 5 * GRID
    heel = np.linspace(120, -120, columns)[None, :] + np.linspace(-40, 40, rows)[:, None]
    stripes = chance.normal(0, 6, columns)
    clean = 2000 + heel + stripes
    exposure = np.rint(clean + chance.normal(0, 5, clean.shape)).astype(np.uint16)
    dead = [(7, 0), (7, 1), (50, columns - 1), (99, 33)]
    for place in dead:
        exposure[place] = 0
    flat = flat_field_of(exposure)
    assert set(dead) <= set(flat.dead)
    corrected = flat.corrected(exposure, 0, BITS)
    assert corrected.shape == exposure.shape
    assert np.ptp(np.median(corrected, axis=0)) <= 6
    assert np.ptp(np.median(corrected, axis=1)) <= 6
    for place in dead:
        assert abs(int(corrected[place]) - 2000) < 60


@given(seeds, st.integers(1, 100), st.integers(1, 27))
@settings(max_examples=10, deadline=None)
def test_correcting_in_blocks_is_correcting_the_whole(seed: int, cut: int, more: int) -> None:
    chance = np.random.default_rng(seed)
    exposure = chance.integers(1500, 1600, (128, 160)).astype(np.uint16)
    exposure[60, 60] = 0
    flat = flat_field_of(exposure)
    whole = flat.corrected(exposure, 0, BITS)
    cuts = [0, cut, min(cut + more, 128), 128]
    parts = [flat.corrected(exposure[a:b], a, BITS) for a, b in itertools.pairwise(cuts) if a < b]
    assert np.array_equal(np.concatenate(parts), whole)
