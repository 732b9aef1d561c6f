"""The exposure index on simulated calibration exposures (IEC 62494-1): quantum noise, heel
effect, a reader that rounds to its bits."""

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.imaging.collimation import INDEX_SHARE, find_field, region_of_interest
from firmware.imaging.exposure_index import (
    Exposure,
    PlateCalibration,
    deviation_index,
    exposure_of,
    fitted,
)

BITS = 12
PLATE = PlateCalibration(offset=400.0, per_decade=1024.0)
QUANTA_PER_UGY = 30_000 * 0.1**2 * 0.3
"""RQA5: 30,000 photons a mm2 and uGy; a pixel of 100 um; a plate that uses 30 % of them."""
TWO_DECADES_UGY = [0.5, 1.6, 5.0, 16.0, 50.0]


def calibration_exposure(kerma_ugy: float, seed: int, rows: int = 96) -> NDArray[np.uint16]:
    """K at the middle, 12 % more at the cathode's side and 12 % less at the anode's."""
    chance = np.random.default_rng(seed)
    heel = np.linspace(1.12, 0.88, 400)[None, :]
    quanta = chance.poisson(np.broadcast_to(kerma_ugy * heel * QUANTA_PER_UGY, (rows, 400)))
    seen_ugy = np.maximum(quanta, 1) / QUANTA_PER_UGY
    samples = PLATE.sample(seen_ugy, 1.0) + chance.normal(0, 2.0, quanta.shape)
    return np.clip(np.rint(samples), 0, (1 << BITS) - 1).astype(np.uint16)


def index_of(look: NDArray[np.uint16], calibration: PlateCalibration) -> float:
    row_numbers = np.arange(len(look)) * 20
    field = find_field(look, row_numbers, 20 * len(look), BITS)
    region = region_of_interest(look, row_numbers, field, INDEX_SHARE)
    exposure = exposure_of(region, calibration, 1.0, BITS, None)
    assert exposure is not None
    return exposure.index


def test_within_5_percent_of_100_k_over_two_decades() -> None:
    """The calibration is made of other exposures than those that it is tried on."""
    made_of = [
        (float(np.median(calibration_exposure(kerma_ugy, seed))), kerma_ugy)
        for seed, kerma_ugy in enumerate([0.4, 2.0, 10.0, 60.0])
    ]
    calibration = fitted(made_of, gain=1.0)
    for seed, kerma_ugy in enumerate(TWO_DECADES_UGY, 100):
        index = index_of(calibration_exposure(kerma_ugy, seed), calibration)
        assert index == pytest.approx(100 * kerma_ugy, rel=0.05)


def test_the_tolerance_catches_a_wrong_slope() -> None:
    wrong = PlateCalibration(PLATE.offset, PLATE.per_decade * 1.05)
    kerma_ugy = TWO_DECADES_UGY[-1]
    assert abs(index_of(calibration_exposure(kerma_ugy, 1), wrong) / (100 * kerma_ugy) - 1) > 0.05


def test_a_reader_with_more_gain_says_the_same_exposure() -> None:
    twice = np.full((4, 4), round(float(PLATE.sample(3.0, 2.0))), np.uint16)
    exposure = exposure_of(twice, PLATE, 2.0, BITS, target=None)
    assert exposure is not None
    assert exposure.index == pytest.approx(300.0, rel=0.005)


def test_deviation_is_3_for_twice_the_target_and_0_for_it() -> None:
    assert deviation_index(800, 400) == pytest.approx(3.01, abs=0.005)
    assert deviation_index(200, 400) == pytest.approx(-3.01, abs=0.005)
    assert deviation_index(400, 400) == 0.0


def test_a_saturated_region_has_no_index() -> None:
    assert exposure_of(np.full((4, 4), 4095, np.uint16), PLATE, 1.0, BITS, 400.0) is None
    assert exposure_of(np.empty((0, 4), np.uint16), PLATE, 1.0, BITS, 400.0) is None


def test_the_target_is_said_with_its_deviation() -> None:
    flat = np.full((4, 4), round(float(PLATE.sample(4.0, 1.0))), np.uint16)
    exposure = exposure_of(flat, PLATE, 1.0, BITS, target=200.0)
    assert isinstance(exposure, Exposure)
    assert exposure.deviation == pytest.approx(3.01, abs=0.02)


@pytest.mark.parametrize("points", [[], [(10.0, 1.0)], [(10.0, 1.0), (11.0, 1.0)]])
def test_one_exposure_makes_no_calibration(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="fewer than two"):
        fitted(points, 1.0)


def test_samples_that_fall_make_no_calibration() -> None:
    with pytest.raises(ValueError, match="do not rise"):
        fitted([(500.0, 1.0), (400.0, 10.0)], 1.0)
