"""A reader of CR phosphor plates. Reading destroys the latent image, so the reader keeps its copy,
and erases the plate, only when `erase` says that the image is durable."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from hal.errors import DeviceNeedsOperator
from hal.film_scanner import RowBlock


class CassetteNotTaken(DeviceNeedsOperator):
    """A cassette is in, and the reader cannot take it: it is jammed, its barcode cannot be read,
    its kind is not known, or another one is awaited. Whoever asked means that cassette, and
    nothing else that may lie about.
    """


@dataclass(frozen=True)
class CassetteReaderIdentity:
    manufacturer: str
    model: str
    serial_number: str
    firmware_version: str
    bits: int
    pitches_um: tuple[int, ...]
    """What it can sample at."""
    erases_by_itself: bool = False
    """It can't be told to wait: there is one copy of the image as soon as it was read."""


@dataclass(frozen=True)
class LoadedCassette:
    plate_id: str
    plate_type: str
    width_mm: int
    height_mm: int
    exposures: int
    """Exposures on Plate (0018,1404)."""
    is_erased: bool = True
    """As far as the reader knows: False when it was not erased since it was last read."""
    is_id_read: bool = True
    """From the barcode; False: typed or guessed."""


@dataclass(frozen=True)
class PlateRequest:
    """One reading of one plate, by a number of the node's own."""

    read: int
    """1 to 2**32 - 1; drawn by chance, and durable before it is used."""
    pitch_um: int
    gain_thousandths: int = 1000


@dataclass(frozen=True)
class PlateGeometry:
    columns: int
    rows: int
    pitch_um: int
    bits: int
    gain_thousandths: int

    @property
    def samples(self) -> int:
        return self.columns * self.rows


class CassetteReader(Protocol):
    """Raises DeviceUnavailable (unplugged, silent), DeviceNeedsOperator (jam, lid, no cassette,
    barcode), DeviceMisbehaved. Whatever it raises, what the reader keeps it keeps."""

    def identify(self) -> CassetteReaderIdentity: ...

    def kept_read(self) -> int | None:
        """The number of the reading whose image it keeps, not yet erased."""

    def load(self) -> LoadedCassette | None:
        """Pull the cassette in; None when there is none in the slot. Raises CassetteNotTaken."""

    def begin(self, request: PlateRequest) -> PlateGeometry:
        """Read the plate, or send the kept image again if `request.read` is its number."""

    def rows(
        self, from_row: int = 0, until_row: int | None = None
    ) -> Generator[RowBlock, None, None]:
        """What `begin` announced, from `from_row` to its end, in order, each row once and right.

        Ends only when the reader's checksum over the whole image holds, if it began at row 0.
        Closing it ends the sending; the reader goes on reading, and keeps the image.
        `until_row`: only the rows below it, for a look at some of them; any other rows may be
        asked for before and afterwards, for the reader keeps them all.
        """

    def erase(self, read: int, samples: int, crc32: int) -> None:
        """Only after the image is durable. Refused unless it is the one that the reader keeps.

        `crc32` is over all samples as they came, little-endian uint16 (ISO 3309, as zlib's).
        """

    def eject(self) -> None: ...
