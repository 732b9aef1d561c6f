"""SQLite's own files on the strict model disk: which of their bytes a power cut leaves.

As `sim.disk` for the store's files, but these are written in place and over again:

- a write is durable with the next sync of its file; of those that were not synced any may have
  survived, each alone, whole or up to a sector's end (SQLite asks no more of a disk:
  https://www.sqlite.org/atomiccommit.html, "powersafe overwrite");
- a name is durable with the sync of its folder, as SQLite does it with the first sync of a log
  or journal that it made;
- a sync that failed drops what it was to write, and the next one says success.

It is pure: what SQLite reads back is not kept here.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from sim.disk import PowerCut

SECTOR_BYTES = 512


@dataclass
class IndexFile:
    name: str
    durable: bytearray = field(default_factory=bytearray)
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes), in order; None: cut to that length."""
    is_sync_of_folder: bool = False
    """Its first sync makes the folder's names durable too."""
    size_bytes: int = 0
    """As it is in the cache."""

    def write(self, offset: int, data: bytes) -> None:
        self.unsynced.append((offset, data))
        self.size_bytes = max(self.size_bytes, offset + len(data))

    def truncate(self, size_bytes: int) -> None:
        self.unsynced.append((size_bytes, None))
        self.size_bytes = size_bytes

    def sync(self) -> None:
        for offset, data in self.unsynced:
            _apply(self.durable, offset, data)
        self.unsynced.clear()

    def sync_failed(self) -> None:
        self.unsynced.clear()

    def after(self, cut: PowerCut) -> bytes:
        left = bytearray(self.durable)
        for offset, data in self.unsynced:
            if data is None:
                if cut.name_survives():
                    _apply(left, offset, None)
            else:
                _apply(left, offset, data[: _whole_sectors(offset, data, cut)])
        return bytes(left)


def _whole_sectors(offset: int, data: bytes, cut: PowerCut) -> int:
    kept = cut.bytes_survive(len(data))
    if kept >= len(data):
        return kept
    return max(0, (offset + kept) // SECTOR_BYTES * SECTOR_BYTES - offset)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
    elif data:
        if len(content) < offset:
            content += bytes(offset - len(content))
        content[offset : offset + len(data)] = data


class IndexFiles:
    """All of one life's, by name."""

    def __init__(self, contents: Mapping[str, bytes] | None = None) -> None:
        found = contents or {}
        self._files = {
            name: IndexFile(name, bytearray(data), size_bytes=len(data))
            for name, data in found.items()
        }
        self._durable = dict(self._files)
        self._changes: list[tuple[str, IndexFile | None]] = []

    def open(self, name: str, *, syncs_folder: bool) -> IndexFile:
        """Made when it is not there."""
        if name not in self._files:
            made = IndexFile(name, is_sync_of_folder=syncs_folder)
            self._files[name] = made
            self._changes.append((name, made))
        return self._files[name]

    def remove(self, name: str) -> None:
        if self._files.pop(name, None) is not None:
            self._changes.append((name, None))

    def sync(self, file: IndexFile) -> None:
        file.sync()
        if file.is_sync_of_folder:
            self.sync_folder()
            file.is_sync_of_folder = False

    def sync_folder(self) -> None:
        for name, file in self._changes:
            _rename(self._durable, name, file)
        self._changes.clear()

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self._files.values())

    @property
    def names(self) -> list[str]:
        return sorted(self._files)

    def killed(self) -> "IndexFiles":
        """What the next process writes to when this one was killed: the cache outlives it."""
        return deepcopy(self)

    def after(self, cut: PowerCut) -> dict[str, bytes]:
        names = dict(self._durable)
        for name, file in self._changes:
            if cut.name_survives():
                _rename(names, name, file)
        return {name: file.after(cut) for name, file in sorted(names.items())}


def _rename(names: dict[str, IndexFile], name: str, file: IndexFile | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file
