"""What a file of the store shows: whose image it is, and of which film or plate."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread

from hal.values import Patient
from sim import seeded_plates
from sim.seeded_devices import FILM_COLUMNS, FILM_ROWS, film_number, film_pixels

ASKED = (
    "SOPInstanceUID",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "Modality",
    "Rows",
    "Columns",
    "PixelData",
)
NOTE = "KO"
URGENT = "URGENT"
URGENT_ID = "URG"
"""What a provisional Patient ID begins with."""


@dataclass(frozen=True)
class Image:
    uid: str
    family: str
    given: str
    patient_id: str
    birth_date: str
    film: int
    """Or the plate's: they are numbered together."""
    is_whole: bool
    """Every pixel is the film's own."""

    def is_of(self, confirmed: str) -> bool:
        """Of the patient whom the display showed."""
        if confirmed == URGENT:
            return self.patient_id.startswith(URGENT_ID)
        return f"{self.family} {self.given}".strip() in confirmed and self._birth in confirmed

    @property
    def _birth(self) -> str:
        date = self.birth_date
        return f"{date[6:8]}/{date[4:6]}/{date[:4]}" if date else "?"


def read_image(content: bytes) -> Image:
    """Raises pydicom's errors, or ValueError, when it is no image."""
    found = dcmread(BytesIO(content), specific_tags=list(ASKED))
    pixels = np.frombuffer(found.PixelData, "<u2").reshape(found.Rows, found.Columns)
    number, expected = _shown(pixels, is_plate=found.Modality == "CR")
    family, _, given = str(found.PatientName).partition("^")
    return Image(
        uid=str(found.SOPInstanceUID),
        family=family,
        given=given.partition("^")[0],
        patient_id=str(found.PatientID),
        birth_date=str(found.PatientBirthDate or ""),
        film=number,
        is_whole=bool(np.array_equal(pixels, expected)),
    )


def read_note(content: bytes) -> frozenset[str] | None:
    """The UIDs that a rejection note names; None: it is no such object. Raises as `read_image`."""
    found = dcmread(BytesIO(content))
    if found.Modality != NOTE:
        return None
    return frozenset(
        str(one.ReferencedSOPInstanceUID)
        for study in found.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for one in series.ReferencedSOPSequence
    )


def shown_of(patient: Patient) -> str:
    """As `Image.is_of` looks for it."""
    date = patient.birth_date
    return f"{patient.name.replace('^', ' ')}, {date[6:8]}/{date[4:6]}/{date[:4]}"


def _shown(pixels: NDArray[np.uint16], *, is_plate: bool) -> tuple[int, NDArray[np.uint16]]:
    """Which one it is, and what that one looks like."""
    rows, columns = pixels.shape
    if is_plate:
        rows_min, columns_min = seeded_plates.ROWS, seeded_plates.COLUMNS
    else:
        rows_min, columns_min = FILM_ROWS, FILM_COLUMNS
    if rows < rows_min or columns < columns_min:
        raise ValueError(f"{columns} x {rows} is less than it was")
    number = film_number(pixels)
    whole = seeded_plates.plate_pixels(number) if is_plate else film_pixels(number)
    return number, whole if is_plate else whole[:rows, :columns]
