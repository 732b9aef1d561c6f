"""What is in the simulated cassette: a plate from a file, or the example.

Of a DICOM radiograph the stored values exactly as they are, inverted or not: a plate that goes
through the node can be compared with its file, sample by sample. Never scales, never guesses.
"""

import re
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.misc import is_dicom

from firmware.imaging.film_file import NotAFilm, load_film
from hal.errors import ConfigError, Sentence
from sim.cassette_reader_device import Plate

EXAMPLE = "RG3_UNCR.dcm"
"""A hand on a Fuji plate of 35 x 35 cm (pydicom-data)."""
PITCH_UM = 100
SIDE_MAX = 16_384  # as the driver: 43 cm at 50 um are 8,600 samples
PLATE_ID_MAX = 16
SIZE_MM_MAX = 1000
SIZE = re.compile(r"(\d{1,3})CMX(\d{1,3})CM")  # Cassette Size (0018,1403), e.g. 35CMX43CM

NOT_A_PLATE = Sentence(
    en="{path}: {found}. A plate is a DICOM radiograph, or a gray PNG or TIFF of 16 bits, of at "
    "most 16384 pixels a side: name such a file.",
    fr="{path} : {found}. Une plaque est une radiographie DICOM, ou un PNG ou un TIFF en niveaux "
    "de gris sur 16 bits, d'au plus 16384 pixels de côté : indiquez un tel fichier.",
)
NO_EXAMPLE = Sentence(
    en="The example plate is not installed; install the Python package pydicom-data or name a "
    "plate.",
    fr="La plaque d'exemple n'est pas installée ; installez le paquet Python pydicom-data ou "
    "indiquez une plaque.",
)
OTHER_PIXELS = Sentence(
    en="pixels of another kind ({detail})", fr="des pixels d'un autre type ({detail})"
)
BROKEN = Sentence(en="damaged or cut off ({detail})", fr="fichier endommagé ou tronqué ({detail})")
TOO_LARGE = Sentence(en="{detail} pixels", fr="{detail} pixels")


def open_plate(path: Path | None) -> Plate:
    """The named plate, else the example. Raises ConfigError."""
    if path is not None:
        return load_plate(path)
    try:
        with as_file(files("data_store") / "data" / EXAMPLE) as example:
            return load_plate(example)
    except ModuleNotFoundError as error:
        raise ConfigError(NO_EXAMPLE) from error


def load_plate(path: Path) -> Plate:
    """Raises ConfigError."""
    try:
        if path.is_file() and is_dicom(path):
            plate = _of_dicom(path)
        else:
            plate = Plate(_plate_id(path), load_film(path).samples, bits=16, pitch_um=PITCH_UM)
    except NotAFilm as error:
        raise _no_plate(path, error.found) from error
    except PermissionError as error:
        raise _no_plate(path, BROKEN.fill(detail=error.strerror)) from error
    rows, columns = plate.latent.shape
    if max(rows, columns) > SIDE_MAX:
        raise _no_plate(path, TOO_LARGE.fill(detail=f"{columns} x {rows}"))
    return plate


def _of_dicom(path: Path) -> Plate:
    try:
        dataset = pydicom.dcmread(path)
        kind = str(dataset.get("PhotometricInterpretation", "without pixels"))
        frames, bits = int(dataset.get("NumberOfFrames") or 1), int(dataset.get("BitsStored") or 0)
        signed = bool(dataset.get("PixelRepresentation"))
        if not kind.startswith("MONOCHROME") or frames != 1 or signed or not 8 <= bits <= 16:
            detail = f"{kind}, {bits} bits, {frames} p."
            raise _no_plate(path, OTHER_PIXELS.fill(detail=detail))
        width_mm, height_mm = _size_mm(str(dataset.get("CassetteSize") or ""))
        return Plate(
            plate_id=str(dataset.get("PlateID") or "") or _plate_id(path),
            latent=_stored(dataset),
            bits=bits,
            pitch_um=PITCH_UM,
            plate_type=str(dataset.get("PlateType") or "STANDARD"),
            width_mm=width_mm,
            height_mm=height_mm,
        )
    except ConfigError:
        raise
    except Exception as error:  # pydicom and its decoders raise anything at all
        raise _no_plate(path, BROKEN.fill(detail=error)) from error


def _stored(dataset: pydicom.Dataset) -> NDArray[np.uint16]:
    return np.ascontiguousarray(dataset.pixel_array, dtype=np.uint16)


def _size_mm(cassette_size: str) -> tuple[int, int]:
    """35 x 43 cm where it does not say."""
    found = SIZE.fullmatch(cassette_size)
    width_mm, height_mm = (10 * int(cm) for cm in found.groups()) if found else (350, 430)
    return min(width_mm, SIZE_MM_MAX), min(height_mm, SIZE_MM_MAX)


def _plate_id(path: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]", "-", path.stem)
    return f"SIM-{name}"[:PLATE_ID_MAX]


def _no_plate(path: Path, found: Sentence) -> ConfigError:
    return ConfigError(
        Sentence(
            en=NOT_A_PLATE.en.format(path=path, found=found.en),
            fr=NOT_A_PLATE.fr.format(path=path, found=found.fr),
        )
    )
