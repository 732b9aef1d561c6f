"""Loop devices and mounts that cannot outlive the test that made them.

A process that calls `enter` lives in a mount namespace of its own: when it ends, however it
ends, the kernel unmounts what it mounted, and a loop device with LO_FLAGS_AUTOCLEAR lets go of
its file with the last user. So there is nothing to sweep, not even after SIGKILL.
"""

import ctypes
import errno
import fcntl
import os
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNS = 0x20000  # linux/sched.h
MS_REC, MS_PRIVATE = 0x4000, 0x40000  # linux/mount.h
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOOP_CONFIGURE, LOOP_CLR_FD, LOOP_CTL_GET_FREE = 0x4C0A, 0x4C01, 0x4C82  # linux/loop.h
LO_FLAGS_AUTOCLEAR = 4
FLAGS_OFFSET = 4 + 4 + 52
"""`struct loop_config`: fd, block_size, then `struct loop_info64` with lo_flags at 52."""
CONFIG_BYTES = 4 + 4 + 232 + 64
BUSY_S = 10.0
FREE_TRIES_MAX = 50  # somebody else may take the free device first

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def enter() -> None:
    """For a process of one thread, once. Needs root."""
    _checked(_libc.unshare(CLONE_NEWNS), "unshare")
    _checked(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount --make-rprivate")


def die_with_parent() -> None:
    """Between fork and exec of a helper program: it must not outlive us either."""
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "prctl")


def _attach(image: Path) -> tuple[str, int]:
    """(path, open descriptor) of a loop device on it; it clears itself after the last close."""
    backing = os.open(image, os.O_RDWR | os.O_CLOEXEC)
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        for _ in range(FREE_TRIES_MAX):
            device = f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}"
            descriptor = os.open(device, os.O_RDWR | os.O_CLOEXEC)
            config = bytearray(CONFIG_BYTES)
            struct.pack_into("II", config, 0, backing, 0)
            struct.pack_into("I", config, FLAGS_OFFSET, LO_FLAGS_AUTOCLEAR)
            try:
                fcntl.ioctl(descriptor, LOOP_CONFIGURE, bytes(config))
            except OSError as error:
                os.close(descriptor)
                if error.errno != errno.EBUSY:
                    raise
                continue
            return device, descriptor
    finally:
        os.close(control)
        os.close(backing)
    raise OSError(errno.EBUSY, "no free loop device")


@contextmanager
def mounted(image: Path, file_system: str, options: str, folder: Path) -> Iterator[Path]:
    """`image` mounted at `folder`. Raises OSError where the kernel refuses the file system."""
    device, descriptor = _attach(image)
    try:
        _mount_when_free(device, file_system, options, folder)
    finally:
        os.close(descriptor)
    try:
        yield folder
    finally:
        if _libc.umount2(bytes(folder), 0) != 0:
            _libc.umount2(bytes(folder), MNT_DETACH)


def _mount_when_free(device: str, file_system: str, options: str, folder: Path) -> None:
    """Busy says nothing of what is on it: somebody who looks for a free loop device has this one
    open, or btrfs has not yet let go of the device before, which had the same UUID."""
    deadline_s = time.monotonic() + BUSY_S
    while True:
        try:
            arguments = (device.encode(), bytes(folder), file_system.encode(), 0, options.encode())
            return _checked(_libc.mount(*arguments), f"mount {file_system}")
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)


def unmount(folder: Path) -> None:
    _checked(_libc.umount2(bytes(folder), MNT_DETACH), "umount")


def why_not() -> str:
    """Empty when this machine can do it all; else what is missing, in a few words."""
    if os.geteuid() != 0:
        return "not root"
    missing = [path for path in ("/dev/fuse", "/dev/loop-control") if not Path(path).exists()]
    return f"no {missing[0]}" if missing else ""
