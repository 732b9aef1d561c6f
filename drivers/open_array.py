"""Which array the store is on: looked up from its folder, never configured, never changed."""

import os
from pathlib import Path

from drivers.array_btrfs import BtrfsArray
from drivers.array_mdadm import MdArray
from drivers.array_sentences import NOT_MIRRORED, SINGLE_DISK, UNREADABLE
from drivers.block_device import SYS_DEV_BLOCK
from drivers.btrfs_ioctl import file_system_id
from drivers.btrfs_state import BtrfsState
from drivers.mounts import Mount, mount_of
from hal.clock import Clock
from hal.errors import Sentence, StorageError
from hal.storage_array import StorageArray

SLAVES_DEEP_MAX = 4  # LVM over dm-crypt over md is three


def open_array(root: Path, clock: Clock) -> StorageArray | None:
    """None where the store is on no array; `find_array` says why."""
    found = find_array(root, clock)
    return None if isinstance(found, Sentence) else found


def find_array(root: Path, clock: Clock) -> StorageArray | Sentence:
    """The array, or why there is none. Raises StorageError when the folder cannot be asked."""
    try:
        mount, device = mount_of(root), os.stat(root).st_dev  # noqa: PTH116
        if mount.kind == "btrfs":
            return _btrfs(root, mount, clock)
        md = md_below((SYS_DEV_BLOCK / f"{os.major(device)}:{os.minor(device)}").resolve())
    except OSError as error:
        raise StorageError(UNREADABLE.fill(reason=error)) from error
    return MdArray(md, root, clock) if md else SINGLE_DISK.fill(device=mount.source)


def _btrfs(root: Path, mount: Mount, clock: Clock) -> StorageArray | Sentence:
    uuid = file_system_id(root)
    if BtrfsState(root, uuid).mirrored_profile() is None:
        return NOT_MIRRORED.fill(device=mount.source)
    return BtrfsArray(root, uuid, clock)


def md_below(block: Path, deep_max: int = SLAVES_DEEP_MAX) -> Path | None:
    """The sysfs folder of the md array that this block device is on, or lies on."""
    disk = block.parent if (block / "partition").exists() else block
    if (disk / "md").is_dir():
        return disk
    slaves = sorted((disk / "slaves").iterdir()) if (disk / "slaves").is_dir() else []
    if deep_max == 0:
        return None
    found = (md_below(slave.resolve(), deep_max - 1) for slave in slaves)
    return next((md for md in found if md), None)
