"""What an archive gave back, as a file of plain samples: as it came, or unpacked beside it."""

from collections.abc import Generator
from contextlib import contextmanager

from firmware.dicom.unpacked import packed
from hal.disk import Disk, FileReader


@contextmanager
def unpacked(disk: Disk, path: str, size_bytes: int) -> Generator[tuple[FileReader, int]]:
    """(a reader, its size). What is made here goes again. Raises NotUnpacked, StorageError."""
    with disk.open(path) as file:
        found = packed(file, size_bytes)
        if found is None:
            yield file, size_bytes
            return
    plain = f"{path}.plain"
    disk.remove(plain)
    try:
        plain_bytes = 0
        with disk.create(plain) as writer:
            for part in found.parts():
                writer.write(part)
                plain_bytes += len(part)
        with disk.open(plain) as file:
            yield file, plain_bytes
    finally:
        disk.remove(plain)
