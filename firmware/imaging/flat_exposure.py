"""Is this exposure fit to calibrate plates with, and what does it say of the reader? Pure.

Samples are logarithms of the exposure, so differences are factors: they are told in per cent. A
picture that is no homogeneous exposure of the whole plate is refused, never made to fit.
"""

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from firmware.imaging.collimation import INDEX_SHARE, Field, find_field, region_of_interest
from firmware.imaging.flat_field import GRID, FlatField, flat_field_of
from hal.errors import ConfigError, Sentence

DECADES = 4.0  # what CR readers spread over their scale, where no response is known yet
AT_END_SHARE = 0.01  # of all samples: dead ones are 0.03 % at the most (flat_field.DEAD_MAX)
NOISE_PERCENT_MAX = 15.0  # of a sample: quantum noise of 10 uGy is 3 %, of 0.5 uGy 15 %
EDGE_PERCENT = 20.0  # between neighbouring cells of 1 cm: no heel effect bends so fast
UNEVEN_PERCENT_MAX = 60.0  # the heel effect at 1 m over 43 cm; more is a tube that is not centred
BULGE_PERCENT_MAX = 6.0  # from a smooth surface: something lies in the beam
LOOK_ROWS = 128

TOO_SMALL = Sentence(
    en="{columns} x {rows} samples are too few to calibrate with: read the plate at the pitch that "
    "patients are read at.",
    fr="{columns} x {rows} échantillons ne suffisent pas pour étalonner : lisez la plaque au pas "
    "utilisé pour les patients.",
)
OVEREXPOSED = Sentence(
    en="Overexposed: {percent:.0f} % of the samples are at the end of the reader's scale. Expose a "
    "plate with a quarter of the mAs.",
    fr="Surexposée : {percent:.0f} % des échantillons sont en bout d'échelle du lecteur. Exposez "
    "une plaque avec le quart des mAs.",
)
UNDEREXPOSED = Sentence(
    en="Underexposed: {percent:.0f} % of the samples are zero. Was the plate exposed? Expose it to "
    "about 10 uGy.",
    fr="Sous-exposée : {percent:.0f} % des échantillons sont à zéro. La plaque a-t-elle été "
    "exposée ? Exposez-la à environ 10 µGy.",
)
NOISY = Sentence(
    en="Underexposed: one sample differs from the next by {percent:.0f} %, where {max:.0f} % are "
    "the most. Expose the plate to about 10 uGy.",
    fr="Sous-exposée : un échantillon diffère du suivant de {percent:.0f} %, pour {max:.0f} % au "
    "plus. Exposez la plaque à environ 10 µGy.",
)
COLLIMATED = Sentence(
    en="Collimated: only {percent:.0f} % of the plate were in the beam. Open the collimator beyond "
    "all four edges of the plate.",
    fr="Collimatée : seuls {percent:.0f} % de la plaque étaient dans le faisceau. Ouvrez le "
    "collimateur au-delà des quatre bords de la plaque.",
)
SOMETHING = Sentence(
    en="Not flat: something was in the beam, about {down:.0f} % down and {across:.0f} % across the "
    "plate. Nothing may lie between tube and plate but the filter.",
    fr="Non homogène : quelque chose était dans le faisceau, à environ {down:.0f} % de la hauteur "
    "et {across:.0f} % de la largeur. Rien ne doit se trouver entre le tube et la plaque, sauf le "
    "filtre.",
)
UNEVEN = Sentence(
    en="Not flat: the exposure varies by {percent:.0f} % over the plate, where {max:.0f} % are the "
    "most. Centre the tube on the plate, at 1.5 m or more.",
    fr="Non homogène : l'exposition varie de {percent:.0f} % sur la plaque, pour {max:.0f} % au "
    "plus. Centrez le tube sur la plaque, à 1,5 m ou plus.",
)
TOO_MANY_DEAD = Sentence(
    en="Too many samples say nothing: clean the plate and the reader, and call service if it stays "
    "so.",
    fr="Trop d'échantillons ne disent rien : nettoyez la plaque et le lecteur, et appelez la "
    "maintenance si cela persiste.",
)


@dataclass(frozen=True)
class FlatFindings:
    flat: FlatField
    median: float
    """Of the region that the exposure index is made of."""
    uneven_percent: float
    """From the least exposed end of the plate to the most, smoothly."""
    stripes_percent: float
    """The largest difference of one column from its neighbours' run."""
    noise_percent: float

    @property
    def dead(self) -> int:
        return len(self.flat.dead)


def judged(
    exposure: NDArray[np.uint16], bits: int, per_decade: float | None = None
) -> FlatFindings:
    """`exposure`: rows x columns. `per_decade`: samples of ten times the exposure, where known.

    Raises ConfigError with what is wrong and how to expose the next one.
    """
    rows, columns = exposure.shape
    if min(rows, columns) < 2 * GRID:
        raise ConfigError(TOO_SMALL.fill(rows=rows, columns=columns))
    scale = _Percent(per_decade or (1 << bits) / DECADES)
    _check_ends(exposure, bits)
    row_numbers = np.unique(np.linspace(0, rows - 1, min(LOOK_ROWS, rows)).astype(np.int64))
    look = exposure[row_numbers]
    field = find_field(look, row_numbers, rows, bits)
    flat = _flat(exposure)
    _check_field(flat, field, exposure.shape, scale)
    if flat is None:
        raise ConfigError(TOO_MANY_DEAD)
    noise = scale.of(_noise(look))
    if noise > NOISE_PERCENT_MAX:
        raise ConfigError(NOISY.fill(percent=noise, max=NOISE_PERCENT_MAX))
    smooth = _smooth(flat.grid)
    _check_shape(flat.grid, smooth, scale)
    whole = Field(0, 0, rows, columns)
    return FlatFindings(
        flat=flat,
        median=float(np.median(region_of_interest(look, row_numbers, whole, INDEX_SHARE))),
        uneven_percent=scale.of(float(np.ptp(smooth))),
        stripes_percent=scale.of(float(np.abs(flat.by_column).max())),
        noise_percent=noise,
    )


@dataclass(frozen=True)
class _Percent:
    per_decade: float

    def of(self, difference: float) -> float:
        """Of exposure, for a difference of samples."""
        return float(100 * (10 ** (difference / self.per_decade) - 1))

    def samples(self, percent: float) -> float:
        return self.per_decade * log10(1 + percent / 100)


def _check_ends(exposure: NDArray[np.uint16], bits: int) -> None:
    top = np.count_nonzero(exposure >= (1 << bits) - 1) / exposure.size
    if top > AT_END_SHARE:
        raise ConfigError(OVEREXPOSED.fill(percent=100 * top))
    zero = np.count_nonzero(exposure == 0) / exposure.size
    if zero > AT_END_SHARE:
        raise ConfigError(UNDEREXPOSED.fill(percent=100 * zero))


def _flat(exposure: NDArray[np.uint16]) -> FlatField | None:
    """None: more samples stand out than dead ones ever do."""
    try:
        return flat_field_of(exposure)
    except ValueError:
        return None


def _check_field(
    flat: FlatField | None, field: Field, shape: tuple[int, ...], scale: _Percent
) -> None:
    """A collimator's edge is steep; a heel effect, in which a field is found too, is not."""
    share = (field.bottom - field.top) * (field.right - field.left) / (shape[0] * shape[1])
    has_edge = flat is None or _steepest(flat.grid) > scale.samples(EDGE_PERCENT)
    if share < 1 and has_edge:
        raise ConfigError(COLLIMATED.fill(percent=100 * share))


def _check_shape(grid: NDArray[np.float64], smooth: NDArray[np.float64], scale: _Percent) -> None:
    bulge = np.abs(grid - smooth)
    if bulge.max() > scale.samples(BULGE_PERCENT_MAX):
        row, column = np.unravel_index(int(bulge.argmax()), bulge.shape)
        down, across = (100 * (int(at) + 0.5) / GRID for at in (row, column))
        raise ConfigError(SOMETHING.fill(down=down, across=across))
    uneven = scale.of(float(np.ptp(smooth)))
    if uneven > UNEVEN_PERCENT_MAX:
        raise ConfigError(UNEVEN.fill(percent=uneven, max=UNEVEN_PERCENT_MAX))


def _steepest(grid: NDArray[np.float64]) -> float:
    return float(max(np.abs(np.diff(grid, axis=axis)).max() for axis in (0, 1)))


def _smooth(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The surface of third degree through it: inverse square, heel and tilt, and no more."""
    place = np.linspace(-1, 1, GRID)
    y, x = np.meshgrid(place, place, indexing="ij")
    terms = [x**i * y**j for i in range(4) for j in range(4 - i)]
    base = np.stack([term.ravel() for term in terms], axis=1)
    found, *_ = np.linalg.lstsq(base, grid.ravel(), rcond=None)
    return np.asarray((base @ found).reshape(grid.shape))


def _noise(look: NDArray[np.uint16]) -> float:
    """Standard deviation of one sample, from what neighbours in a row differ by (MAD)."""
    steps = np.abs(np.diff(look.astype(np.int32), axis=1))
    return float(1.4826 * np.median(steps) / np.sqrt(2))
