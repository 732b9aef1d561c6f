"""Which exposures calibrate a reader, and what they say; on simulated ones with quantum noise."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.imaging.exposure_index import PlateCalibration
from firmware.imaging.flat_exposure import judged
from hal.errors import ConfigError

BITS = 12
RESPONSE = PlateCalibration(offset=1024.0, per_decade=1024.0)
QUANTA_PER_UGY = 90.0
ROWS, COLUMNS = 420, 352


def seen(kerma_ugy: Any, seed: int = 1) -> NDArray[np.uint16]:
    """A plate that saw this much, place by place; the reader adds a little of its own."""
    chance = np.random.default_rng(seed)
    quanta = chance.poisson(np.broadcast_to(kerma_ugy * QUANTA_PER_UGY, (ROWS, COLUMNS)))
    samples = RESPONSE.sample(np.maximum(quanta, 0.1) / QUANTA_PER_UGY, 1.0)
    return np.clip(np.rint(samples + chance.normal(0, 2, samples.shape)), 0, 4095).astype(np.uint16)


def heel(percent: float) -> NDArray[np.float64]:
    """From cathode to anode, `percent` in all."""
    return np.linspace(1 + percent / 100, 1, ROWS)[:, None]


def refused(exposure: NDArray[np.uint16]) -> str:
    with pytest.raises(ConfigError) as caught:
        judged(exposure, BITS, RESPONSE.per_decade)
    sentence = caught.value.sentence
    assert "{" not in sentence.en + sentence.fr
    return sentence.en


@pytest.mark.parametrize("kerma_ugy", [1.0, 10.0, 100.0])
@pytest.mark.parametrize("percent", [0.0, 20.0, 45.0])
def test_a_good_exposure_is_taken_and_its_unevenness_measured(
    kerma_ugy: float, percent: float
) -> None:
    found = judged(seen(kerma_ugy * heel(percent)), BITS, RESPONSE.per_decade)
    assert found.uneven_percent == pytest.approx(percent, abs=4.0)
    assert found.dead == 0
    assert found.noise_percent == pytest.approx(100 / np.sqrt(kerma_ugy * 90), rel=0.25, abs=1)
    middle = kerma_ugy * (1 + percent / 200)
    assert float(RESPONSE.kerma_ugy(found.median, 1.0)) == pytest.approx(middle, rel=0.03)


def test_dead_samples_and_stripes_are_counted_and_refuse_nothing() -> None:
    exposure = seen(10.0)
    dead = [(3, 3), (200, 100), (201, 100), (419, 351)]
    for place in dead:
        exposure[place] = 0
    exposure[:, 77] += 40
    found = judged(exposure, BITS, RESPONSE.per_decade)
    assert set(dead) <= set(found.flat.dead)
    assert found.dead <= len(dead) + 2
    assert found.stripes_percent == pytest.approx(100 * (10 ** (40 / 1024) - 1), abs=1)


def test_without_a_known_response_four_decades_are_taken() -> None:
    exposure = seen(10.0 * heel(20.0))
    known = judged(exposure, BITS, RESPONSE.per_decade)
    assert judged(exposure, BITS).uneven_percent == pytest.approx(known.uneven_percent)


def test_too_little_and_too_much() -> None:
    assert "zero" in refused(np.zeros((ROWS, COLUMNS), np.uint16))
    assert "differs from the next" in refused(seen(0.3))
    assert "Overexposed" in refused(seen(2000.0))
    assert "too few" in refused(seen(10.0)[:60])


@pytest.mark.parametrize("scatter", [0.02, 0.1, 0.3])
def test_a_collimated_plate(scatter: float) -> None:
    kerma = np.full((ROWS, COLUMNS), 10.0 * scatter)
    kerma[80:350, 60:300] = 10.0
    sentence = refused(seen(kerma))
    assert "Collimated: only 4" in sentence


def test_something_in_the_beam_is_told_with_its_place() -> None:
    kerma = np.full((ROWS, COLUMNS), 10.0)
    kerma[100:140, 200:260] *= 0.8
    sentence = refused(seen(kerma))
    assert "something was in the beam" in sentence
    assert any(f"{down} % down" in sentence for down in range(22, 36))
    assert any(f"{across} % across" in sentence for across in range(55, 76))


def test_a_hand_in_the_beam_is_no_calibration() -> None:
    """A patient's plate in the reader by mistake."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    hand = np.exp(-(((rows - 210) / 120.0) ** 2 + ((columns - 176) / 80.0) ** 2))
    assert "Not flat" in refused(seen(10.0 * 10 ** (-0.6 * hand)))


def test_a_tube_that_is_not_centred() -> None:
    assert "varies by" in refused(seen(10.0 * heel(90.0)))


def test_a_rim_that_saw_nothing_is_no_collimator() -> None:
    """A few millimetres of the cassette's frame."""
    exposure = seen(10.0)
    exposure[:, :3] = 900
    assert judged(exposure, BITS, RESPONSE.per_decade).uneven_percent < 5.0
