import json
from datetime import UTC, datetime

import numpy as np
import pytest

from firmware.imaging.density import DensityCalibration, linear_calibration
from hal.errors import ConfigError

WEDGE = DensityCalibration(
    points=((58000.0, 0.05), (20000.0, 0.5), (2000.0, 1.5), (300.0, 2.5)),
    method="step wedge, 4 steps",
    scanner_serial="X1",
    made_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)


def test_uncalibrated_values_are_transmitted_light() -> None:
    density = linear_calibration("X1").optical_density([65535, 6553.5, 655.35])
    assert density == pytest.approx([0, 1, 2], abs=1e-9)


def test_black_is_no_darker_than_the_scanner_can_tell() -> None:
    assert linear_calibration("X1").optical_density([0, 1, 10]) == pytest.approx([3.8] * 3)


def test_a_measured_curve_passes_through_its_points() -> None:
    values, densities = zip(*WEDGE.points, strict=True)
    assert WEDGE.optical_density(values) == pytest.approx(densities)


def test_beyond_the_wedge_density_goes_on_with_the_light() -> None:
    assert float(WEDGE.optical_density(30)) == pytest.approx(3.5)
    assert float(WEDGE.optical_density(65535)) == 0


def test_density_never_rises_with_the_value() -> None:
    assert np.diff(WEDGE.optical_density(np.arange(65536))).max() <= 0


def test_only_a_wedge_makes_it_measured() -> None:
    assert WEDGE.measured
    assert not linear_calibration("X1").measured


@pytest.mark.parametrize("calibration", [WEDGE, linear_calibration("X1")])
def test_the_record_comes_back_as_it_was(calibration: DensityCalibration) -> None:
    assert DensityCalibration.from_json(json.loads(json.dumps(calibration.to_json()))) == (
        calibration
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"points": [[1000, 1.0]]}, "1 points"),
        ({"points": [[1000, 1.0], [2000, 2.0]]}, "smaller values"),
        ({"points": [[2000, 1.0], [1000, 1.0]]}, "smaller values"),
        ({"points": [[70000, 0.0], [1000, 1.0]]}, "range"),
        ({"points": [[float("nan"), 0.0], [1000, 1.0]]}, "not finite"),
        ({"points": "none"}, "wrong form"),
        ({"made_at": "yesterday"}, "wrong form"),
        ({"density_max": 0}, "not one of film"),
    ],
)
def test_a_bad_record_is_refused_with_a_reason(change: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        DensityCalibration.from_json(WEDGE.to_json() | change)


def test_a_record_with_a_hole_names_it() -> None:
    record = WEDGE.to_json()
    del record["method"]
    with pytest.raises(ConfigError, match="'method' is missing") as refused:
        DensityCalibration.from_json(record)
    assert "« method » manque" in refused.value.sentence.fr
