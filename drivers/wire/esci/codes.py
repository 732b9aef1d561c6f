"""The one-byte vocabulary of ESC/I: control codes, commands, status bits."""

from enum import IntFlag
from typing import Final

STX: Final = 0x02
ACK: Final = b"\x06"
NAK: Final = b"\x15"
CAN: Final = b"\x18"
ESC: Final = 0x1B
FS: Final = 0x1C

RESET: Final = b"\x1b@"
STATUS: Final = b"\x1bF"
CAPABILITIES: Final = b"\x1bI"
DETAILED_STATUS: Final = b"\x1bf"
HARDWARE: Final = b"\x1bi"
CLASSIC_START: Final = b"\x1bG"
EXTENDED_IDENTITY: Final = b"\x1cI"
EXTENDED_STATUS: Final = b"\x1cF"
SET_PARAMETERS: Final = b"\x1cW"
GET_PARAMETERS: Final = b"\x1cS"
EXTENDED_START: Final = b"\x1cG"

COMMAND_BYTES: Final = 2
INTRODUCERS: Final = (ESC, FS)

PARAMETER_BYTES: Final[dict[bytes, int]] = (
    {b"\x1b" + letter.to_bytes(): 1 for letter in b"DCegdLZBMQKNstp"}
    | {b"\x1bR": 4, b"\x1bA": 8, b"\x1bm": 9, b"\x1bz": 257}
    | {SET_PARAMETERS: 64}
)
"""Commands acknowledged first, then followed by this many bytes and a second ACK or NAK."""

INFO_BLOCK_BYTES: Final[dict[bytes, int]] = {b"\x1bq": 2, b"\x1b!": 1, b"\x1bS": 45}
"""Settings the host may ask back, each as an info block of this many bytes."""


class Status(IntFlag):
    """ESC F, and the status byte of every info block, FS G reply and ESC G block."""

    FATAL = 0x80
    BUSY = 0x40
    AREA_END = 0x20
    OPTION_FITTED = 0x10
    EXTENDED_COMMANDS = 0x02


class MainStatus(IntFlag):
    """First byte of FS F and of ESC f."""

    FATAL = 0x80
    NOT_READY = 0x40
    WARMING_UP = 0x02
    BUTTON = 0x01


class TransparencyUnit(IntFlag):
    """The transparency unit's byte of FS F and of ESC f."""

    FITTED = 0x80
    ENABLED = 0x40
    ERROR = 0x20
    COVER_OPEN = 0x02


class BlockError(IntFlag):
    """The byte after each image block of FS G."""

    FATAL = 0x80
    NOT_READY = 0x40
    CANCEL = 0x10


class Colour:
    GRAY: Final = 0x00
    RGB: Final = 0x13


class Source:
    """FS W byte 26, the parameter of ESC e."""

    BED: Final = 0
    TRANSPARENCY_UNIT: Final = 1
    INFRARED: Final = 3
    SECOND_TRANSPARENCY_UNIT: Final = 5
