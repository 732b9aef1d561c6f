"""A disk as strict as POSIX allows: what was not synced is not there after a power cut.

Real file systems are kinder, each in its own way, and so each hides some mistakes: ext4 and xfs
write a whole journal at any fsync, btrfs makes a new name durable with its file. This one
promises nothing that `hal.disk` does not:

- a file's bytes are durable up to its last `sync` or `settle`, its name by `sync_folder` of its
  folder alone; one without the other is possible in both directions;
- of what was not synced, any part may have survived: any subset of the changes of names, any
  number of a file's later bytes, its length with zeros in place of its bytes;
- a change of names within one folder happens whole or not at all;
- a sync that failed drops the bytes it was to write, and the next one says success.

It is pure: no files, no clock, no chance of its own. What survives is asked of a `PowerCut`, and
`before` is called ahead of every effect: there a caller counts, switches, raises a StorageError
for this effect (`ShortWrite`: of a part of it; `SyncLied`: nobody notices), or cuts the power.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import Protocol

from drivers.posix_disk import FAILED, FULL, IN_USE
from hal.disk import Buffer, FileReader, FileWriter
from hal.errors import StorageError, StorageFailed, StorageFull, StorageInUse

CAPACITY_BYTES = 1 << 30  # for tests that do not care
Effect = tuple[str, str]
"""(what, path): create, write, settle, sync, rename, sync_folder, remove, make_folder."""


def _go_on(_: Effect) -> None:
    pass


def _nothing() -> int:
    return 0


class ShortWrite(StorageFailed):
    """Half of it was written, and then the write failed."""


class SyncLied(Exception):
    """The disk says that it synced, and did not."""


class PowerCut(Protocol):
    """Decides what survived of everything that was not synced."""

    def name_survives(self) -> bool:
        """This change of names."""

    def bytes_survive(self, unsynced_bytes: int) -> int:
        """How many of these, from the front: 0 to all."""

    def length_survives(self) -> bool:
        """The file's length, with zeros where its bytes did not."""


@dataclass(frozen=True)
class AllOrNothing:
    """The two ends: every byte made it just in time, or only what was synced."""

    survives: bool

    def name_survives(self) -> bool:
        return self.survives

    def bytes_survive(self, unsynced_bytes: int) -> int:
        return unsynced_bytes if self.survives else 0

    def length_survives(self) -> bool:
        return self.survives


@dataclass
class _Inode:
    data: bytearray = field(default_factory=bytearray)
    synced_bytes: int = 0
    dropped: list[tuple[int, int]] = field(default_factory=list)
    """(start, end): readable from the cache, never to be written."""
    is_open: bool = True

    @property
    def is_settled(self) -> bool:
        """Nothing of it can be lost, and nobody writes it again: disks may share it."""
        whole = self.synced_bytes == len(self.data)
        return whole and not self.dropped and not self.is_open

    def copy(self) -> "_Inode":
        return _Inode(bytearray(self.data), self.synced_bytes, list(self.dropped), self.is_open)

    def __deepcopy__(self, _: object) -> "_Inode":
        return self if self.is_settled else self.copy()

    def after(self, cut: PowerCut) -> "_Inode":
        if self.is_settled:
            return self
        kept = self.synced_bytes + cut.bytes_survive(len(self.data) - self.synced_bytes)
        data = bytearray(self.data[:kept])
        for start, end in self.dropped:
            data[start : min(end, kept)] = bytes(max(0, min(end, kept) - start))
        if kept < len(self.data) and cut.length_survives():
            data += bytes(len(self.data) - kept)
        return _Inode(data, len(data), is_open=False)


_Change = dict[str, _Inode | None]
"""Names of one folder that change together; None: the name is gone."""


class _Writer:
    def __init__(self, disk: "ModelDisk", path: str, inode: _Inode) -> None:
        self._disk = disk
        self._path = path
        self._inode = inode
        self._failure: StorageError | None = None

    def write(self, data: Buffer) -> None:
        self._refuse_after_failure()
        view = memoryview(data).cast("B")
        with self._final_failure():
            try:
                self._disk.effect("write", self._path)
            except ShortWrite:
                self._disk.append(self._inode, view[: len(view) // 2])
                raise
            room_bytes = self._disk.free_bytes()
            self._disk.append(self._inode, view[:room_bytes])
            if len(view) > room_bytes:
                raise StorageFull(FULL)

    def settle(self) -> None:
        self._sync("settle")

    def sync(self) -> None:
        self._sync("sync")

    def close(self) -> None:
        pass

    def _sync(self, what: str) -> None:
        self._refuse_after_failure()
        with self._final_failure():
            try:
                self._disk.effect(what, self._path)
            except SyncLied:
                return
            except StorageError:
                self._inode.dropped.append((self._inode.synced_bytes, len(self._inode.data)))
                self._inode.synced_bytes = len(self._inode.data)
                raise
            self._inode.synced_bytes = len(self._inode.data)

    @contextmanager
    def _final_failure(self) -> Iterator[None]:
        try:
            yield
        except StorageError as error:
            self._failure = error
            raise

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise StorageFailed(self._failure.sentence) from self._failure


class ModelDisk:
    """`hal.disk.Disk` in memory."""

    def __init__(
        self,
        capacity_bytes: int = CAPACITY_BYTES,
        before: Callable[[Effect], None] = _go_on,
    ) -> None:
        self.capacity_bytes = capacity_bytes
        self.before = before
        self.elsewhere_bytes = _nothing
        """What else is on it: the index, and what is none of the node's."""
        self._folders = {""}
        self._names: dict[str, _Inode] = {}
        self._in_folder: dict[str, set[str]] = {}
        self._used_bytes = 0
        self._durable_names: dict[str, _Inode] = {}
        self._changes: dict[str, list[_Change]] = {}
        self._locked = False

    def crash(self, cut: PowerCut) -> "ModelDisk":
        """Another disk, with what `cut` left of this one. This one is not touched."""
        names = dict(self._durable_names)
        for changes in self._changes.values():
            for change in changes:
                if cut.name_survives():
                    _apply(change, names)
        left = ModelDisk(self.capacity_bytes)
        left._folders = set(self._folders)
        left._apply({path: names[path].after(cut) for path in sorted(names)})
        left._durable_names = dict(left._names)
        return left

    def killed(self) -> "ModelDisk":
        """What the next process finds when this one was killed: the cache outlives it."""
        left = ModelDisk(self.capacity_bytes)
        left._folders = set(self._folders)
        names, left._durable_names, left._changes = deepcopy(
            (self._names, self._durable_names, self._changes)
        )
        left._apply(names)
        return left

    def rot(self, path: str, offset: int) -> None:
        """Flip one bit, as a disk does in years and without a word."""
        sound = self._names[path]
        rotten = sound.copy()  # the sound one may be another disk's too
        rotten.data[offset] ^= 1
        self._names[path] = rotten
        if self._durable_names.get(path) is sound:
            self._durable_names[path] = rotten
        for change in (one for folder in self._changes.values() for one in folder):
            if change.get(path) is sound:
                change[path] = rotten

    def effect(self, what: str, path: str) -> None:
        self.before((what, path))

    def append(self, inode: _Inode, data: memoryview) -> None:
        """For writers."""
        inode.data += data
        self._used_bytes += len(data)

    @property
    def paths(self) -> list[str]:
        """Of all files, in an order that does not depend on the process."""
        return sorted(self._names)

    def seen(self, path: str) -> _Inode | None:
        """For whoever only looks on."""
        return self._names.get(path)

    def is_durable(self, path: str) -> bool:
        """Whole, under this name, whatever a power cut leaves now."""
        inode = self._names.get(path)
        return (
            inode is not None
            and self._durable_names.get(path) is inode
            and inode.synced_bytes == len(inode.data)
            and not inode.dropped
        )

    def lock(self) -> None:
        if self._locked:
            raise StorageInUse(IN_USE.fill(root="/"))
        self._locked = True

    def unlock(self) -> None:
        self._locked = False

    def make_folders(self, paths: Iterable[str]) -> None:
        missing = [path for path in paths if path not in self._folders]
        for path in missing:
            self.effect("make_folder", path)
            self._folders.update(str(parent) for parent in PurePosixPath(path).parents)
            self._folders.add(path)

    @contextmanager
    def create(self, path: str) -> Iterator[FileWriter]:
        self.effect("create", path)
        self._require_folder_of(path)
        if path in self._names:
            raise _failed("File exists")
        inode = _Inode()
        self._change(path, {path: inode})
        try:
            yield _Writer(self, path, inode)
        finally:
            inode.is_open = False

    @contextmanager
    def open(self, path: str) -> Iterator[FileReader]:
        yield BytesIO(bytes(self._inode(path).data))

    def rename(self, source: str, target: str) -> None:
        self.effect("rename", target)
        self._require_folder_of(target)
        inode = self._inode(source)
        if _folder_of(source) == _folder_of(target):
            self._change(target, {source: None, target: inode})
        else:
            self._change(target, {target: inode})
            self._change(source, {source: None})

    def sync_folder(self, path: str) -> None:
        try:
            self.effect("sync_folder", path)
        except SyncLied:
            return
        for change in self._changes.pop(path, []):
            _apply(change, self._durable_names)

    def remove(self, path: str) -> None:
        if path in self._names:
            self.effect("remove", path)
            self._change(path, {path: None})

    def names(self, folder: str) -> list[str]:
        if folder not in self._folders:
            raise _failed("No such file or directory")
        return sorted(path.rpartition("/")[2] for path in self._in_folder.get(folder, ()))

    def size_bytes(self, path: str) -> int | None:
        inode = self._names.get(path)
        return None if inode is None else len(inode.data)

    def free_bytes(self) -> int:
        return max(0, self.capacity_bytes - self._used_bytes - self.elsewhere_bytes())

    def _change(self, path: str, change: _Change) -> None:
        self._changes.setdefault(_folder_of(path), []).append(change)
        self._apply(change)

    def _apply(self, change: Mapping[str, _Inode | None]) -> None:
        for path, inode in change.items():
            before = self._names.get(path)
            self._used_bytes += (len(inode.data) if inode else 0) - (
                len(before.data) if before else 0
            )
            inside = self._in_folder.setdefault(_folder_of(path), set())
            (inside.add if inode else inside.discard)(path)
        _apply(change, self._names)

    def _inode(self, path: str) -> _Inode:
        if path not in self._names:
            raise _failed("No such file or directory")
        return self._names[path]

    def _require_folder_of(self, path: str) -> None:
        if _folder_of(path) not in self._folders:
            raise _failed("No such file or directory")


def _apply(change: Mapping[str, _Inode | None], names: dict[str, _Inode]) -> None:
    for path, inode in change.items():
        if inode is None:
            names.pop(path, None)
        else:
            names[path] = inode


def _folder_of(path: str) -> str:
    folder, _, _ = path.rpartition("/")
    return folder


def _failed(reason: str) -> StorageFailed:
    return StorageFailed(FAILED.fill(reason=reason))
