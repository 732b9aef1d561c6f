"""What one more calibration exposure makes of a reader's calibration, and how it is told. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firmware.flat_exposure_source import FlatExposure
from firmware.imaging.exposure_index import C0_PER_UGY
from firmware.imaging.flat_exposure import FlatFindings, judged
from firmware.imaging.plate_calibration import (
    CalibrationPoint,
    PlateCalibrationFile,
    response_of,
    with_point,
)
from hal.errors import ConfigError, Sentence

INDEX_TOLERANCE_PERCENT = 20.0  # IEC 62494-1: how far an exposure index may be from 100 K

NOT_RISING = Sentence(
    en="The samples do not rise with the air kerma that was given: is --kerma that of this "
    "exposure, in uGy at the plate?",
    fr="Les échantillons n'augmentent pas avec le kerma indiqué : --kerma est-il celui de cette "
    "exposition, en µGy au niveau de la plaque ?",
)
FOUND = Sentence(
    en="Plate {plate}: uneven by {uneven} %, stripes {stripes} %, noise {noise} % of a sample, "
    "{dead} dead samples.",
    fr="Plaque {plate} : inhomogénéité {uneven} %, lignes {stripes} %, bruit {noise} % par "
    "échantillon, {dead} échantillons morts.",
)
INDEX = Sentence(
    en="Exposure index by the calibration before: {index:.0f}, where the dosemeter says "
    "{expected:.0f} ({off} %).",
    fr="Indice d'exposition selon l'étalonnage précédent : {index:.0f}, pour {expected:.0f} "
    "d'après le dosimètre ({off} %).",
)
INDEX_OFF = Sentence(
    en="That is further than 20 % (IEC 62494-1): images since the last calibration said a wrong "
    "exposure index.",
    fr="L'écart dépasse 20 % (IEC 62494-1) : les images depuis le dernier étalonnage portent un "
    "indice d'exposition faux.",
)
ONE_MORE = Sentence(
    en="For an exposure index, calibrate once more with --kerma and ten times or a tenth of this "
    "exposure.",
    fr="Pour un indice d'exposition, étalonnez une fois encore avec --kerma et dix fois ou le "
    "dixième de cette exposition.",
)
RESPONSE = Sentence(
    en="The response is made of {count} exposures, which agree within {sigma} %.",
    fr="La réponse est établie sur {count} expositions, qui concordent à {sigma} % près.",
)


@dataclass(frozen=True)
class Calibrated:
    made: PlateCalibrationFile
    found: FlatFindings
    plate_id: str
    index: float | None
    """By the calibration before; None: there was none, or no kerma was given."""
    expected_index: float | None

    @property
    def off_percent(self) -> float | None:
        if self.index is None or self.expected_index is None:
            return None
        return 100 * (self.index / self.expected_index - 1)

    def told(self) -> list[Sentence]:
        found = self.found
        sentences = [
            FOUND.fill(
                plate=self.plate_id or "?",
                uneven=decimal(found.uneven_percent),
                stripes=decimal(found.stripes_percent),
                noise=decimal(found.noise_percent),
                dead=found.dead,
            )
        ]
        off = self.off_percent
        if off is not None:
            figures = {"index": self.index, "expected": self.expected_index}
            sentences.append(INDEX.fill(**figures, off=decimal(off, signed=True)))
            if abs(off) > INDEX_TOLERANCE_PERCENT:
                sentences.append(INDEX_OFF)
        response = self.made.response
        if response is None:
            sentences.append(ONE_MORE)
        elif self.made.points:
            sigma = decimal(100 * (10**response.sigma_log10 - 1))
            sentences.append(RESPONSE.fill(count=len(self.made.points), sigma=sigma))
        return sentences

    def as_json(self) -> dict[str, Any]:
        found, response = self.found, self.made.response
        return {
            "plate_id": self.plate_id,
            "reader_serial": self.made.reader_serial,
            "uneven_percent": round(found.uneven_percent, 2),
            "stripes_percent": round(found.stripes_percent, 2),
            "noise_percent": round(found.noise_percent, 2),
            "dead": found.dead,
            "index": self.index,
            "expected_index": self.expected_index,
            "off_percent": self.off_percent,
            "exposures": len(self.made.points),
            "response": response and {"offset": response.offset, "per_decade": response.per_decade},
            "sentences": [{"en": one.en, "fr": one.fr} for one in self.told()],
        }


def calibrated(
    exposure: FlatExposure,
    before: PlateCalibrationFile | None,
    kerma_ugy: float | None,
    made_at: datetime,
) -> Calibrated:
    """`before` counts only where it was made on the same reader. Raises ConfigError."""
    if before is not None and before.reader_serial not in ("", exposure.reader_serial):
        before = None
    response = before.response if before else None
    found = judged(
        exposure.samples,
        exposure.bits,
        response.per_decade if response else None,
    )
    points = before.points if before else ()
    index = expected = None
    if kerma_ugy is not None:
        expected = C0_PER_UGY * kerma_ugy
        if response is not None:
            index = C0_PER_UGY * float(response.kerma_ugy(found.median, exposure.gain))
        points = with_point(points, CalibrationPoint(found.median, kerma_ugy, exposure.gain))
    made = PlateCalibrationFile(response, found.flat, exposure.reader_serial, made_at, points)
    try:
        made = replace(made, response=response_of(points) or response)
    except ValueError as error:
        raise ConfigError(NOT_RISING) from error
    return Calibrated(made, found, exposure.plate_id, index, expected)


def decimal(value: float, *, signed: bool = False) -> Sentence:
    text = f"{value:+.1f}" if signed else f"{value:.1f}"
    return Sentence(text, text.replace(".", ","))
