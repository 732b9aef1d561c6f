import errno
import os
from pathlib import Path

import pytest

from drivers import posix_disk
from drivers.posix_disk import WRITE_BEHIND_BYTES, PosixDisk
from hal.errors import StorageFailed, StorageFull, StorageInUse


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    disk = PosixDisk(tmp_path)
    disk.make_folders(["a/b"])
    piece = os.urandom(1 << 20)
    count = 3 * WRITE_BEHIND_BYTES // len(piece)
    with disk.create("a/b/x.part") as writer:
        for _ in range(count):
            writer.write(memoryview(piece))
        writer.sync()
    disk.rename("a/b/x.part", "a/b/x")
    disk.sync_folder("a/b")
    assert disk.names("a/b") == ["x"]
    assert disk.size_bytes("a/b/x") == count * len(piece)
    with disk.open("a/b/x") as reader:
        assert reader.read() == piece * count


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    disk = PosixDisk(tmp_path)
    with disk.create("x"):
        pass
    with pytest.raises(StorageFailed), disk.create("x"):
        pass


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EIO, StorageFailed),
        (errno.EROFS, StorageFailed),
    ],
)
def test_each_errno_is_told_by_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    disk = PosixDisk(tmp_path)
    with disk.create("x") as writer, monkeypatch.context() as patch:
        patch.setattr(posix_disk.os, "write", fail)
        with pytest.raises(error):
            writer.write(b"x")


def test_a_store_that_cannot_be_opened_speaks_of_no_film(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match=r"Check store\.path") as caught:
        PosixDisk(tmp_path / "file" / "store")
    assert "film" not in str(caught.value)


def test_a_failed_fsync_is_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    disk = PosixDisk(tmp_path)
    with disk.create("x") as writer:
        writer.write(b"x")
        with monkeypatch.context() as patch:
            patch.setattr(posix_disk.os, "fsync", fail)
            with pytest.raises(StorageFailed):
                writer.sync()
        # The kernel would call this one a success: that is the trap.
        with pytest.raises(StorageFailed):
            writer.sync()
        with pytest.raises(StorageFailed):
            writer.write(b"y")


def test_a_root_has_one_owner(tmp_path: Path) -> None:
    first, second = PosixDisk(tmp_path), PosixDisk(tmp_path)
    first.lock()
    with pytest.raises(StorageInUse, match=str(tmp_path)):
        second.lock()
    first.unlock()
    second.lock()
    second.unlock()


def test_what_is_not_there_has_no_size(tmp_path: Path) -> None:
    disk = PosixDisk(tmp_path)
    assert disk.size_bytes("x") is None
    disk.remove("x")
    with pytest.raises(StorageFailed), disk.open("x"):
        pass


def test_a_file_system_without_sync_file_range_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Libc:
        @staticmethod
        def sync_file_range(*_: object) -> int:
            posix_disk.ctypes.set_errno(errno.ENOSYS)
            return -1

    monkeypatch.setattr(posix_disk, "_libc", Libc)
    with PosixDisk(tmp_path).create("x") as writer:
        writer.write(bytes(WRITE_BEHIND_BYTES))
        writer.sync()


def test_a_new_root_is_durable_up_to_the_folder_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(posix_disk.os, "fsync", spy)
    PosixDisk(tmp_path / "a" / "b")
    assert set(synced) == {tmp_path, tmp_path / "a"}
