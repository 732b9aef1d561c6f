"""The two questions to btrfs that no file and no tool answers well.

Numbers and layouts: include/uapi/linux/btrfs.h. `btrfs scrub status` is up to 5 s late, for it
reads a file that a running scrub writes that often; the kernel itself knows.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

_FS_INFO = 0x8400941F  # _IOR(0x94, 31, 1024 bytes)
_FS_INFO_HEAD = struct.Struct("=QQ16s")  # max_id, num_devices, fsid
_SCRUB_PROGRESS = 0xC400941D  # _IOWR(0x94, 29, 1024 bytes)
_SCRUB_HEAD = struct.Struct("=4Q4Q")  # devid, start, end, flags; then the first of the progress
_ARGUMENT_BYTES = 1024


def file_system_id(root: Path) -> str:
    """The UUID below /sys/fs/btrfs. Raises OSError where this is no btrfs."""
    argument = bytearray(_ARGUMENT_BYTES)
    with _open(root) as descriptor:
        fcntl.ioctl(descriptor, _FS_INFO, argument)
    return str(UUID(bytes=_FS_INFO_HEAD.unpack_from(argument)[2]))


def scrubbed_bytes(root: Path, devid: int) -> int | None:
    """What a running scrub has read of this member; None when none runs on it.

    Raises PermissionError for anybody but root.
    """
    argument = bytearray(_ARGUMENT_BYTES)
    struct.pack_into("=Q", argument, 0, devid)
    try:
        with _open(root) as descriptor:
            fcntl.ioctl(descriptor, _SCRUB_PROGRESS, argument)
    except OSError as error:
        if error.errno in (errno.ENOTCONN, errno.ENODEV):  # not running; no such device
            return None
        raise
    *_, data_bytes, tree_bytes = _SCRUB_HEAD.unpack_from(argument)
    return int(data_bytes) + int(tree_bytes)


@contextmanager
def _open(folder: Path) -> Generator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
