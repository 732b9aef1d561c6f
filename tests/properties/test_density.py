"""Any calibration is monotone, survives its record, and can be read back from the image."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.imaging.density import DensityCalibration
from firmware.imaging.presentation import density_of_p_values, voi_lut
from hal.errors import ConfigError

STORED = np.arange(65536)


@st.composite
def calibrations(draw: st.DrawFn) -> DensityCalibration:
    values = draw(st.lists(st.integers(1, 65535), min_size=2, max_size=40, unique=True))
    hundredths = st.lists(
        st.integers(0, 450), min_size=len(values), max_size=len(values), unique=True
    )
    return DensityCalibration(
        points=tuple(
            zip(
                (float(value) for value in sorted(values, reverse=True)),
                (step / 100 for step in sorted(draw(hundredths))),
                strict=True,
            )
        ),
        method=draw(st.text(max_size=40)),
        scanner_serial=draw(st.text(max_size=20)),
        made_at=draw(st.none() | st.datetimes()),
        density_max=draw(st.floats(2.0, 4.5)),
    )


@settings(max_examples=60, deadline=None)
@given(calibration=calibrations())
def test_darker_is_never_lighter_and_density_comes_back(calibration: DensityCalibration) -> None:
    density = calibration.optical_density(STORED)
    assert np.diff(density).max() <= 0
    assert density.min() >= 0
    assert density.max() <= calibration.density_max
    lut = voi_lut(calibration)
    assert np.diff(lut.astype(np.int64)).min() >= 0
    back = density_of_p_values(lut, calibration.density_max)
    assert np.abs(back - density)[density < 3.8].max(initial=0) < 0.001


@given(calibration=calibrations())
def test_the_record_comes_back(calibration: DensityCalibration) -> None:
    record = json.loads(json.dumps(calibration.to_json()))
    assert DensityCalibration.from_json(record) == calibration


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(calibration=calibrations(), field=st.sampled_from(("points", "made_at", "density_max")))
@settings(max_examples=200)
def test_a_field_that_is_missing_is_refused(calibration: DensityCalibration, field: str) -> None:
    record = calibration.to_json()
    del record[field]
    with pytest.raises(ConfigError) as refused:
        DensityCalibration.from_json(record)
    assert field in refused.value.sentence.en
    assert field in refused.value.sentence.fr


@settings(max_examples=200)
@given(
    calibration=calibrations(),
    field=st.sampled_from(("points", "made_at", "density_max", "method")),
    junk=JUNK,
)
def test_a_field_of_anything_is_a_calibration_or_a_sentence(
    calibration: DensityCalibration, field: str, junk: object
) -> None:
    record = calibration.to_json() | {field: junk}
    try:
        loaded = DensityCalibration.from_json(record)
    except ConfigError:
        return
    assert np.isfinite(loaded.optical_density([0, 1, 65535])).all()
