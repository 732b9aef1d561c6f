"""One image as another instance: a new head before the same pixels, streamed from file to file.

Memory holds one block, whatever the image. The original is proven by its digest while it is read,
and the pixels are read again from the new file: until both are right, nothing takes its place.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from pydicom import Dataset, dcmread

from firmware.dicom.corrected import head_bytes, odd_heads
from firmware.dicom.entry_reader import entry_of
from firmware.dicom.file_meta import file_meta, this_release
from firmware.index.entry import Entry
from firmware.store import CORRUPT, NOT_WHOLE, READ_BYTES, PublishedFile, Store, path_of
from hal.disk import FileReader
from hal.errors import StorageCorrupt
from hal.values import SopReference, Uid


class Seekable:
    """What pydicom wants of a file, from a FileReader."""

    def __init__(self, file: FileReader) -> None:
        self.read: Callable[..., bytes] = file.read
        self.seek: Callable[..., int] = file.seek
        self.tell: Callable[[], int] = file.tell


@dataclass(frozen=True)
class Corrected:
    entry: Entry
    file: PublishedFile
    pixel_sha256: str
    """Of the Pixel Data element and what follows it: the same in both files."""


@dataclass(frozen=True)
class Correcting:
    store: Store
    ae_title: str

    def head(self, file: PublishedFile) -> tuple[Dataset, int]:
        """(data set up to the pixels, where they begin). Raises NotCorrectable."""
        with self.store.disk.open(file.path) as reader, odd_heads():
            dataset = dcmread(Seekable(reader), stop_before_pixels=True)
            return dataset, reader.tell()

    def write(
        self, original: PublishedFile, dataset: Dataset, pixels_at: int, syntax: Uid
    ) -> Corrected:
        """Publish `dataset` with the pixels of `original`.

        Raises NotCorrectable, StorageCorrupt when the original is not what was stored, and other
        StorageErrors; then nothing was published.
        """
        reference = SopReference(Uid(dataset.SOPClassUID), Uid(dataset.SOPInstanceUID))
        meta = file_meta(reference, syntax, this_release(self.ae_title))
        head = meta + head_bytes(dataset, syntax)
        size_bytes = len(head) + original.size_bytes - pixels_at
        self.store.check_room(size_bytes)
        uid = reference.sop_instance_uid
        with self.store.incoming(uid, size_bytes) as file:
            file.write(head)
            pixel_sha256 = self._copy(original, pixels_at, file.write)
            published = file.publish()
        if self.pixel_sha256(published.path, len(head)) != pixel_sha256:
            self.store.remove(published.path)
            raise StorageCorrupt(NOT_WHOLE)
        return Corrected(entry_of(dataset, syntax), published, pixel_sha256)

    def _copy(self, original: PublishedFile, pixels_at: int, write: Callable[[bytes], None]) -> str:
        whole, pixels = hashlib.sha256(), hashlib.sha256()
        with self.store.disk.open(original.path) as reader:
            whole.update(reader.read(pixels_at))
            while chunk := reader.read(READ_BYTES):
                whole.update(chunk)
                pixels.update(chunk)
                write(chunk)
        if whole.hexdigest() != original.sha256:
            raise StorageCorrupt(CORRUPT.fill(uid=original.path))
        return pixels.hexdigest()

    def same_pixels(self, original: PublishedFile, pixels_at: int, successor: Uid) -> str:
        """Of a successor that is stored already: its pixels' digest. Raises StorageCorrupt."""
        path = path_of(successor)
        _, at = self.head(PublishedFile(path, 0, ""))
        pixel_sha256 = self.pixel_sha256(path, at)
        if self.pixel_sha256(original.path, pixels_at) != pixel_sha256:
            raise StorageCorrupt(CORRUPT.fill(uid=original.path))
        return pixel_sha256

    def pixel_sha256(self, path: str, pixels_at: int) -> str:
        digest = hashlib.sha256()
        with self.store.disk.open(path) as reader:
            reader.seek(pixels_at)
            while chunk := reader.read(READ_BYTES):
                digest.update(chunk)
        return digest.hexdigest()
