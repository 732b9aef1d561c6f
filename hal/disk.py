"""The file system under the store, as few calls as durability needs.

Paths are relative to the store's root, with `/`. Every failure is a StorageError: StorageFull
(ENOSPC, EDQUOT) or StorageFailed (any other errno).
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

Buffer = bytes | bytearray | memoryview


class FileReader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def readinto(self, buffer: bytearray | memoryview, /) -> int: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


class FileWriter(Protocol):
    """A new file, written from front to back."""

    def write(self, data: Buffer) -> None:
        """Append all of it. Writing back to the disk may begin at once."""

    def settle(self) -> None:
        """Make what was written so far durable, so that `sync` has little left to do."""

    def sync(self) -> None:
        """fsync. One that failed, here or in `settle`, is final: every later call fails too."""

    def close(self) -> None: ...


class Disk(Protocol):
    def lock(self) -> None:
        """Own this root until `unlock` or the end of the process; no error when it is owned here.

        Raises StorageInUse.
        """

    def unlock(self) -> None: ...

    def make_folders(self, paths: Iterable[str]) -> None:
        """Create them, parents too, durably; no error when they exist."""

    def create(self, path: str) -> AbstractContextManager[FileWriter]:
        """A new file; an existing one is an error."""

    def open(self, path: str) -> AbstractContextManager[FileReader]: ...

    def rename(self, source: str, target: str) -> None:
        """Atomic within the root; not durable before `sync_folder` of the target's folder."""

    def sync_folder(self, path: str) -> None: ...

    def remove(self, path: str) -> None: ...

    def names(self, folder: str) -> list[str]:
        """File names in it, sorted."""

    def size_bytes(self, path: str) -> int | None:
        """None when there is no such file."""

    def free_bytes(self) -> int: ...
