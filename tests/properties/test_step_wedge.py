"""Any picture is measured, with falling values, or refused with a sentence."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.imaging.step_wedge import measure_wedge
from hal.errors import ConfigError


@settings(max_examples=80, deadline=None)
@given(
    start=st.floats(0.02, 0.3),
    step=st.floats(0.1, 0.4),
    count=st.integers(2, 12),
    length_px=st.integers(12, 60),
    breadth_px=st.integers(12, 100),
    noise=st.floats(0, 0.02),
    seed=st.integers(0, 2**32 - 1),
    upside_down=st.booleans(),
)
def test_a_wedge_is_measured(
    start: float,
    step: float,
    count: int,
    length_px: int,
    breadth_px: int,
    noise: float,
    seed: int,
    upside_down: bool,
) -> None:
    densities = tuple(start + step * index for index in range(count) if start + step * index < 3)
    if len(densities) < 2 or len(densities) * length_px <= breadth_px:
        return  # no wedge, or one that is broader than long
    light = 65535 * 10.0 ** -np.repeat(densities, length_px)[:, None] * np.ones(breadth_px)
    light *= np.random.default_rng(seed).normal(1, noise, light.shape)
    image = np.clip(light, 0, 65535).astype(np.uint16)
    values = measure_wedge(image[::-1] if upside_down else image, densities)
    assert values == pytest.approx([65535 * 10**-od for od in densities], rel=0.02, abs=1)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(0, 120), st.integers(0, 120)),
    densities=st.lists(st.floats(0, 4), max_size=8).map(tuple),
)
def test_any_picture_is_measured_or_refused(
    seed: int, shape: tuple[int, int], densities: tuple[float, ...]
) -> None:
    image = np.random.default_rng(seed).integers(0, 65536, shape, dtype=np.uint16)
    try:
        values = measure_wedge(image, densities)
    except ConfigError:
        return
    assert len(values) == len(densities)
    assert all(lighter > darker for lighter, darker in pairwise(values))
