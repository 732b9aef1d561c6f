"""Encapsulated Pixel Data (PS3.5 A.4): the frames of one image, each in a fragment of its own.

Pure: gives the bytes in the order of the file.
"""

import struct
from collections.abc import Iterator, Sequence

PIXEL_DATA = struct.Struct("<HH2s2xI").pack(0x7FE0, 0x0010, b"OB", 0xFFFFFFFF)
"""OB and of undefined length, whatever Bits Allocated is (PS3.5 A.4)."""
ITEM = struct.Struct("<HHI")
SEQUENCE_DELIMITATION = ITEM.pack(0xFFFE, 0xE0DD, 0)
OFFSET = struct.Struct("<I")


def pixel_data(frames: Sequence[bytes]) -> Iterator[bytes]:
    """The whole element, with its Basic Offset Table."""
    yield PIXEL_DATA
    yield _item(OFFSET.size * len(frames)) + offset_table(frames)
    for frame in frames:
        yield _item(_even(len(frame)))
        yield frame
        yield bytes(len(frame) % 2)  # behind the end marker, where a decoder no longer looks
    yield SEQUENCE_DELIMITATION


def offset_table(frames: Sequence[bytes]) -> bytes:
    """From the first byte of the first frame's item to each frame's item (PS3.5 A.4)."""
    table, offset = b"", 0
    for frame in frames:
        table += OFFSET.pack(offset)
        offset += ITEM.size + _even(len(frame))
    return table


def _item(length: int) -> bytes:
    return ITEM.pack(0xFFFE, 0xE000, length)


def _even(length: int) -> int:
    return length + length % 2
