"""A way for the product's own SQLite to the model disk: what it writes is seen, can fail, be lost.

SQLite's own "unix-excl" VFS does the work, on files in memory that stand for the operating system's
cache: reads, locks and the log's index are its C code and cost nothing extra. Unlike "unix" it has
the locks between connections in its own memory, as long as all are of one process: a system call
for each was a seventh of a world. Writes, truncations, syncs and deletions pass through here on the
way, and are told to whoever keeps the platter (`Shore`). It is registered under a name beside the
system's own, for connections that ask for it by URI, in the library that Python's `sqlite3` itself
uses.

An exception cannot pass through C: `Shore` refuses by raising, and SQLite gets an error code.
Nothing here switches to another greenlet.
"""

import _sqlite3
import ctypes
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any, Protocol

from hal.errors import StorageFull

VFS_NAME = "model"
OK, FULL, CANTOPEN = 0, 13, 14  # https://www.sqlite.org/rescode.html
IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_DELETE = 778, 1034, 1546, 2570
OPEN_MAIN_DB, OPEN_MAIN_JOURNAL, OPEN_WAL = 0x100, 0x800, 0x80000
OF_THE_INDEX = OPEN_MAIN_DB | OPEN_MAIN_JOURNAL | OPEN_WAL
SYNC_FOLDER_WITH = OPEN_MAIN_JOURNAL | OPEN_WAL
"""os_unix.c: the first sync of one that it made is a sync of the folder too."""

Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
Sync = CFUNCTYPE(c_int, c_void_p, c_int)
Close = CFUNCTYPE(c_int, c_void_p)
Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
"""The path as an address, not bytes: the unix VFS keeps it, and finds URI parameters behind it."""
Delete = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
Sleep = CFUNCTYPE(c_int, c_void_p, c_int)


class IoMethods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("xClose", Close),
        ("xRead", c_void_p),
        ("xWrite", Write),
        ("xTruncate", Truncate),
        ("xSync", Sync),
        *((f"other_{number}", c_void_p) for number in range(13)),
    )


class OpenedFile(Structure):
    """sqlite3_file: the unix VFS keeps more behind it."""

    _fields_ = (("pMethods", POINTER(IoMethods)),)


class Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", Open),
        ("xDelete", Delete),
        ("xAccess", c_void_p),
        ("xFullPathname", c_void_p),
        *((f"dl_{number}", c_void_p) for number in range(4)),
        ("xRandomness", c_void_p),
        ("xSleep", Sleep),
        *((f"other_{number}", c_void_p) for number in range(6)),
    )


class Shore(Protocol):
    """Where one folder's index files come to land. Refuses by raising; a StorageFull as such."""

    def open(self, name: str, *, syncs_folder: bool) -> Any:
        """Whatever stands for this file in the calls below."""

    def write(self, file: Any, offset: int, data: bytes) -> None: ...

    def truncate(self, file: Any, size_bytes: int) -> None: ...

    def sync(self, file: Any) -> None: ...

    def remove(self, name: str) -> None: ...

    def wait_for_lock(self) -> None:
        """Somebody else holds what SQLite wants: with one thread, for ever."""


class ModelVfs:
    """The process's only one; folders come and go."""

    def __init__(self) -> None:
        self._shores: dict[str, Shore] = {}
        self._files: dict[int, tuple[Shore, Any]] = {}
        self._tables: dict[int, IoMethods] = {}
        self._register()

    def attach(self, folder: Path, shore: Shore) -> None:
        self._shores[str(folder)] = shore

    def detach(self, folder: Path) -> None:
        """After its last connection was closed."""
        del self._shores[str(folder)]

    def _register(self) -> None:
        library = ctypes.CDLL(_sqlite3.__file__)  # its symbols include those it was linked to
        library.sqlite3_vfs_find.restype = POINTER(Vfs)
        self._unix = library.sqlite3_vfs_find(b"unix-excl").contents
        self._vfs = Vfs.from_buffer_copy(self._unix)
        self._vfs.zName = VFS_NAME.encode()
        self._vfs.pNext = None
        self._vfs.xOpen = Open(self._open)
        self._vfs.xDelete = Delete(self._delete)
        self._vfs.xSleep = Sleep(self._sleep)
        code = library.sqlite3_vfs_register(ctypes.byref(self._vfs), 0)
        if code != OK:
            raise RuntimeError(f"sqlite3_vfs_register: {code}")

    def _open(self, _: int, path: int | None, file: int, flags: int, out_flags: int | None) -> int:
        shore, name = self._shore_of(path) if flags & OF_THE_INDEX else (None, "")
        if shore is not None:
            syncs_folder = bool(flags & SYNC_FOLDER_WITH)
            try:
                kept = shore.open(name, syncs_folder=syncs_folder)
            except BaseException as error:  # noqa: BLE001 -- must not pass through C
                return _code(error, CANTOPEN)
            self._files[file] = (shore, kept)
        code: int = self._unix.xOpen(ctypes.addressof(self._unix), path, file, flags, out_flags)
        if shore is not None:
            self._divert(file) if code == OK else self._files.pop(file, None)
        return code

    def _divert(self, file: int) -> None:
        opened = OpenedFile.from_address(file)
        original = ctypes.addressof(opened.pMethods.contents)
        if original not in self._tables:
            self._tables[original] = self._table(opened.pMethods.contents)
        opened.pMethods = ctypes.pointer(self._tables[original])

    def _table(self, unix: IoMethods) -> IoMethods:
        table = IoMethods.from_buffer_copy(unix)
        unix_write, unix_truncate, unix_close = unix.xWrite, unix.xTruncate, unix.xClose
        files = self._files

        def write(file: int, data: int, size: int, offset: int) -> int:
            shore, kept = files[file]
            try:
                shore.write(kept, offset, ctypes.string_at(data, size))
            except BaseException as error:  # noqa: BLE001 -- must not pass through C
                return _code(error, IOERR_WRITE)
            code: int = unix_write(file, data, size, offset)
            return code

        def truncate(file: int, size: int) -> int:
            shore, kept = files[file]
            try:
                shore.truncate(kept, size)
            except BaseException as error:  # noqa: BLE001 -- must not pass through C
                return _code(error, IOERR_TRUNCATE)
            code: int = unix_truncate(file, size)
            return code

        def sync(file: int, _: int) -> int:
            shore, kept = files[file]
            return _refusal(lambda: shore.sync(kept), IOERR_FSYNC)

        def close(file: int) -> int:
            files.pop(file, None)
            code: int = unix_close(file)
            return code

        table.xWrite, table.xTruncate = Write(write), Truncate(truncate)
        table.xSync, table.xClose = Sync(sync), Close(close)
        return table

    def _delete(self, _: int, path: int, sync_folder: int) -> int:
        shore, name = self._shore_of(path)
        if shore is not None and (refused := _refusal(lambda: shore.remove(name), IOERR_DELETE)):
            return refused
        code: int = self._unix.xDelete(ctypes.addressof(self._unix), path, sync_folder)
        return code

    def _sleep(self, _: int, duration_us: int) -> int:
        for shore in self._shores.values():
            shore.wait_for_lock()
        return duration_us

    def _shore_of(self, path: int | None) -> tuple[Shore | None, str]:
        text = ctypes.string_at(path).decode() if path else ""  # none: a temporary file
        folder, _, name = text.rpartition("/")
        return self._shores.get(folder), name


def _refusal(effect: Callable[[], None], code: int) -> int:
    try:
        effect()
    except BaseException as error:  # noqa: BLE001 -- must not pass through C
        return _code(error, code)
    return OK


def _code(error: BaseException, otherwise: int) -> int:
    return FULL if isinstance(error, StorageFull) else otherwise


_registered: list[ModelVfs] = []


def model_vfs() -> ModelVfs:
    if not _registered:
        _registered.append(ModelVfs())
    return _registered[0]
