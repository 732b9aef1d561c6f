"""Whether a file has all the pixels that its head announces: pydicom takes fewer without a word."""

from enum import Enum
from typing import Protocol

from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

PIXEL_TAGS = {b"\xe0\x7f\x10\x00", b"\xe0\x7f\x08\x00", b"\xe0\x7f\x09\x00"}
"""Pixel Data, Float and Double Float Pixel Data, little-endian."""
UNDEFINED_LENGTH = 0xFFFFFFFF


class Pixels(Enum):
    THERE = "there"
    NONE = "no pixels"
    CUT_SHORT = "cut short"


class Reader(Protocol):
    def read(self, count: int, /) -> bytes: ...

    def tell(self) -> int: ...


def pixels_of(file: Reader, size_bytes: int, syntax: str) -> Pixels:
    """`file` stands where the pixels begin, if there are any; `size_bytes`: of the whole of it.

    Compressed ones announce no length (PS3.5 A.4), and a deflated data set has no place in the
    file: those count as there.
    """
    if syntax == DeflatedExplicitVRLittleEndian:
        return Pixels.THERE
    head = file.read(8 if syntax == ImplicitVRLittleEndian else 12)  # PS3.5 7.1.2, 7.1.3
    if head[:4] not in PIXEL_TAGS:
        return Pixels.CUT_SHORT if 0 < len(head) < 8 else Pixels.NONE
    length = int.from_bytes(head[-4:], "little")
    if length == 0:
        return Pixels.NONE
    is_short = length != UNDEFINED_LENGTH and file.tell() + length > size_bytes
    return Pixels.CUT_SHORT if is_short else Pixels.THERE
