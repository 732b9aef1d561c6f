"""The replies and parameter blocks of ESC/I as frozen values, offsets as in the manual's tables."""

import struct
from dataclasses import dataclass
from typing import ClassVar, Self

from drivers.wire.esci.codes import STX
from drivers.wire.esci.layout import EsciFormatError, Record, at


class StxRecord(Record):
    """A reply that begins with STX."""

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        message = super().from_bytes(data)
        if data[0] != STX:
            raise EsciFormatError(f"{cls.__name__} begins with STX, not {data[0]:02X}h")
        return message


@dataclass(frozen=True)
class ClassicStatus(StxRecord):
    """Reply to ESC F."""

    SIZE: ClassVar[int] = 4
    stx: int = at(0, "B", STX)
    status: int = at(1, "B")
    following: int = at(2, "H")


@dataclass(frozen=True)
class InfoHeader(StxRecord):
    """What comes before an info block: ESC I, ESC f, ESC i, ESC q, ESC !, ESC S."""

    SIZE: ClassVar[int] = 4
    stx: int = at(0, "B", STX)
    status: int = at(1, "B")
    length: int = at(2, "H")


@dataclass(frozen=True)
class DetailedStatus(Record):
    """Info block of ESC f; areas in pixels at the largest resolution."""

    SIZE: ClassVar[int] = 42
    main: int = at(0, "B")
    document_feeder: int = at(1, "B")
    transparency_unit: int = at(6, "B")
    transparency_columns: int = at(7, "H")
    transparency_rows: int = at(9, "H")
    bed_columns: int = at(12, "H")
    bed_rows: int = at(14, "H")
    model: str = at(26, "16s", "")


@dataclass(frozen=True)
class HardwareProperties(Record):
    """Info block of ESC i (D levels). Its full length is not known: 16 is this project's guess."""

    SIZE: ClassVar[int] = 16
    optical_dpi: int = at(0, "H")
    line_distance_x: int = at(4, "B")
    line_distance_y: int = at(5, "B")


@dataclass(frozen=True)
class ExtendedIdentity(Record):
    """Reply to FS I."""

    SIZE: ClassVar[int] = 80
    level: str = at(0, "2s", "")
    optical_dpi: int = at(4, "I")
    resolution_min_dpi: int = at(8, "I")
    resolution_max_dpi: int = at(12, "I")
    columns_max: int = at(16, "I")
    bed_columns: int = at(20, "I")
    bed_rows: int = at(24, "I")
    document_feeder_columns: int = at(28, "I")
    document_feeder_rows: int = at(32, "I")
    transparency_columns: int = at(36, "I")
    transparency_rows: int = at(40, "I")
    capabilities_1: int = at(44, "B")
    capabilities_2: int = at(45, "B")
    model: str = at(46, "16s", "")
    rom_version: str = at(62, "4s", "")
    input_depth: int = at(66, "B")
    output_depth: int = at(67, "B")
    second_transparency_columns: int = at(68, "I")
    second_transparency_rows: int = at(72, "I")


@dataclass(frozen=True)
class ExtendedStatus(Record):
    """Reply to FS F."""

    SIZE: ClassVar[int] = 16
    main: int = at(0, "B")
    document_feeder: int = at(1, "B")
    transparency_unit: int = at(2, "B")
    main_2: int = at(3, "B")


@dataclass(frozen=True)
class ScanParameters(Record):
    """What FS W sets and FS S tells; offsets and sizes in pixels at the scan's resolution."""

    SIZE: ClassVar[int] = 64
    x_dpi: int = at(0, "I")
    y_dpi: int = at(4, "I")
    left: int = at(8, "I")
    top: int = at(12, "I")
    columns: int = at(16, "I")
    rows: int = at(20, "I")
    colour: int = at(24, "B")
    depth: int = at(25, "B")
    source: int = at(26, "B")
    speed: int = at(27, "B")
    lines_per_block: int = at(28, "B")
    gamma: int = at(29, "B")
    brightness: int = at(30, "B")
    colour_correction: int = at(31, "B")
    halftone: int = at(32, "B")
    threshold: int = at(33, "B")
    sharpness: int = at(35, "B")
    mirror: int = at(36, "B")
    film_type: int = at(37, "B")

    @property
    def line_bytes(self) -> int:
        return self.columns * ((self.depth + 7) // 8)


@dataclass(frozen=True)
class ExtendedScanStart(StxRecord):
    """Reply to FS G. Lengths are of image data: each block has one error byte more."""

    SIZE: ClassVar[int] = 14
    stx: int = at(0, "B", STX)
    status: int = at(1, "B")
    block_bytes: int = at(2, "I")
    full_blocks: int = at(6, "I")
    last_block_bytes: int = at(10, "I")
    """One more block after the full ones, unless 0."""

    @property
    def image_bytes(self) -> int:
        return self.block_bytes * self.full_blocks + self.last_block_bytes


@dataclass(frozen=True)
class ClassicBlockHeader(StxRecord):
    """Before each block of ESC G; status AREA_END marks the last."""

    SIZE: ClassVar[int] = 6
    stx: int = at(0, "B", STX)
    status: int = at(1, "B")
    line_bytes: int = at(2, "H")
    lines: int = at(4, "H")


@dataclass(frozen=True)
class Capabilities:
    """Info block of ESC I: level, resolutions, and the area at the largest of them."""

    level: str
    resolutions_dpi: tuple[int, ...]
    columns: int
    rows: int

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises EsciFormatError."""
        resolutions, end = data[2:-5], data[-5:]
        if len(data) < 7 or end[:1] != b"A" or len(resolutions) % 3 or not data[:2].isascii():
            raise EsciFormatError(f"not capabilities: {data!r}")
        items = list(struct.iter_unpack("<cH", resolutions))
        if any(mark != b"R" for mark, _ in items):
            raise EsciFormatError(f"a resolution begins with R: {data!r}")
        columns, rows = struct.unpack("<HH", end[1:])
        return cls(data[:2].decode("ascii"), tuple(dpi for _, dpi in items), columns, rows)

    def to_bytes(self) -> bytes:
        try:
            resolutions = b"".join(struct.pack("<cH", b"R", dpi) for dpi in self.resolutions_dpi)
            area = struct.pack("<cHH", b"A", self.columns, self.rows)
            return _level(self.level) + resolutions + area
        except (struct.error, UnicodeEncodeError) as error:
            raise EsciFormatError(f"{self} does not fit: {error}") from error


def _level(text: str) -> bytes:
    if len(text) != 2:
        raise EsciFormatError(f"a level has two characters: {text!r}")
    return text.encode("ascii")
