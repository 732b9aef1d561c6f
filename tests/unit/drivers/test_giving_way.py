"""The kernel itself is asked what the thread's priority is, and what is in the page cache."""

import ctypes
import mmap
import platform
import threading
from pathlib import Path

import pytest

from drivers.giving_way import IDLE, IOPRIO_SET, NORMAL, gives_way, giving_way
from drivers.posix_disk import PosixDisk

libc = ctypes.CDLL(None, use_errno=True)
PAGES = 64


def priority() -> int:
    """Of this thread: ioprio_get(2) is the number after ioprio_set on both machines."""
    return int(libc.syscall(IOPRIO_SET[platform.machine()] + 1, 1, 0))


@pytest.mark.skipif(platform.machine() not in IOPRIO_SET, reason="no number for this machine")
def test_this_thread_gives_way_and_no_other() -> None:
    others: list[int] = []
    with giving_way():
        assert priority() & (7 << 13) == IDLE
        other = threading.Thread(target=lambda: others.append(priority()))
        other.start()
        other.join()
    assert priority() & (7 << 13) == NORMAL
    assert len(others) == 1


def test_it_ends_when_reading_fails() -> None:
    with pytest.raises(OSError, match="EIO"), giving_way():
        assert gives_way()
        raise OSError("EIO")
    assert not gives_way()


def test_what_was_read_in_the_background_leaves_the_page_cache(tmp_path: Path) -> None:
    disk, content = PosixDisk(tmp_path), bytes(PAGES * mmap.PAGESIZE)
    with disk.create("a") as writer:
        writer.write(content)
        writer.sync()
    with disk.open("a") as reader:
        assert reader.read() == content
    kept = resident(tmp_path / "a")
    with giving_way(), disk.open("a") as reader:
        assert reader.read() == content
    assert kept == PAGES, "as long as somebody works with it, it stays"
    assert resident(tmp_path / "a") == 0


def resident(path: Path) -> int:
    """Through a mapping that reads nothing itself."""
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    try:
        first = ctypes.c_char.from_buffer(mapped)
        found = (ctypes.c_ubyte * PAGES)()
        result = libc.mincore(ctypes.c_void_p(ctypes.addressof(first)), len(mapped), found)
        del first
    finally:
        mapped.close()
    assert result == 0
    return sum(page & 1 for page in found)
