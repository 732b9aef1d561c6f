"""Runs inside the guest of md_guest: the md driver against a real md array, from birth to loss.

Each step that held prints "@@OK what"; a failed one ends the run with its traceback.
"""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from drivers.array_mdadm import MdArray
from drivers.open_array import find_array
from drivers.system_clock import SystemClock
from hal.errors import ConfigError
from hal.storage_array import ArrayState, MemberState

ROOT = Path("/mnt/store")
GONE_WITHIN_S = 20.0
SLOW_KIB_S = 20_000  # a rebuild that takes seconds, so that its progress is seen


def sh(command: str) -> None:
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def ok(what: str) -> None:
    print(f"@@OK {what}", flush=True)


def make() -> MdArray:
    sh("mdadm --create /dev/md0 --level=1 --raid-devices=2 --run --assume-clean /dev/vd[ab]")
    sh(f"/usr/sbin/mke2fs -q -t ext4 /dev/md0 && mount -t ext4 /dev/md0 {ROOT}")
    Path("/proc/sys/dev/raid/speed_limit_max").write_text(str(SLOW_KIB_S))
    array = find_array(ROOT, SystemClock())
    assert isinstance(array, MdArray)
    return array


def write(name: str) -> str:
    content = os.urandom(8 * 2**20)
    with (ROOT / name).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def read(name: str) -> str:
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3\n")
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def unplug(name: str) -> None:
    print(f"@@UNPLUG {name}", flush=True)
    deadline_s = time.monotonic() + GONE_WITHIN_S
    while Path(f"/dev/vd{name}").exists():
        assert time.monotonic() < deadline_s, f"vd{name} is still there"
        time.sleep(0.1)


def refused(act: Callable[[], object], words: str) -> None:
    said = ""
    try:
        act()
    except ConfigError as error:
        said = str(error)
    assert words in said, f"{words!r} is not in {said!r}"


def refusals(array: MdArray) -> None:
    refused(lambda: array.replace("5", "/dev/vdc"), "no member 5")
    refused(lambda: array.replace("0", "/dev/vdb"), "member of this array already")
    refused(lambda: array.replace("0", "/dev/vde"), "too small")
    sh("/usr/sbin/mke2fs -q -F -t ext4 /dev/vdc")
    refused(lambda: array.replace("0", "/dev/vdc"), "ext4")


def main() -> None:
    array, digests = make(), {"one": write("one")}
    assert array.status().state is ArrayState.HEALTHY
    refusals(array)
    ok("refusals")

    fractions = [step.fraction for step in array.replace("0", "/dev/vdc", force=True)]
    assert len(fractions) > 2
    assert fractions == sorted(fractions)
    status = array.status()
    assert status.state is ArrayState.HEALTHY
    assert [member.device for member in status.members] == ["/dev/vdc", "/dev/vdb"]
    ok("a working disk is replaced")

    unplug("c")
    status = array.status()
    assert status.state is ArrayState.DEGRADED
    assert status.members[0].state is MemberState.MISSING
    ok("an unplugged disk is missing before md has noticed")

    digests["two"] = write("two")
    refused(lambda: array.replace("1", "/dev/vda"), "last good copy")
    list(array.replace("0", "/dev/vdd"))
    assert array.status().state is ArrayState.HEALTHY
    ok("a missing disk is replaced")

    sh("dd if=/dev/urandom of=/dev/vdb bs=1M seek=60 count=4 conv=notrunc 2>/dev/null; sync")
    list(array.scrub())
    found = array.status().scrub
    assert found
    assert found.uncorrectable > 0
    ok("a check counts what differs")

    unplug("b")
    assert {name: read(name) for name in digests} == digests
    ok("everything is read after the loss of the other disk")


if __name__ == "__main__":
    main()
