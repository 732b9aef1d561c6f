"""Where the data set begins in a DICOM file (PS3.10 7.1), and what the file says it is.

Pure. C-STORE sends the data set alone: preamble and File Meta Information stay behind.
"""

import struct
from dataclasses import dataclass
from io import BytesIO

from pydicom.filereader import read_dataset

from hal.values import SopReference, Uid

PREFIX_END = 132
"""128 bytes of preamble, then DICM."""
GROUP_LENGTH = struct.Struct("<HH2sHI")
"""(0002,0000) UL in Explicit VR Little Endian, the only encoding of group 2."""
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


def read_head(head: bytes) -> FileHead:
    """`head`: the first HEAD_BYTES_MAX bytes of the file, or all of a shorter one."""
    if head[128:PREFIX_END] != b"DICM" or len(head) < PREFIX_END + GROUP_LENGTH.size:
        raise NotPart10("no DICM prefix")
    group, element, vr, _, length = GROUP_LENGTH.unpack_from(head, PREFIX_END)
    offset = PREFIX_END + GROUP_LENGTH.size + length
    if (group, element, vr) != (0x0002, 0x0000, b"UL") or offset > len(head):
        raise NotPart10("no File Meta Information Group Length")
    return _named(head[PREFIX_END:offset], offset)


def _named(meta: bytes, offset: int) -> FileHead:
    try:
        elements = read_dataset(BytesIO(meta), is_implicit_VR=False, is_little_endian=True)
        reference = SopReference(
            Uid(str(elements.MediaStorageSOPClassUID)),
            Uid(str(elements.MediaStorageSOPInstanceUID)),
        )
        return FileHead(reference, Uid(str(elements.TransferSyntaxUID)), offset)
    except Exception as error:  # pydicom raises whatever the bytes make it stumble over
        raise NotPart10("File Meta Information that cannot be read") from error
