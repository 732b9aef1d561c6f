import numpy as np
import pytest

from firmware.imaging.density import DensityCalibration, linear_calibration
from firmware.imaging.presentation import (
    default_window,
    density_of_p_values,
    voi_lut,
    window_lut,
)

WEDGE = DensityCalibration(
    points=((60000.0, 0.03), (18000.0, 0.6), (900.0, 1.9), (80.0, 3.1)),
    method="step wedge, 4 steps",
    scanner_serial="X1",
)
CALIBRATIONS = pytest.mark.parametrize("calibration", [linear_calibration("X1"), WEDGE])


@CALIBRATIONS
def test_the_table_rises_over_the_whole_range(calibration: DensityCalibration) -> None:
    lut = voi_lut(calibration)
    assert (lut.dtype, lut.size) == (np.uint16, 65536)
    assert np.diff(lut.astype(np.int64)).min() >= 0
    assert (lut[0], lut[-1]) == (0, 65535)


@CALIBRATIONS
def test_density_comes_back_from_the_p_values(calibration: DensityCalibration) -> None:
    density = calibration.optical_density(np.arange(65536))
    back = density_of_p_values(voi_lut(calibration), calibration.density_max)
    assert np.abs(back - density).max() < 0.001  # a densitometer reads 0.01


def test_the_middle_of_the_scale_is_the_middle_in_perceived_steps() -> None:
    """By hand with PS3.14 table values: L = 10.32 is j 219.6, L = 2010 is j 917.4; their middle
    is j 568.5, L about 190 cd/m2, which film shows at OD -log10((190 - 10) / 2000) = 1.05."""
    assert float(density_of_p_values(32768, 3.8)) == pytest.approx(1.05, abs=0.02)


def test_the_default_window_spans_the_film_and_not_its_outliers() -> None:
    crop = np.full((200, 200), 20000, dtype=np.uint16)
    crop[:100] = 4000
    crop[0, :3] = 65535
    crop[-1, :3] = 0
    center, width = default_window(crop)
    assert center - width / 2 == pytest.approx(4000, abs=1)
    assert center + width / 2 == pytest.approx(20001, abs=1)


@pytest.mark.parametrize("shape", [(0, 0), (5, 5)])
def test_a_window_is_never_empty(shape: tuple[int, int]) -> None:
    assert default_window(np.full(shape, 7, dtype=np.uint16))[1] >= 1


def test_a_window_as_the_standard_computes_it() -> None:
    """PS3.3 C.11.2.1.2.1 with c=2048, w=4096: 0 at or below 0, all at or above 4095."""
    lut = window_lut(2048, 4096)
    assert (lut[0], lut[4095], lut[65535]) == (0, 65535, 65535)
    assert int(lut[2048]) == 32776  # ((2048 - 2047.5) / 4095 + 0.5) * 65535 = 32775.5
