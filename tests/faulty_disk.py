"""A real disk that fails where a test wants it to."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.posix_disk import PosixDisk, storage_errors
from hal.disk import Buffer, FileWriter


class _FullWriter:
    def __init__(self, writer: FileWriter, disk: "FullDisk") -> None:
        self._writer = writer
        self._disk = disk

    def write(self, data: Buffer) -> None:
        self._disk.room_bytes -= memoryview(data).nbytes
        if self._disk.room_bytes < 0:
            with storage_errors():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._writer.write(data)

    def settle(self) -> None:
        self._writer.settle()

    def sync(self) -> None:
        self._writer.sync()

    def close(self) -> None:
        self._writer.close()


class FullDisk(PosixDisk):
    """`room_bytes` can be written; `free_told_bytes` is what it says is free."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.room_bytes = 1 << 40
        self.free_told_bytes: int | None = None

    @contextmanager
    def create(self, path: str) -> Iterator[FileWriter]:
        with super().create(path) as writer:
            yield _FullWriter(writer, self)

    def free_bytes(self) -> int:
        return super().free_bytes() if self.free_told_bytes is None else self.free_told_bytes
