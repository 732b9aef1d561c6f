"""A disk that is to become a member: how large, how free, how empty. Nothing here writes to it."""

import errno
import json
import os
import stat
from pathlib import Path

from drivers.array_sentences import (
    DEVICE_IN_USE,
    HAS_DATA,
    NOT_A_DEVICE,
    SAME_DEVICE,
    TOO_SMALL,
    UNREADABLE,
)
from drivers.array_tools import must_run
from hal.errors import ConfigError, StorageError

SYS_DEV_BLOCK = Path("/sys/dev/block")


def sysfs_folder(device: Path | str) -> Path:
    """`/sys/.../block/sda` or, for a partition, `/sys/.../block/sda/sda1`."""
    number = os.stat(device).st_rdev  # noqa: PTH116 -- the number is wanted, links followed
    return (SYS_DEV_BLOCK / f"{os.major(number)}:{os.minor(number)}").resolve()


def whole_disk(device: str) -> str:
    """The disk that a partition is on: SMART speaks of disks."""
    try:
        folder = sysfs_folder(device)
    except OSError:
        return device
    return f"/dev/{folder.parent.name}" if (folder / "partition").exists() else device


def size_bytes(device: Path | str) -> int:
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.lseek(descriptor, 0, os.SEEK_END)
    finally:
        os.close(descriptor)


def refuse_unfit(device: str, members: tuple[str, ...], needed_bytes: int, force: bool) -> None:
    """Raises ConfigError unless `device` is a free, empty disk of at least `needed_bytes`."""
    try:
        mode = os.stat(device).st_mode  # noqa: PTH116 -- `device` is an argument, not a Path
    except OSError as error:
        raise ConfigError(NOT_A_DEVICE.fill(device=device)) from error
    if not stat.S_ISBLK(mode):
        raise ConfigError(NOT_A_DEVICE.fill(device=device))
    if any(_same(device, member) for member in members):
        raise ConfigError(SAME_DEVICE.fill(device=device))
    _refuse_used(device)
    found_bytes = size_bytes(device)
    if found_bytes < needed_bytes:
        raise ConfigError(
            TOO_SMALL.fill(device=device, size_bytes=found_bytes, needed_bytes=needed_bytes)
        )
    if not force and (found := signatures(device)):
        raise ConfigError(HAS_DATA.fill(device=device, found=", ".join(found)))


def _same(one: str, other: str) -> bool:
    try:
        return os.stat(one).st_rdev == os.stat(other).st_rdev  # noqa: PTH116
    except OSError:
        return False


def _refuse_used(device: str) -> None:
    """open(2): O_EXCL without O_CREAT on a block device fails with EBUSY if it is in use."""
    try:
        os.close(os.open(device, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise ConfigError(DEVICE_IN_USE.fill(device=device)) from error
        raise StorageError(UNREADABLE.fill(reason=f"{device}: {error.strerror}")) from error


def signatures(device: str) -> list[str]:
    """File systems, partition tables and arrays that wipefs(8) finds, erasing nothing."""
    report = json.loads(must_run("wipefs", "--no-act", "--json", device) or "{}")
    return sorted({str(entry["type"]) for entry in report.get("signatures", [])})
