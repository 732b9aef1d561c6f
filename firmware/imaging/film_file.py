"""Pictures of film from files: what a wedge is measured in, what a simulated scanner scans.

Reads gray PNG and TIFF of 16 bits, of 8 bits (scaled by 257), and DICOM radiographs (scaled to
the full 16 bits). Never guesses at anything else: it says what it found.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from pydicom.misc import is_dicom

from hal.errors import ConfigError, Sentence
from hal.film_scanner import MM_PER_INCH

Samples = NDArray[np.uint16]
DPI_DEFAULT = 300
DPI_MIN, DPI_MAX = 20, 12800  # coarser is no film; finer is no scanner
SAMPLE_MAX = 0xFFFF
MODES_16_BIT = ("I;16", "I;16B", "I;16L")
PHOTOMETRIC_INTERPRETATION, WHITE_IS_ZERO = 262, 0  # TIFF 6.0 section 8
SPACINGS = ("NominalScannedPixelSpacing", "PixelSpacing", "ImagerPixelSpacing")

NOT_A_FILM = Sentence(
    en="{path}: {found}. A film is a gray PNG or TIFF of 8 or 16 bits, or a DICOM radiograph: "
    "name such a file.",
    fr="{path} : {found}. Un film est un PNG ou un TIFF en niveaux de gris sur 8 ou 16 bits, ou "
    "une radiographie DICOM : indiquez un tel fichier.",
)
BAD_DPI = Sentence(
    en="{dpi} dpi is no film resolution; give one from 20 to 12800.",
    fr="{dpi} ppp n'est pas une résolution de film ; indiquez une valeur de 20 à 12800.",
)
MISSING = Sentence(en="there is no such file", fr="ce fichier n'existe pas")
FOLDER = Sentence(en="that is a folder", fr="c'est un dossier")
UNREADABLE = Sentence(en="cannot be read ({detail})", fr="lecture impossible ({detail})")
NO_IMAGE = Sentence(en="that is no image", fr="ce n'est pas une image")
DAMAGED = Sentence(en="damaged or cut off ({detail})", fr="fichier endommagé ou tronqué ({detail})")
OTHER_KIND = Sentence(en="an image of kind {detail}", fr="image de type {detail}")


@dataclass(frozen=True)
class Film:
    """`samples` is rows x columns; 65535 is the bare lamp."""

    samples: Samples
    dpi: int


class NotAFilm(ConfigError):
    def __init__(self, path: Path, found: Sentence, detail: object = "") -> None:
        in_words = found.fill(detail=detail)
        self.found = in_words
        """What it is instead, for whoever wanted something else of it than a film."""
        super().__init__(
            Sentence(
                en=NOT_A_FILM.en.format(path=path, found=in_words.en),
                fr=NOT_A_FILM.fr.format(path=path, found=in_words.fr),
            )
        )


def load_film(path: Path, dpi: int | None = None) -> Film:
    """Raises ConfigError. `dpi` overrides what the file says; 300 when neither says."""
    if path.is_dir():
        raise NotAFilm(path, FOLDER)
    try:
        read = _read_dicom if is_dicom(path) else _read_picture
        samples, dpi_told = read(path)
    except FileNotFoundError as error:
        raise NotAFilm(path, MISSING) from error
    except PermissionError as error:
        raise NotAFilm(path, UNREADABLE, error.strerror) from error
    return Film(samples, _checked(dpi if dpi is not None else dpi_told or DPI_DEFAULT))


def _checked(dpi: int) -> int:
    if not DPI_MIN <= dpi <= DPI_MAX:
        raise ConfigError(BAD_DPI.fill(dpi=dpi))
    return dpi


def _read_picture(path: Path) -> tuple[Samples, int | None]:
    try:
        with Image.open(path) as image:
            pages = getattr(image, "n_frames", 1)
            if image.format not in ("PNG", "TIFF") or pages != 1:
                raise NotAFilm(path, OTHER_KIND, f"{image.format}, {pages} p.")
            return _gray(path, image), _picture_dpi(image)
    except UnidentifiedImageError as error:
        raise NotAFilm(path, NO_IMAGE) from error
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        # Pillow: SyntaxError for broken PNG chunks, OSError for a file that ends too early.
        raise NotAFilm(path, DAMAGED, error) from error


def _gray(path: Path, image: Image.Image) -> Samples:
    if image.mode == "L":
        return np.asarray(image).astype(np.uint16) * 257
    if image.mode not in MODES_16_BIT:
        raise NotAFilm(path, OTHER_KIND, f"{image.format} {image.mode}")
    samples = np.asarray(image).astype(np.uint16)
    tags = getattr(image, "tag_v2", {})
    # Pillow turns 8-bit WhiteIsZero around by itself, but not 16-bit.
    inverted = tags.get(PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO
    return SAMPLE_MAX - samples if inverted else samples


def _picture_dpi(image: Image.Image) -> int | None:
    """None for what no film has: Pillow says 1 dpi for a TIFF that tells nothing."""
    dpi = round(float(image.info.get("dpi", (0, 0))[0]))
    return dpi if DPI_MIN <= dpi <= DPI_MAX else None


def _read_dicom(path: Path) -> tuple[Samples, int | None]:
    try:
        dataset = pydicom.dcmread(path)
        kind = str(dataset.get("PhotometricInterpretation", "without pixels"))
        frames = int(dataset.get("NumberOfFrames") or 1)
        if not kind.startswith("MONOCHROME") or frames != 1:
            raise NotAFilm(path, OTHER_KIND, f"DICOM {kind}, {frames} p.")
        return _full_range(dataset), _dicom_dpi(dataset)
    except (ConfigError, FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # pydicom and its decoders raise anything at all
        raise NotAFilm(path, DAMAGED, error) from error


def _full_range(dataset: pydicom.Dataset) -> Samples:
    """Stored values over their whole range, 0 to 2^BitsStored - 1, become 0 to 65535."""
    stored = dataset.pixel_array
    bits = int(dataset.BitsStored)
    if not 1 <= bits <= 16:
        raise ValueError(f"{bits} bits stored")
    levels = 1 << bits
    lowest = -(levels >> 1) if dataset.PixelRepresentation else 0
    scaled = (np.arange(levels) * SAMPLE_MAX + (levels - 1) // 2) // max(1, levels - 1)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        scaled = SAMPLE_MAX - scaled
    table = scaled.astype(np.uint16)
    return np.asarray(table[stored.astype(np.int32) - lowest])


def _dicom_dpi(dataset: pydicom.Dataset) -> int | None:
    for name in SPACINGS:
        spacing = dataset.get(name)
        if spacing and float(spacing[0]) > 0:  # there are files that say 0
            return round(MM_PER_INCH / float(spacing[0]))
    return None
