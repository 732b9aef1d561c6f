"""PS3.14 annex B, table B-1: JND index and luminance, to its four decimals."""

import numpy as np
import pytest

from firmware.imaging.gsdf import jnd_index, luminance_cd_m2

TABLE_B_1 = ((1, 0.0500), (2, 0.0547), (3, 0.0594), (1023, 3993.4040))


@pytest.mark.parametrize(("index", "luminance"), TABLE_B_1)
def test_luminance_is_the_published_one(index: int, luminance: float) -> None:
    assert float(luminance_cd_m2(index)) == pytest.approx(luminance, rel=1e-4, abs=5e-5)


def test_the_worked_example_of_annex_d() -> None:
    """PS3.14 D.1.2: a monitor whose JND indices run from 32.54 to 453.85, about 420 steps."""
    darkest, lightest = luminance_cd_m2([32.54, 453.85])
    assert float(jnd_index(lightest) - jnd_index(darkest)) == pytest.approx(421.31, abs=0.01)


def test_the_published_inverse_agrees_within_its_own_accuracy() -> None:
    """PS3.14 7.1 note 1, the inverse polynomial."""
    powers = (71.498068, 94.593053, 41.912053, 9.8247004, 0.28175407)
    powers += (-1.1878455, -0.18014349, 0.14710899, -0.017046845)
    luminances = np.array([0.1, 1, 10, 100, 1000, 3900])
    published = np.polynomial.polynomial.polyval(np.log10(luminances), powers)
    assert jnd_index(luminances) == pytest.approx(published, abs=0.1)


def test_there_and_back() -> None:
    indices = np.linspace(1, 1023, 7001)
    assert jnd_index(luminance_cd_m2(indices)) == pytest.approx(indices, abs=1e-4)


@pytest.mark.parametrize("index", [0.99, 1023.01])
def test_an_index_outside_is_refused(index: float) -> None:
    with pytest.raises(ValueError, match="1 and 1023"):
        luminance_cd_m2(index)


@pytest.mark.parametrize("luminance", [0.0, 0.049, 4001.0])
def test_a_luminance_outside_is_refused(luminance: float) -> None:
    with pytest.raises(ValueError, match=r"0\.05 and 3993"):
        jnd_index(luminance)
