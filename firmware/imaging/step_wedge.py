"""The steps of a photographic step wedge in a scan of it: what `sapi-node calibrate` measures.

The wedge fills the image. Its steps are found by their edges and each is measured in its middle;
a picture that does not show the steps it should is refused, never made to fit.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hal.errors import ConfigError, Sentence

STEPS_MAX = 64
STEP_PIXELS_MIN = 8  # fewer leave no middle to measure between two blurred edges
EDGE_SHARE = 0.4  # of the smallest step asked for: a scanner's curve is never that flat
MIDDLE = 0.5  # of a step's length, and of the wedge's breadth: away from edges and frame

DENSITIES_WRONG = Sentence(
    en="A wedge needs 2 to 64 rising densities, such as 0.05,0.20,0.35; correct --densities.",
    fr="Une échelle compte 2 à 64 densités croissantes, par exemple 0.05,0.20,0.35 ; "
    "corrigez --densities.",
)
TOO_SMALL = Sentence(
    en="The wedge image is only {length} pixels long, too short for {steps} steps; "
    "scan it at a higher resolution.",
    fr="L'image de l'échelle ne fait que {length} pixels, trop peu pour {steps} plages ; "
    "numérisez-la à une résolution plus élevée.",
)
WRONG_COUNT = Sentence(
    en="The image shows {found} steps where {wanted} densities were given; "
    "crop it to the wedge alone, or correct --densities.",
    fr="L'image montre {found} plages pour {wanted} densités données ; "
    "recadrez-la sur l'échelle seule ou corrigez --densities.",
)
NOT_MONOTONE = Sentence(
    en="The steps do not get darker one after another (step {step}); "
    "clean the wedge, lay it flat and scan it again.",
    fr="Les plages ne s'assombrissent pas l'une après l'autre (plage {step}) ; "
    "nettoyez l'échelle, posez-la à plat et numérisez-la de nouveau.",
)


def measure_wedge(samples: NDArray[np.uint16], densities: tuple[float, ...]) -> tuple[float, ...]:
    """Median device value of each step, in the order of `densities` (lightest first).

    `samples` is rows x columns; the wedge lies along the longer axis, either way round.
    Raises ConfigError, with what to do, when the picture does not match.
    """
    _check_densities(densities)
    along = samples if samples.shape[0] >= samples.shape[1] else samples.T
    if along.shape[1] == 0 or along.shape[0] < STEP_PIXELS_MIN * len(densities):
        raise ConfigError(TOO_SMALL.fill(length=along.shape[0], steps=len(densities)))
    strip = _middle_rows(along.T).T
    light = np.log10(np.maximum(np.median(strip, axis=1), 0.5))
    step_min = min(b - a for a, b in pairwise(densities))
    edges = _edges(light, EDGE_SHARE * step_min, len(densities))
    if len(edges) + 1 != len(densities):
        raise ConfigError(WRONG_COUNT.fill(found=len(edges) + 1, wanted=len(densities)))
    bounds = [0, *edges, along.shape[0]]
    medians = [float(np.median(_middle_rows(strip[a:b]))) for a, b in pairwise(bounds)]
    return _lightest_first(medians)


def _check_densities(densities: tuple[float, ...]) -> None:
    rising = all(b > a for a, b in pairwise(densities))
    if not 2 <= len(densities) <= STEPS_MAX or densities[0] < 0 or not rising:
        raise ConfigError(DENSITIES_WRONG)


def _middle_rows(rows: NDArray[np.uint16]) -> NDArray[np.uint16]:
    cut = int(len(rows) * (1 - MIDDLE) / 2)
    return rows[cut : len(rows) - cut]


def _edges(light: NDArray[np.float64], jump: float, steps: int) -> list[int]:
    """Positions where the light changes by more than `jump`, one for each run of such pixels.

    The change at a position is between the medians of the pixels before and after it, over a
    quarter of a step, so that neither noise nor a scratch makes an edge.
    """
    reach = max(2, len(light) // (4 * steps))
    windows = np.median(np.lib.stride_tricks.sliding_window_view(light, reach), axis=1)
    change = np.abs(windows[reach:] - windows[:-reach])  # change[i] is at position i + reach
    over = np.flatnonzero(change > jump)
    runs = np.split(over, np.flatnonzero(np.diff(over) > 1) + 1) if over.size else []
    return [_top(run, change) + reach for run in runs]


def _top(run: NDArray[np.intp], change: NDArray[np.float64]) -> int:
    """The middle of where the change is greatest."""
    greatest = run[change[run] >= 0.999 * change[run].max()]
    return int(greatest[len(greatest) // 2])


def _lightest_first(medians: list[float]) -> tuple[float, ...]:
    ordered = medians if medians[0] > medians[-1] else medians[::-1]
    for step, (lighter, darker) in enumerate(pairwise(ordered), start=2):
        if darker >= lighter:
            raise ConfigError(NOT_MONOTONE.fill(step=step))
    return tuple(ordered)
