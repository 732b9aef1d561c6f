"""A stored DICOM file in a lossless transfer syntax, for an archive behind a thin line.

The same instance: the SOP Instance UID and every element but Pixel Data stay, byte for byte, as
nothing was lost (PS3.3 C.7.6.1.1.5: Lossy Image Compression says the same as before). What does
not fit is not recoded, and goes as it is stored. It never changes the stored file.

Memory: a frame's samples twice (one is the decoder's, for the proof) and its codestream. JPEG-LS
cannot be made in strips; see PIXEL_BYTES_MAX.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from firmware.dicom.encapsulated import PIXEL_DATA, pixel_data
from firmware.dicom.file_meta import file_meta, this_release
from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN
from firmware.imaging.lossless import Codec, NotTheSame, Samples, compressed
from hal.disk import FileReader
from hal.errors import Sentence, StorageCorrupt
from hal.values import SopReference, Uid

HEAD_BYTES_MAX = 4 * 1024 * 1024
"""Ours have a VOI LUT of 128 KiB before the pixels, and little else."""
PIXEL_BYTES_MAX = 256 * 1024 * 1024
"""Of one image. Measured (bench/lossless.py): the 168 MB of a 35 x 43 cm film at 600 dpi take 385
MB more for JPEG-LS and 436 MB for HTJ2K, 2.6 times as much. A board of 2 GiB can spare three times
this; a larger image is sent as it is stored."""
READ_BYTES = 1024 * 1024
PIXEL_HEAD_BYTES = 12

OTHER_BYTES = Sentence(
    en="The file of instance {uid} is not what was stored (SHA-256 differs). It was not "
    "delivered; restore it from the mirror.",
    fr="Le fichier de l'instance {uid} n'est pas celui qui a été enregistré (SHA-256 différent). "
    "Il n'a pas été envoyé ; restaurez-le depuis le miroir.",
)


class NotRecodable(Exception):
    """Not in this syntax, and why: the image is sent as it is stored."""


@dataclass(frozen=True)
class Recoded:
    reference: SopReference
    transfer_syntax_uid: Uid
    head: bytes
    """From the preamble up to Pixel Data."""
    frames: tuple[bytes, ...]

    def parts(self) -> Iterator[bytes]:
        """The file, in order."""
        yield self.head
        yield from pixel_data(self.frames)

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.parts()))

    @property
    def sha256(self) -> str:
        digest = hashlib.sha256()
        for part in self.parts():
            digest.update(part)
        return digest.hexdigest()


@dataclass(frozen=True)
class Layout:
    """Where what is in a file that can be recoded."""

    reference: SopReference
    source_ae_title: str
    dataset_offset: int
    pixel_offset: int
    """Of the Pixel Data element."""
    pixel_bytes: int
    rows: int
    columns: int
    frames: int

    @property
    def frame_bytes(self) -> int:
        return 2 * self.rows * self.columns


def recoded(source: FileReader, sha256: str, codec: Codec) -> Recoded:
    """The file read from its beginning, held against its digest. Raises NotRecodable,
    StorageCorrupt, OSError."""
    digest = hashlib.sha256()
    head = _up_to(source, HEAD_BYTES_MAX)
    digest.update(head)
    layout = layout_of(head)
    pixels = _Pixels(head[layout.pixel_offset + PIXEL_HEAD_BYTES :], source, digest)
    frames = tuple(_frames(pixels, layout, codec))
    if pixels.rest() not in (b"", b"\0") or digest.hexdigest() != sha256:
        raise _wrong_end(layout, digest.hexdigest() == sha256)
    syntax = Uid(codec.transfer_syntax_uid)
    meta = file_meta(layout.reference, syntax, this_release(layout.source_ae_title))
    return Recoded(
        reference=layout.reference,
        transfer_syntax_uid=syntax,
        head=meta + head[layout.dataset_offset : layout.pixel_offset],
        frames=frames,
    )


def _wrong_end(layout: Layout, is_as_stored: bool) -> Exception:
    if is_as_stored:
        return NotRecodable("there is more behind the pixels")
    return StorageCorrupt(OTHER_BYTES.fill(uid=layout.reference.sop_instance_uid))


class _Pixels:
    """The value of Pixel Data: first what came with the head, then from the file."""

    def __init__(self, begun: bytes, source: FileReader, digest: "hashlib._Hash") -> None:
        self._begun = memoryview(begun)
        self._source = source
        self._digest = digest

    def fill(self, view: memoryview) -> None:
        """Raises NotRecodable when the file ends before."""
        taken = min(len(view), len(self._begun))
        view[:taken] = self._begun[:taken]
        self._begun = self._begun[taken:]
        view = view[taken:]
        while view:
            count = self._source.readinto(view[:READ_BYTES])
            if not count:
                raise NotRecodable("the pixels end early")
            self._digest.update(view[:count])
            view = view[count:]

    def rest(self) -> bytes:
        """What is behind the last frame, to the end of the file."""
        rest = bytes(self._begun)
        while more := self._source.read(READ_BYTES):
            self._digest.update(more)
            rest = (rest + more)[:READ_BYTES]
        return rest


def _frames(pixels: _Pixels, layout: Layout, codec: Codec) -> Iterator[bytes]:
    for _ in range(layout.frames):
        samples: Samples = np.empty((layout.rows, layout.columns), "<u2")
        pixels.fill(samples.data.cast("B"))
        try:
            yield compressed(samples, codec)
        except NotTheSame as error:
            raise NotRecodable(str(error)) from error


def _up_to(source: FileReader, size: int) -> bytes:
    head = b""
    while len(head) < size and (more := source.read(size - len(head))):
        head += more
    return head


def layout_of(head: bytes) -> Layout:
    """Raises NotRecodable."""
    stream = BytesIO(head)
    try:
        image = dcmread(stream, stop_before_pixels=True)
        _check(image)
        return _layout(image, head, stream.tell())
    except NotRecodable:
        raise
    except (InvalidDicomError, AttributeError, KeyError, ValueError, TypeError, EOFError) as error:
        raise NotRecodable(f"its head cannot be read: {error}") from error


def _check(image: Dataset) -> None:
    """Both codecs here write 16 bits, and know no sign."""
    described = {
        "TransferSyntaxUID": (image.file_meta.TransferSyntaxUID, EXPLICIT_VR_LITTLE_ENDIAN),
        "SamplesPerPixel": (image.SamplesPerPixel, 1),
        "BitsAllocated": (image.BitsAllocated, 16),
        "BitsStored": (image.BitsStored, 16),
        "PixelRepresentation": (image.PixelRepresentation, 0),
    }
    for name, (value, wanted) in described.items():
        if value != wanted:
            raise NotRecodable(f"{name} is {value}, not {wanted}")


def _layout(image: Dataset, head: bytes, offset: int) -> Layout:
    element = head[offset : offset + PIXEL_HEAD_BYTES]
    if len(element) < PIXEL_HEAD_BYTES or element[:4] != PIXEL_DATA[:4]:
        raise NotRecodable("no Pixel Data where it was looked for")
    layout = Layout(
        reference=SopReference(Uid(str(image.SOPClassUID)), Uid(str(image.SOPInstanceUID))),
        source_ae_title=str(image.file_meta.get("SourceApplicationEntityTitle", "")),
        dataset_offset=_dataset_offset(head),
        pixel_offset=offset,
        pixel_bytes=int.from_bytes(element[8:], "little"),
        rows=int(image.Rows),
        columns=int(image.Columns),
        frames=int(image.get("NumberOfFrames", 1)),
    )
    expected = layout.frames * layout.frame_bytes
    if layout.pixel_bytes != expected or not expected:
        raise NotRecodable(f"{layout.pixel_bytes} bytes of pixels, not {expected}")
    if expected > PIXEL_BYTES_MAX:
        raise NotRecodable(f"{expected} bytes are more than {PIXEL_BYTES_MAX} at once")
    return layout


def _dataset_offset(head: bytes) -> int:
    """Behind group 2, whose length comes first in it (PS3.10 table 7.1-1)."""
    return 144 + int.from_bytes(head[140:144], "little")
