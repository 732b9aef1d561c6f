"""How stored film values are shown: the VOI LUT from device values to P-Values.

The decision: the stored pixels are the scanner's own 16-bit values, untouched, for whatever is
done to them cannot be undone. What they mean is said beside them, in a VOI LUT of 65536 entries
that takes each one the way the light goes,

    value -> OD (calibration) -> L = La + L0 * 10^-OD (film on a light-box) -> JND -> P-Value,

linear in JND index, 0 at the calibration's greatest density and 65535 at OD 0 (PS3.14 7.2 with
Dmin = 0). So the output is in P-Values and PresentationLUTShape IDENTITY is true, and a reader
gets the density back from the P-Values with Illumination L0 and Reflected Ambient Light La
(PS3.3 C.8.6.3.1).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firmware.imaging.density import VALUE_MAX, DensityCalibration
from firmware.imaging.gsdf import jnd_index, luminance_cd_m2

# PS3.14 7.2: "typical values" for film on a light-box.
ILLUMINATION_CD_M2 = 2000
AMBIENT_LIGHT_CD_M2 = 10
P_VALUE_MAX = 65535

WINDOW_PERCENTILES = (0.5, 99.5)  # outside: lead markers, and lamp shining past the film's edge


def film_luminance_cd_m2(density: ArrayLike) -> NDArray[np.float64]:
    """Luminance of film of this density on the hypothetical light-box (PS3.14 7.2)."""
    transmitted = ILLUMINATION_CD_M2 * 10.0 ** -np.asarray(density, dtype=np.float64)
    return AMBIENT_LIGHT_CD_M2 + transmitted


def _jnd_span(density_max: float) -> tuple[float, float]:
    darkest, lightest = jnd_index(film_luminance_cd_m2([density_max, 0.0]))
    return float(darkest), float(lightest)


def voi_lut(calibration: DensityCalibration) -> NDArray[np.uint16]:
    """P-Value of each device value 0..65535; never falls."""
    density = calibration.optical_density(np.arange(VALUE_MAX + 1))
    darkest, lightest = _jnd_span(calibration.density_max)
    share = (jnd_index(film_luminance_cd_m2(density)) - darkest) / (lightest - darkest)
    return np.rint(np.clip(share, 0.0, 1.0) * P_VALUE_MAX).astype(np.uint16)


def density_of_p_values(p_values: ArrayLike, density_max: float) -> NDArray[np.float64]:
    """The way back, as PS3.3 C.8.6.3.1 describes it for a reader of the image."""
    darkest, lightest = _jnd_span(density_max)
    share = np.asarray(p_values, dtype=np.float64) / P_VALUE_MAX
    luminance = luminance_cd_m2(darkest + share * (lightest - darkest))
    transmittance = (luminance - AMBIENT_LIGHT_CD_M2) / ILLUMINATION_CD_M2
    return -np.log10(np.maximum(transmittance, np.finfo(np.float64).tiny))


def default_window(crop: NDArray[np.uint16]) -> tuple[float, float]:
    """(center, width) in stored values that shows most of a film, for viewers without LUTs."""
    if crop.size == 0:
        return (VALUE_MAX + 1) / 2, float(VALUE_MAX + 1)
    low, high = (float(level) for level in np.percentile(crop, WINDOW_PERCENTILES))
    width = max(high - low + 1, 1.0)  # PS3.3 C.11.2.1.2: a linear window's width is at least 1
    return low + width / 2, width


def window_lut(center: float, width: float) -> NDArray[np.uint16]:
    """The linear window of PS3.3 C.11.2.1.2.1 as a table of 65536 entries."""
    values = np.arange(VALUE_MAX + 1, dtype=np.float64)
    span = max(width - 1, 1e-9)  # a window one value wide is a threshold
    share = (values - (center - 0.5)) / span + 0.5
    return np.rint(np.clip(share, 0.0, 1.0) * P_VALUE_MAX).astype(np.uint16)
