"""What a file of the store shows: whose image it is, and of which film."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from pydicom import dcmread

from sim.seeded_devices import FILM_COLUMNS, FILM_ROWS, film_number, film_pixels

ASKED = (
    "SOPInstanceUID",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "Rows",
    "Columns",
    "PixelData",
)
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
    if found.Rows < FILM_ROWS or found.Columns < FILM_COLUMNS:
        raise ValueError(f"{found.Columns} x {found.Rows} is less than a film")
    number = film_number(pixels)
    expected = film_pixels(number)[: found.Rows, : found.Columns]
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
