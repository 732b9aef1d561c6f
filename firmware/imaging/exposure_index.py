"""Exposure index, target and deviation of a plate (IEC 62494-1:2008). Pure.

    EI = c0 g(V), c0 = 100 per uGy;   DI = 10 log10(EI / EI_T)

V, the value of interest, is the central tendency of the original data in the relevant image
region; g, the inverse calibration function, gives the air kerma at the plate that makes V under
the calibration conditions. So EI is 100 x K of a homogeneous calibration exposure.
"""

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import ArrayLike, NDArray

C0_PER_UGY = 100.0
KERMA_MIN_UGY, KERMA_MAX_UGY = 1e-4, 1e6
"""Beyond what any plate sees: a calibration that gives more is a wrong one, and no EI is said."""
SATURATED_SHARE = 0.5
"""More of the region than this at an end of the scale: V is the scale's end and no exposure."""


@dataclass(frozen=True)
class PlateCalibration:
    """sample = offset + per_decade x log10(K x gain), K in uGy: the plate's log response.

    `sigma_log10`: how well the exposures it was made of agree.
    """

    offset: float
    per_decade: float
    sigma_log10: float = 0.0

    def kerma_ugy(self, sample: ArrayLike, gain: float) -> NDArray[np.float64]:
        """g: the air kerma of this sample value."""
        values = np.asarray(sample, np.float64)
        return np.asarray(10.0 ** ((values - self.offset) / self.per_decade) / gain)

    def sample(self, kerma_ugy: ArrayLike, gain: float) -> NDArray[np.float64]:
        return np.asarray(self.offset + self.per_decade * np.log10(np.multiply(kerma_ugy, gain)))


@dataclass(frozen=True)
class Exposure:
    index: float
    target: float | None
    deviation: float | None


def exposure_of(
    region: NDArray[np.uint16],
    calibration: PlateCalibration,
    gain: float,
    bits: int,
    target: float | None,
) -> Exposure | None:
    """`region`: the relevant image region's samples, in any shape. None: it tells nothing."""
    if region.size == 0:
        return None
    at_ends = np.count_nonzero((region == 0) | (region == (1 << bits) - 1))
    if at_ends > SATURATED_SHARE * region.size:
        return None
    kerma_ugy = float(calibration.kerma_ugy(np.median(region), gain))
    if not KERMA_MIN_UGY <= kerma_ugy <= KERMA_MAX_UGY:
        return None
    index = C0_PER_UGY * kerma_ugy
    return Exposure(index, target, deviation_index(index, target) if target else None)


def deviation_index(index: float, target: float) -> float:
    """0: as wanted; +3: twice the exposure; -3: half of it."""
    return 10.0 * log10(index / target)


def fitted(points: list[tuple[float, float]], gain: float) -> PlateCalibration:
    """The log response through calibration exposures of (median sample, K in uGy).

    Raises ValueError: fewer than two exposures, or samples that do not rise with the exposure.
    """
    samples = np.array([sample for sample, _ in points], np.float64)
    logs = np.log10([kerma_ugy * gain for _, kerma_ugy in points])
    if len(set(logs.tolist())) < 2:
        raise ValueError("fewer than two different exposures")
    per_decade, offset = np.polyfit(logs, samples, 1)
    if per_decade <= 0.0:
        raise ValueError("samples do not rise with the exposure")
    left = (samples - offset) / per_decade - logs
    return PlateCalibration(float(offset), float(per_decade), float(np.std(left)))
