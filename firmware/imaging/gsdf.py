"""PS3.14, the Grayscale Standard Display Function: JND index <-> luminance.

Here so that a P-Value means what the standard says it means. It never rounds and never clips:
a luminance outside the function's range is the caller's mistake.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

JND_MIN = 1.0
JND_MAX = 1023.0

# PS3.14 7.1: log10 L(j) is a quotient of two polynomials in ln j, coefficients by rising power.
NUMERATOR = (-1.3011877, 8.0242636e-2, 1.3646699e-1, -2.5468404e-2, 1.3635334e-3)
DENOMINATOR = (1.0, -2.5840191e-2, -1.0320229e-1, 2.8745620e-2, -3.1978977e-3, 1.2992634e-4)

GRID_STEPS_PER_JND = 32  # interpolating between them is off by less than 1e-4 JND

Reals = NDArray[np.float64]


def _log10_luminance(jnd_index: Reals) -> Reals:
    x = np.log(jnd_index)
    quotient: Reals = np.polynomial.polynomial.polyval(
        x, NUMERATOR
    ) / np.polynomial.polynomial.polyval(x, DENOMINATOR)
    return quotient


_GRID_JND = np.linspace(JND_MIN, JND_MAX, int(JND_MAX - JND_MIN) * GRID_STEPS_PER_JND + 1)
_GRID_LOG10_LUMINANCE = _log10_luminance(_GRID_JND)

LUMINANCE_MIN_CD_M2 = float(10 ** _GRID_LOG10_LUMINANCE[0])
LUMINANCE_MAX_CD_M2 = float(10 ** _GRID_LOG10_LUMINANCE[-1])


def luminance_cd_m2(jnd_index: ArrayLike) -> Reals:
    """L(j) for j in 1..1023. Raises ValueError outside."""
    index = np.asarray(jnd_index, dtype=np.float64)
    if np.any(index < JND_MIN) or np.any(index > JND_MAX):
        raise ValueError("a JND index is between 1 and 1023 (PS3.14 7.1)")
    luminance: Reals = 10 ** _log10_luminance(index)
    return luminance


def jnd_index(luminance_cd_m2: ArrayLike) -> Reals:
    """The inverse of L(j), by interpolation in it. Raises ValueError outside 0.05..3993.3 cd/m2.

    Not the inverse polynomial of PS3.14 7.1 note 1: that one is off by up to 0.003 cd/m2 near
    10 cd/m2, where the densest film lives; note 3 of the same section allows a numeric inverse.
    """
    luminance = np.asarray(luminance_cd_m2, dtype=np.float64)
    slack = 1e-9  # log10 and 10** of the end points do not round-trip exactly
    if np.any(luminance < LUMINANCE_MIN_CD_M2 * (1 - slack)) or np.any(
        luminance > LUMINANCE_MAX_CD_M2 * (1 + slack)
    ):
        raise ValueError("a luminance is between 0.05 and 3993.3 cd/m2 (PS3.14 7.1)")
    return np.interp(np.log10(luminance), _GRID_LOG10_LUMINANCE, _GRID_JND)
