"""Whose film an image shows, and whose it says it is: read from the bytes that an archive got.

Its own reader of Explicit VR Little Endian (PS3.5 7.1.2), a few top-level elements and no more:
it shares no code with what wrote them, and takes a hundredth of pydicom's time.
"""

import struct
from dataclasses import dataclass

import numpy as np

from sim.seeded_devices import film_number

PREFIX_END = 132
GROUP_LENGTH_BYTES = 12
LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT"))
UNDEFINED_LENGTH = 0xFFFFFFFF
MODALITY = 0x00080060
SOP_INSTANCE_UID, ACCESSION_NUMBER, PATIENT_ID = 0x00080018, 0x00080050, 0x00100020
ROWS, COLUMNS, PIXEL_DATA = 0x00280010, 0x00280011, 0x7FE00010
WANTED = frozenset(
    (SOP_INSTANCE_UID, ACCESSION_NUMBER, MODALITY, PATIENT_ID, ROWS, COLUMNS, PIXEL_DATA)
)
NO_PIXELS = "KO"
"""A rejection note (PS3.3 A.35.4)."""
ELEMENTS_MAX = 500  # a whole data set of ours has about a hundred


@dataclass(frozen=True)
class ReceivedFilm:
    sop_instance_uid: str
    patient_id: str
    accession_number: str
    film: int | None
    """The number that its pixels show; None where they are encapsulated, or there are none."""


UNREADABLE = ReceivedFilm("", "", "", None)


def read_film(content: bytes | bytearray) -> ReceivedFilm:
    """UNREADABLE when this is no DICOM file with these elements in place."""
    try:
        values = _values(content)
        return ReceivedFilm(
            sop_instance_uid=_text(values[SOP_INSTANCE_UID]),
            patient_id=_text(values[PATIENT_ID]),
            accession_number=_text(values[ACCESSION_NUMBER]),
            film=None if _text(values.get(MODALITY)) == NO_PIXELS else _film(values),
        )
    except (KeyError, ValueError, IndexError, struct.error):
        return UNREADABLE


def data_set_offset(content: bytes | bytearray) -> int:
    """Behind preamble, prefix and File Meta Information (PS3.10 7.1)."""
    if content[128:PREFIX_END] != b"DICM":
        raise ValueError("no DICM prefix")
    (meta_bytes,) = struct.unpack_from("<I", content, PREFIX_END + GROUP_LENGTH_BYTES - 4)
    return PREFIX_END + GROUP_LENGTH_BYTES + int(meta_bytes)


def _values(content: bytes | bytearray) -> dict[int, memoryview | None]:
    """The wanted ones; None for one of undefined length, which here is the last."""
    view, position = memoryview(content), data_set_offset(content)
    found: dict[int, memoryview | None] = {}
    for _ in range(ELEMENTS_MAX):
        if position >= len(view):
            break
        group, element = struct.unpack_from("<HH", view, position)
        tag, vr = group << 16 | element, bytes(view[position + 4 : position + 6])
        if vr in LONG_VRS:
            (length,), start = struct.unpack_from("<I", view, position + 8), position + 12
        else:
            (length,), start = struct.unpack_from("<H", view, position + 6), position + 8
        if length == UNDEFINED_LENGTH:
            if tag in WANTED:
                found[tag] = None
            return found
        position = start + length
        if position > len(view):
            raise ValueError("cut inside an element")
        if tag in WANTED:
            found[tag] = view[start:position]
    return found


def _film(values: dict[int, memoryview | None]) -> int | None:
    pixels = values[PIXEL_DATA]
    if pixels is None:
        return None
    rows, columns = (_unsigned(values[tag]) for tag in (ROWS, COLUMNS))
    return film_number(np.frombuffer(pixels, "<u2")[: rows * columns].reshape(rows, columns))


def _unsigned(value: memoryview | None) -> int:
    return int.from_bytes(value or b"", "little")


def _text(value: memoryview | None) -> str:
    return bytes(value or b"").rstrip(b"\0 ").decode("utf-8")
