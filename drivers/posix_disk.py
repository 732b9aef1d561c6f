"""The store's files on a POSIX file system, with the durability that `hal.disk` promises.

A new file is written back to the disk while it grows, so that the last fsync has little left
to do. An fsync that failed is final for its file: Linux reports the error once, drops the
dirty pages, and calls the next fsync a success.
"""

import ctypes
import errno
import fcntl
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from drivers.giving_way import forget_pages, gives_way
from hal.disk import Buffer, FileReader, FileWriter
from hal.errors import Sentence, StorageFailed, StorageFull, StorageInUse

LOCK_NAME = "lock"
WRITE_BEHIND_BYTES = 4 * 1024 * 1024
"""Started in pieces of this size: large enough for the disk, small enough to finish soon."""
_SYNC_FILE_RANGE_WAIT_BEFORE, _SYNC_FILE_RANGE_WRITE = 1, 2  # sync_file_range(2)

FULL = Sentence(
    en="The disk is full: this film was not kept. What is stored is not harmed. Keep the film, "
    "free space, and scan it again.",
    fr="Le disque est plein : ce film n'a pas été conservé. Les images déjà stockées sont "
    "intactes. Gardez le film, libérez de la place, puis numérisez-le de nouveau.",
)
FAILED = Sentence(
    en="The disk did not take the data ({reason}). Keep the film and scan it again; "
    "if it happens again, have the disks checked.",
    fr="Le disque n'a pas accepté les données ({reason}). Gardez le film et numérisez-le de "
    "nouveau ; si cela se reproduit, faites vérifier les disques.",
)
NOT_OPENED = Sentence(
    en="The store {root} cannot be opened ({reason}). Check store.path, that its disk is mounted, "
    "and that this account may write there.",
    fr="Le stockage {root} ne peut pas être ouvert ({reason}). Vérifiez store.path, que son disque "
    "est monté et que ce compte peut y écrire.",
)
IN_USE = Sentence(
    en="Another sapi-node is already running on {root}. Stop it first, or use another folder.",
    fr="Un autre sapi-node utilise déjà {root}. Arrêtez-le d'abord, ou choisissez un autre "
    "dossier.",
)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


@contextmanager
def storage_errors(failed: Sentence = FAILED, **values: object) -> Generator[None]:
    """Every OSError of a file operation, as the StorageError that says who has to act."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(FULL) from error
        raise StorageFailed(failed.fill(reason=error.strerror or error, **values)) from error


class PosixFileWriter:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._written = 0
        self._started = 0
        self._failure: StorageFailed | StorageFull | None = None

    def write(self, data: Buffer) -> None:
        self._refuse_after_failure()
        view = memoryview(data).cast("B")
        with self._final_failure(), storage_errors():
            while view:
                count = os.write(self._descriptor, view)
                self._written += count
                view = view[count:]
            if self._written - self._started >= WRITE_BEHIND_BYTES:
                self._write_behind()

    def settle(self) -> None:
        self._refuse_after_failure()
        with self._final_failure(), storage_errors():
            os.fdatasync(self._descriptor)

    def sync(self) -> None:
        self._refuse_after_failure()
        with self._final_failure(), storage_errors():
            os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def _write_behind(self) -> None:
        """Start this piece; wait for the one before, so that at most two are under way.

        sync_file_range makes nothing durable: it only spares `sync` the wait.
        """
        piece = self._written - self._started
        before = max(0, self._started - piece)
        wait = _SYNC_FILE_RANGE_WAIT_BEFORE
        if self._started:
            self._sync_range(before, self._started - before, wait)
        self._sync_range(self._started, piece, _SYNC_FILE_RANGE_WRITE)
        self._started = self._written

    def _sync_range(self, offset: int, size: int, flags: int) -> None:
        if _libc.sync_file_range(self._descriptor, offset, size, flags) == 0:
            return
        code = ctypes.get_errno()
        # Not every file system has it (FUSE, 9p): then `sync` does all the work.
        if code not in (errno.ENOSYS, errno.EINVAL, errno.ESPIPE, errno.EOPNOTSUPP):
            raise OSError(code, os.strerror(code))

    @contextmanager
    def _final_failure(self) -> Generator[None]:
        try:
            yield
        except (StorageFailed, StorageFull) as error:
            self._failure = error
            raise

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise StorageFailed(self._failure.sentence) from self._failure


class PosixFileReader:
    def __init__(self, file: BufferedReader) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        with storage_errors():
            return self._file.read(size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        with storage_errors():
            return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        with storage_errors():
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class PosixDisk:
    """`hal.disk.Disk` below `root`, which is created when it is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock: int | None = None
        with storage_errors(NOT_OPENED, root=root):
            missing = [folder for folder in (root, *root.parents) if not folder.exists()]
            root.mkdir(parents=True, exist_ok=True)
            for folder in missing:
                self._sync_path(folder.parent)

    def lock(self) -> None:
        if self._lock is not None:
            return
        with storage_errors(NOT_OPENED, root=self.root):
            descriptor = os.open(self.root / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise StorageInUse(IN_USE.fill(root=self.root)) from error
        self._lock = descriptor

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def make_folders(self, paths: Iterable[str]) -> None:
        grown: set[Path] = set()
        with storage_errors():
            for path in paths:
                folder = self.root
                for part in Path(path).parts:
                    child = folder / part
                    if not child.is_dir():
                        child.mkdir()
                        grown.add(folder)
                    folder = child
            for folder in sorted(grown):
                self._sync_path(folder)

    @contextmanager
    def create(self, path: str) -> Iterator[FileWriter]:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with storage_errors():
            descriptor = os.open(self.root / path, flags, 0o640)
        writer = PosixFileWriter(descriptor)
        try:
            yield writer
        finally:
            writer.close()

    @contextmanager
    def open(self, path: str) -> Iterator[FileReader]:
        with storage_errors():
            file = (self.root / path).open("rb")
        with file:
            try:
                yield PosixFileReader(file)
            finally:
                if gives_way():
                    forget_pages(file.fileno())

    def rename(self, source: str, target: str) -> None:
        with storage_errors():
            (self.root / source).rename(self.root / target)

    def sync_folder(self, path: str) -> None:
        with storage_errors():
            self._sync_path(self.root / path)

    def remove(self, path: str) -> None:
        with storage_errors():
            (self.root / path).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        with storage_errors():
            return sorted(entry.name for entry in os.scandir(self.root / folder))

    def size_bytes(self, path: str) -> int | None:
        with storage_errors():
            try:
                return (self.root / path).stat().st_size
            except FileNotFoundError:
                return None

    def free_bytes(self) -> int:
        with storage_errors():
            usage = os.statvfs(self.root)
        return usage.f_bavail * usage.f_frsize

    def _sync_path(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
