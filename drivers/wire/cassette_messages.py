"""Messages of the cassette reader's protocol (docs/protocols/cassette-reader.md). Pure.

Each is a frozen value with the document's fields in its order; `cassette_bodies` turns them into
bytes and back.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Kind(IntEnum):
    IDENTIFY = 0x01
    STATUS = 0x02
    LOAD = 0x03
    READ = 0x04
    CREDIT = 0x05
    MISSING = 0x06
    ERASE = 0x07
    EJECT = 0x08
    CANCEL = 0x09
    IDENTITY = 0x81
    STATE = 0x82
    LOADED = 0x83
    READING = 0x84
    SAMPLES = 0x85
    READ_END = 0x86
    DONE = 0x87
    WORKING = 0x88
    ERROR = 0x8F


class ReaderState(IntEnum):
    IDLE = 0
    CASSETTE_IN = 1
    READING = 2
    READ_AND_KEPT = 3
    ERASING = 4
    ERASED = 5
    FAULT = 6


class StateFlag(IntFlag):
    LID_OPEN = 1
    IMAGE_KEPT = 2


class PlateFlag(IntFlag):
    NOT_ERASED = 1
    NOT_FROM_BARCODE = 2


class ErrorCode(IntEnum):
    JAM = 1
    NO_CASSETTE = 2
    UNKNOWN_CASSETTE = 3
    BARCODE_UNREADABLE = 4
    LASER = 5
    NOT_ERASED = 6
    LID_OPEN = 7
    NOT_THE_IMAGE = 8
    WRONG_STATE = 9
    BAD_REQUEST = 10
    ERASE_FAILED = 11
    WRONG_CASSETTE = 12


@dataclass(frozen=True)
class Identify:
    pass


@dataclass(frozen=True)
class Status:
    pass


@dataclass(frozen=True)
class Load:
    pass


@dataclass(frozen=True)
class Eject:
    pass


@dataclass(frozen=True)
class Read:
    read: int
    from_sample: int
    pitch_um: int
    gain_thousandths: int
    segment_bytes: int
    until_sample: int


@dataclass(frozen=True)
class Credit:
    read: int
    received: int
    until_sample: int


@dataclass(frozen=True)
class Missing:
    read: int
    pieces: tuple[tuple[int, int], ...]
    """(first sample, samples) of each."""


@dataclass(frozen=True)
class Erase:
    read: int
    samples: int
    crc32: int


@dataclass(frozen=True)
class Cancel:
    read: int


@dataclass(frozen=True)
class Identity:
    maker: str
    model: str
    serial_number: str
    firmware_version: str
    bits: int
    pitches_um: tuple[int, ...]
    gain_lowest_thousandths: int
    gain_highest_thousandths: int


@dataclass(frozen=True)
class State:
    state: int
    flags: int
    read: int


@dataclass(frozen=True)
class Loaded:
    plate_id: str
    plate_type: str
    width_mm: int
    height_mm: int
    exposures: int
    flags: int


@dataclass(frozen=True)
class Reading:
    read: int
    columns: int
    rows: int
    pitch_um: int
    gain_thousandths: int
    bits: int


@dataclass(frozen=True)
class Samples:
    read: int
    first_sample: int
    samples: bytes
    """Little-endian uint16, not scrambled."""


@dataclass(frozen=True)
class ReadEnd:
    read: int
    samples: int
    crc32: int


@dataclass(frozen=True)
class Done:
    kind: int


@dataclass(frozen=True)
class Working:
    kind: int


@dataclass(frozen=True)
class Error:
    code: int
    detail: str


Request = Identify | Status | Load | Read | Credit | Missing | Erase | Eject | Cancel
Reply = Identity | State | Loaded | Reading | Samples | ReadEnd | Done | Working | Error
Message = Request | Reply
