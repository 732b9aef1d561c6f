"""Where the data set begins in a DICOM file (PS3.10 7.1), and what the file says it is.

Pure. C-STORE sends the data set alone: preamble and File Meta Information stay behind.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hal.disk import Buffer
from hal.values import SopReference, Uid

PREFIX_END = 132
"""128 bytes of preamble, then DICM."""
GROUP_LENGTH = struct.Struct("<HH2sHI")
"""(0002,0000) UL in Explicit VR Little Endian, the only encoding of group 2."""
SHORT_HEADER = struct.Struct("<HH2sH")
LONG_HEADER = struct.Struct("<HH2sxxI")
LONG_VRS = (b"OB", b"UN", b"UT", b"UC", b"UR", b"OW", b"SQ")
"""With a 32-bit length (PS3.5 table 7.1-1); in group 2 only OB occurs."""
NAMES = (0x0002, 0x0003, 0x0010)
"""Media Storage SOP Class UID, its Instance UID, Transfer Syntax UID (PS3.10 table 7.1-1)."""
META_BYTES_MAX = 64 * 1024
"""Group 2 of the files in this store is under 1 KiB."""
HEAD_BYTES_MAX = PREFIX_END + GROUP_LENGTH.size + META_BYTES_MAX


class NotPart10(ValueError):
    """The bytes do not begin as a DICOM file does."""


@dataclass(frozen=True)
class FileHead:
    reference: SopReference
    transfer_syntax_uid: Uid
    data_set_offset: int


def read_head(head: Buffer) -> FileHead:
    """`head`: the first HEAD_BYTES_MAX bytes of the file, or all of a shorter one."""
    if head[128:PREFIX_END] != b"DICM" or len(head) < PREFIX_END + GROUP_LENGTH.size:
        raise NotPart10("no DICM prefix")
    group, element, vr, _, length = GROUP_LENGTH.unpack_from(head, PREFIX_END)
    offset = PREFIX_END + GROUP_LENGTH.size + length
    if (group, element, vr) != (0x0002, 0x0000, b"UL") or offset > len(head):
        raise NotPart10("no File Meta Information Group Length")
    return _named(bytes(head[PREFIX_END:offset]), offset)


def _named(meta: bytes, offset: int) -> FileHead:
    values = dict(_elements(meta))
    try:
        sop_class, sop_instance, syntax = (_uid(values[number]) for number in NAMES)
    except KeyError as error:
        raise NotPart10(f"no element (0002,{error.args[0]:04X})") from error
    return FileHead(SopReference(sop_class, sop_instance), syntax, offset)


def _uid(value: bytes) -> Uid:
    return Uid(value.rstrip(b"\0 ").decode("ascii", "replace"))


def _elements(meta: bytes) -> Iterator[tuple[int, bytes]]:
    """Element numbers and values of group 2, in Explicit VR Little Endian (PS3.5 7.1.2)."""
    position = 0
    while position < len(meta):
        header, start = SHORT_HEADER, position + SHORT_HEADER.size
        if meta[position + 4 : position + 6] in LONG_VRS:
            header, start = LONG_HEADER, position + LONG_HEADER.size
        if start > len(meta):
            raise NotPart10("File Meta Information cut inside an element")
        group, number, _, length = header.unpack_from(meta, position)
        position = start + length
        if group != 0x0002 or position > len(meta):
            raise NotPart10("File Meta Information with an element that does not belong")
        yield number, meta[start:position]
