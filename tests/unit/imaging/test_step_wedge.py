import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.imaging.density import DensityCalibration
from firmware.imaging.step_wedge import measure_wedge
from hal.errors import ConfigError

DENSITIES = tuple(0.05 + 0.15 * step for step in range(21))  # a 21-step tablet, up to OD 3.05


def wedge(
    densities: tuple[float, ...] = DENSITIES, step_px: int = 40, blur_px: int = 3
) -> NDArray[np.uint16]:
    """A scan of it with a scanner's noise, blurred edges, dust and a dark frame beside it."""
    light = 65535 * 10.0 ** -np.repeat(densities, step_px)
    light = np.convolve(np.pad(light, blur_px, mode="edge"), np.ones(blur_px) / blur_px, "same")
    rows = light[blur_px:-blur_px, None] * np.ones(60)
    noise = np.random.default_rng(5)
    rows = rows * noise.normal(1, 0.01, rows.shape) + noise.normal(0, 3, rows.shape)
    rows[:, :8] = 30
    rows[100:104, 30:34] = 100
    return np.clip(rows, 0, 65535).astype(np.uint16)


@pytest.mark.parametrize("way", ["down", "up", "left", "right"])
def test_the_steps_are_measured_whichever_way_it_lies(way: str) -> None:
    image = {
        "down": wedge(),
        "up": wedge()[::-1],
        "left": wedge().T,
        "right": wedge()[::-1].T,
    }[way]
    expected = [65535 * 10**-density for density in DENSITIES]
    assert measure_wedge(image, DENSITIES) == pytest.approx(expected, rel=0.02)


def test_what_is_measured_makes_a_calibration() -> None:
    values = measure_wedge(wedge(), DENSITIES)
    calibration = DensityCalibration(
        tuple(zip(values, DENSITIES, strict=True)), "step wedge, 21 steps", "X1"
    )
    assert float(calibration.optical_density(655.35)) == pytest.approx(2.0, abs=0.02)


def test_steps_of_unequal_length_are_found() -> None:
    image = np.repeat(np.array([60000, 9000, 1200], dtype=np.uint16), (50, 80, 30))
    assert measure_wedge(image[:, None].repeat(20, 1), (0.04, 0.86, 1.74)) == (60000, 9000, 1200)


def test_too_few_steps_in_the_picture() -> None:
    with pytest.raises(ConfigError, match="shows 20 steps where 21"):
        measure_wedge(wedge(DENSITIES[:20]), DENSITIES)


def test_no_wedge_in_the_picture() -> None:
    with pytest.raises(ConfigError, match="shows 1 steps where 3"):
        measure_wedge(np.full((200, 40), 60000, dtype=np.uint16), (0.1, 0.2, 0.3))


def test_steps_that_go_up_and_down() -> None:
    image = wedge((0.1, 1.5, 0.7, 2.0))
    with pytest.raises(ConfigError, match=r"one after another \(step 3\)"):
        measure_wedge(image, (0.1, 0.7, 1.5, 2.0))


def test_a_picture_too_small_to_measure() -> None:
    with pytest.raises(ConfigError, match="only 20 pixels long"):
        measure_wedge(np.zeros((20, 10), dtype=np.uint16), (0.1, 0.2, 0.3))


@pytest.mark.parametrize("densities", [(0.1,), (0.2, 0.1), (0.1, 0.1), (-0.1, 0.2)])
def test_densities_that_do_not_rise(densities: tuple[float, ...]) -> None:
    with pytest.raises(ConfigError, match="--densities"):
        measure_wedge(wedge(), densities)
