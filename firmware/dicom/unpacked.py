"""A data set with compressed pixels, as an archive gives it back, with its samples as they were.

Archives keep the syntax that they were sent, or none of it. It proposes bytes and decides nothing:
whether they are the image that was stored, only the digest says.

Memory: the codestreams and one frame's samples, bounded as in `firmware.dicom.recode`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.filereader import read_dataset

from firmware.dicom.recode import PIXEL_BYTES_MAX
from firmware.dicom.returned import HEAD_BYTES_MAX, PIXEL_DATA
from firmware.imaging.lossless import Codec, NotTheSame, decoded
from hal.disk import FileReader

PIXEL_TAG = b"\xe0\x7f\x10\x00"
PIXEL_HEAD_BYTES = 12
UNDEFINED_LENGTH = b"\xff\xff\xff\xff"
STARTS = {b"\xff\xd8": Codec.JPEG_LS, b"\xff\x4f": Codec.HTJ2K}
"""SOI of ISO 14495-1, SOC of ISO 15444-1."""


class NotUnpacked(Exception):
    """Not a grayscale image in one of our codecs."""


@dataclass(frozen=True)
class Packed:
    head: bytes
    """Up to Pixel Data."""
    codestreams: tuple[bytes, ...]
    shape: tuple[int, int]

    @property
    def pixel_bytes(self) -> int:
        return 2 * self.shape[0] * self.shape[1] * len(self.codestreams)

    def parts(self) -> Iterator[bytes | memoryview]:
        """The data set in Explicit VR Little Endian, in order. Raises NotUnpacked."""
        yield self.head + PIXEL_TAG + b"OW\0\0" + self.pixel_bytes.to_bytes(4, "little")
        for codestream in self.codestreams:
            yield self._samples(codestream)

    def _samples(self, codestream: bytes) -> memoryview:
        codec = STARTS.get(codestream[:2])
        if codec is None:
            raise NotUnpacked("another codec")
        try:
            samples = decoded(codestream, codec)
        except NotTheSame as error:
            raise NotUnpacked(str(error)) from error
        if samples.shape != self.shape or samples.dtype.itemsize != 2:
            raise NotUnpacked(f"{samples.dtype} samples of shape {samples.shape}")
        return np.ascontiguousarray(samples, "<u2").data.cast("B")


def packed(file: FileReader, size_bytes: int) -> Packed | None:
    """None: its pixels are not encapsulated. Raises NotUnpacked."""
    file.seek(0)
    head = file.read(min(HEAD_BYTES_MAX, size_bytes))
    try:
        image, start = _before_pixels(head)
    except Exception:  # noqa: BLE001  pydicom raises whatever the bytes make it stumble over
        return None
    element = head[start : start + PIXEL_HEAD_BYTES]
    if element[:4] != PIXEL_TAG or element[8:] != UNDEFINED_LENGTH:
        return None
    if size_bytes > PIXEL_BYTES_MAX:
        raise NotUnpacked(f"{size_bytes} bytes of codestreams")
    file.seek(start + PIXEL_HEAD_BYTES)
    return _packed(image, head[:start], file.read(size_bytes))


def _before_pixels(head: bytes) -> tuple[Dataset, int]:
    stream = BytesIO(head)
    image = read_dataset(stream, False, True, stop_when=lambda tag, *_: tag >= PIXEL_DATA)
    return image, stream.tell()


def _packed(image: Dataset, head: bytes, value: bytes) -> Packed:
    try:
        frames = int(image.get("NumberOfFrames", 1))
        codestreams = tuple(generate_frames(value, number_of_frames=frames))
        found = Packed(head, codestreams, (int(image.Rows), int(image.Columns)))
    except Exception as error:  # as above
        raise NotUnpacked(f"fragments that cannot be read: {error}") from error
    if len(codestreams) != frames or not 0 < found.pixel_bytes <= PIXEL_BYTES_MAX:
        raise NotUnpacked(f"{len(codestreams)} frames of {found.shape}")
    return found
