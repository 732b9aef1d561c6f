"""Real file systems, made small, as a node mounts them."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.recording_disk import Write

MIB = 1 << 20
EXTENT_BYTES = 64 * 1024


@dataclass(frozen=True)
class FileSystem:
    name: str
    size_bytes: int
    make: tuple[str, ...]
    options: str
    superblock: int
    """Where it is. No write over it is ever torn: it is rewritten in place, so each of these
    file systems counts on its drive to write this one sector whole."""


FILE_SYSTEMS = {
    fs.name: fs
    for fs in (
        FileSystem(
            "ext4", 32 * MIB, ("/usr/sbin/mkfs.ext4", "-q", "-F", "-E", "nodiscard"), "", 1024
        ),
        FileSystem(
            "btrfs",
            128 * MIB,
            ("/usr/sbin/mkfs.btrfs", "-q", "-f", "-K"),
            "nodiscard",
            65536,
        ),
        FileSystem(
            "xfs",
            300 * MIB,  # mkfs.xfs makes none smaller
            ("/usr/sbin/mkfs.xfs", "-q", "-f", "-K"),
            "nodiscard",
            0,
        ),
    )
}


def make(fs: FileSystem, image: Path) -> None:
    empty(image, fs.size_bytes)
    subprocess.run([*fs.make, image], check=True, stdout=subprocess.DEVNULL)


def empty(image: Path, size_bytes: int) -> None:
    """All zeros, and sparse."""
    with image.open("wb") as file:
        file.truncate(size_bytes)


def extents(image: Path) -> list[Write]:
    """What is not zero in it: so a copy costs what is in it, not its size."""
    found = []
    with image.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        offset = 0
        while offset < size_bytes:
            try:
                offset = os.lseek(file.fileno(), offset, os.SEEK_DATA) // EXTENT_BYTES
            except OSError:  # ENXIO: nothing but a hole from here on
                break
            offset *= EXTENT_BYTES
            data = os.pread(file.fileno(), EXTENT_BYTES, offset)
            if any(data):
                found.append(Write(offset, data))
            offset += EXTENT_BYTES
    return found


def fill(image: Path, size_bytes: int, writes: list[Write]) -> None:
    empty(image, size_bytes)
    with image.open("r+b", buffering=0) as file:
        for write in writes:
            os.pwrite(file.fileno(), write.data, write.offset)
