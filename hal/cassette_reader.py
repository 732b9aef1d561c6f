"""A reader of CR phosphor plates. Reading destroys the latent image, so the reader keeps its
copy, and erases the plate, only when `erase` says that the image is durable."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from hal.film_scanner import RowBlock


@dataclass(frozen=True)
class LoadedCassette:
    plate_id: str
    plate_type: str
    width_mm: int
    height_mm: int
    exposures: int
    """Exposures on Plate (0018,1404)."""
    pitch_um: int
    columns: int
    rows: int


class CassetteReader(Protocol):
    def load(self) -> LoadedCassette | None:
        """Pull the cassette in; None when there is none in the slot."""

    def read(self, from_row: int) -> Generator[RowBlock, None, None]:
        """Rows from `from_row` on; the reader's copy can be asked for again until `erase`."""

    def erase(self) -> None:
        """Only after the image is durable."""

    def eject(self) -> None: ...
