"""A disk that remembers: one file in FUSE, whose every write and flush is logged in order.

It runs as a program of its own (`python -m tests.chaos.recording_disk IMAGE LOG FOLDER`), for a
process that waits on its own FUSE file holds the interpreter lock that would serve it. FOLDER
then holds `disk`, to put a loop device on, and `mark`: what is written there goes into the log
at its place between the disk's writes. It never reorders and never drops anything: what a power
cut does is up to whoever reads the log.
"""

import errno
import json
import os
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.private_mounts import die_with_parent, unmount

HEAD = struct.Struct("<cQI")  # what, offset, bytes that follow
WRITE, FLUSH, MARK = b"W", b"F", b"M"
START_S = 10.0


@dataclass(frozen=True)
class Write:
    offset: int
    data: bytes


@dataclass(frozen=True)
class Flush:
    """Everything before it is on the platter."""


@dataclass(frozen=True)
class Mark:
    """Something that the world outside has seen by now."""

    kind: str
    uid: str
    sha256: str = ""


Entry = Write | Flush | Mark


def read_log(path: Path) -> list[Entry]:
    entries: list[Entry] = []
    with path.open("rb") as file:
        while head := file.read(HEAD.size):
            what, offset, size = HEAD.unpack(head)
            data = file.read(size)
            if what == WRITE:
                entries.append(Write(offset, data))
            else:
                entries.append(Flush() if what == FLUSH else Mark(*json.loads(data)))
    return entries


@contextmanager
def recording(image: Path, log: Path, folder: Path) -> Iterator[None]:
    """Serves `folder`/disk and `folder`/mark; `log` is complete on exit."""
    command = [sys.executable, "-m", "tests.chaos.recording_disk", image, log, folder]
    program = subprocess.Popen(command, preexec_fn=die_with_parent)
    try:
        deadline_s = time.monotonic() + START_S
        while not (folder / "disk").exists():
            if program.poll() is not None or time.monotonic() > deadline_s:
                raise OSError(errno.EIO, "the recording disk did not start")
            time.sleep(0.005)
        yield
    finally:
        if (folder / "disk").exists():
            unmount(folder)
        else:
            program.kill()
        program.wait()


def put_mark(folder: Path, mark: Mark) -> None:
    with (folder / "mark").open("wb", buffering=0) as file:
        file.write(json.dumps([mark.kind, mark.uid, mark.sha256]).encode())


def serve(image: Path, log: Path, folder: Path) -> None:
    import mfusepy

    class Disk(mfusepy.Operations):
        use_ns = True  # times as integers: mfusepy warns otherwise

        def __init__(self) -> None:
            self.image = os.open(image, os.O_RDWR)
            self.log = log.open("wb")

        def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
            if path == "/":
                return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
            if path not in ("/disk", "/mark"):
                raise mfusepy.FuseOSError(errno.ENOENT)
            size = os.fstat(self.image).st_size if path == "/disk" else 0
            return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": size}

        def open(self, path: str, flags: Any) -> int:
            return 1 if path == "/disk" else 2

        def truncate(self, path: str, length: int, fh: int | None = None) -> int:
            return 0

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            return os.pread(self.image, size, offset)

        def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
            if path == "/disk":
                os.pwrite(self.image, data, offset)
            self.put(WRITE if path == "/disk" else MARK, offset, data)
            return len(data)

        def fsync(self, path: str, datasync: int, fh: int) -> int:
            self.put(FLUSH, 0, b"")
            return 0

        def put(self, what: bytes, offset: int, data: bytes) -> None:
            self.log.write(HEAD.pack(what, offset, len(data)) + data)

        def destroy(self, path: str) -> None:
            self.log.close()

    mfusepy.FUSE(Disk(), str(folder), foreground=True, nothreads=True, allow_other=False)


if __name__ == "__main__":
    serve(*(Path(argument) for argument in sys.argv[1:4]))
