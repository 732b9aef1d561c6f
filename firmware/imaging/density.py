"""Device values to optical density, and the record of how that is known.

A calibration is made on the device with a step wedge; without one, the scanner's values are
taken as proportional to the transmitted light. Pixels are never changed by it: it only says
what they mean.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hal.errors import ConfigError, Sentence

VALUE_MAX = 65535
DENSITY_MAX_DEFAULT = 3.8
"""Dmax of the EPSON 12000XL's data sheet: light through denser film is lost in its noise."""
POINTS_MAX = 256  # a photographic wedge has 11 to 41 steps
DENSITY_LIMIT = 6.0  # blacker than any film
NOMINAL_METHOD = "linear, nominal"

BAD_RECORD = Sentence(
    en="The density calibration cannot be used: {why}. Calibrate the scanner again.",
    fr="L'étalonnage de densité est inutilisable : {why}. Refaites l'étalonnage du scanner.",
)


def _refusal(en: str, fr: str) -> ConfigError:
    return ConfigError(Sentence(BAD_RECORD.en.format(why=en), BAD_RECORD.fr.format(why=fr)))


@dataclass(frozen=True)
class DensityCalibration:
    """(device value, optical density) pairs, from the lightest to the darkest.

    Between two points density is linear in log10(value), as Beer's law has it; outside them it
    follows the law's own slope, -1. The result stays within 0..`density_max`.
    """

    points: tuple[tuple[float, float], ...]
    method: str
    scanner_serial: str
    made_at: datetime | None = None
    density_max: float = DENSITY_MAX_DEFAULT

    def __post_init__(self) -> None:
        _check_points(self.points)
        if not 0 < self.density_max <= DENSITY_LIMIT:
            raise _refusal(
                f"its greatest density, {self.density_max:g}, is not one of film",
                f"sa densité maximale, {self.density_max:g}, n'est pas celle d'un film",
            )

    @property
    def measured(self) -> bool:
        """False: nobody has put a wedge on this scanner yet."""
        return self.method != NOMINAL_METHOD

    def optical_density(self, values: ArrayLike) -> NDArray[np.float64]:
        """Density of each device value (0..65535); never rises with the value."""
        light = np.log10(np.maximum(np.asarray(values, dtype=np.float64), 0.5))  # 0: below a count
        known_light = np.log10([value for value, _ in reversed(self.points)])
        known_density = np.array([density for _, density in reversed(self.points)])
        inside = np.interp(light, known_light, known_density)
        beyond = light - np.clip(light, known_light[0], known_light[-1])
        density: NDArray[np.float64] = np.clip(inside - beyond, 0.0, self.density_max)
        return density

    def to_json(self) -> dict[str, Any]:
        return {
            "points": [list(point) for point in self.points],
            "method": self.method,
            "scanner_serial": self.scanner_serial,
            "made_at": self.made_at.isoformat() if self.made_at else None,
            "density_max": self.density_max,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "DensityCalibration":
        """Raises ConfigError when the record is not one that `to_json` wrote."""
        try:
            made_at = record["made_at"]
            return cls(
                points=tuple((float(value), float(density)) for value, density in record["points"]),
                method=str(record["method"]),
                scanner_serial=str(record["scanner_serial"]),
                made_at=None if made_at is None else datetime.fromisoformat(made_at),
                density_max=float(record["density_max"]),
            )
        except KeyError as missing:
            name = missing.args[0]
            raise _refusal(f"'{name}' is missing", f"« {name} » manque") from missing
        except (TypeError, ValueError, OverflowError) as wrong:
            raise _refusal("a value has the wrong form", "une valeur est mal formée") from wrong


def _check_points(points: tuple[tuple[float, float], ...]) -> None:
    if not 2 <= len(points) <= POINTS_MAX:
        raise _refusal(
            f"it has {len(points)} points, not 2 to {POINTS_MAX}",
            f"il compte {len(points)} points, et non 2 à {POINTS_MAX}",
        )
    if not all(math.isfinite(number) for point in points for number in point):
        raise _refusal("a number is not finite", "un nombre n'est pas fini")
    if not all(0 < v <= VALUE_MAX and 0 <= od <= DENSITY_LIMIT for v, od in points):
        raise _refusal("a point lies outside the scanner's range", "un point sort des limites")
    if not all(b[0] < a[0] and b[1] > a[1] for a, b in pairwise(points)):
        raise _refusal(
            "darker steps do not give smaller values",
            "les plages plus denses ne donnent pas de valeurs plus petites",
        )


def linear_calibration(
    scanner_serial: str, density_max: float = DENSITY_MAX_DEFAULT
) -> DensityCalibration:
    """OD = -log10(value / 65535): what a scanner with a linear sensor says before calibration."""
    darkest = (VALUE_MAX * 10**-density_max, density_max)
    return DensityCalibration(
        points=((float(VALUE_MAX), 0.0), darkest),
        method=NOMINAL_METHOD,
        scanner_serial=scanner_serial,
        density_max=density_max,
    )
