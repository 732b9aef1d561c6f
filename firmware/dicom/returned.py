"""A data set that came back from an archive, as bytes that may be those that were sent.

Archives give back what they were sent, or the same said otherwise: sequences of undefined length,
group lengths, padding behind the pixels, private values as UN (PS3.5 7.5.1, 7.2, 7.1.1, 6.2.2).
It proposes encodings and decides nothing: that is for the digest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from pydicom import DataElement, Dataset, Sequence
from pydicom.filereader import read_dataset

from firmware.dicom.part10 import explicit_little_endian
from hal.disk import FileReader

PIXEL_DATA = 0x7FE00010
HEAD_BYTES_MAX = 4 * 1024 * 1024
"""Of ours, what comes before the pixels is 130 KiB, nearly all of it the VOI LUT."""
LONG_LENGTH = slice(8, 12)
LONG_HEADER_BYTES = 12
UNDEFINED_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True)
class Encoding:
    """`head`, then what came from `start` to `end`."""

    head: bytes
    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        return len(self.head) + self.end - self.start


def encodings(file: FileReader, size_bytes: int) -> Iterator[Encoding]:
    """Of the Explicit VR Little Endian data set in `file`: as it came, then as this node writes.

    Encapsulated pixels are explicit little endian too (PS3.5 A.4).
    """
    yield Encoding(b"", 0, size_bytes)
    file.seek(0)
    again = _written_again(file.read(HEAD_BYTES_MAX), size_bytes)
    if again is not None:
        yield again


def _written_again(head: bytes, size_bytes: int) -> Encoding | None:
    """None: not to be read, or without pixels."""
    before_pixels = BytesIO(head)
    try:
        dataset = read_dataset(
            before_pixels, False, True, stop_when=lambda tag, *_: tag >= PIXEL_DATA
        )
        start = before_pixels.tell()
        canonical = explicit_little_endian(_plain(dataset))
    except Exception:  # noqa: BLE001  pydicom raises whatever the bytes make it stumble over
        return None
    length = int.from_bytes(head[start:][LONG_LENGTH], "little")
    if head[start : start + 4] != b"\xe0\x7f\x10\x00":
        return None
    end = size_bytes if length == UNDEFINED_LENGTH else start + LONG_HEADER_BYTES + length
    return Encoding(canonical, start, min(end, size_bytes))


def _plain(dataset: Dataset) -> Dataset:
    """Every value decoded, so that it is encoded anew; defined lengths, and no group lengths."""
    plain = Dataset()
    for element in dataset:
        if element.tag.element == 0:
            continue
        plain.add(_plain_element(element))
    return plain


def _plain_element(element: DataElement) -> DataElement:
    if element.VR == "SQ":
        return DataElement(element.tag, "SQ", Sequence(map(_plain, element.value)))
    return DataElement(element.tag, element.VR, element.value)
