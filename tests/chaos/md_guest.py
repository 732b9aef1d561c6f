"""A small Linux with md, booted in QEMU without KVM: some 12 s to the first line of the script.

The guest is an initrd made of this machine's own programs, Python's library and the packages
hal and drivers; it sees five virtio disks. What it prints after "@@" comes back here, and
"@@UNPLUG x" pulls disk x out while it runs.
"""

import json
import os
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

REPO = Path(__file__).parents[2]
KERNEL = Path(
    os.environ.get("SAPI_GUEST_KERNEL", Path.home() / ".cache" / "sapi-node" / "guest-kernel")
)
PROGRAMS = ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "mdadm")
GUEST_PROGRAMS = ("mdadm", "wipefs", "mke2fs", "python3.11")
MODULES = ("raid1", "virtio_blk", "virtio_pci", "ext4")
DISKS_MIB = {"a": 96, "b": 96, "c": 96, "d": 96, "e": 16}
SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
INIT = """#!/bin/sh
export PATH=/usr/sbin:/bin
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; mount -t tmpfs t /run
for module in /modules/*; do insmod "$module" 2>/dev/null; done
cd /app && python3.11 -m tests.chaos.md_scenario 2>&1
poweroff -f
"""


def why_not() -> str:
    missing = [name for name in PROGRAMS if not _which(name)]
    if missing or not list(KERNEL.glob("boot/vmlinuz-*")):
        return "md in QEMU is left out: run tools/fetch-guest-kernel first"
    return ""


def _which(name: str) -> str | None:
    return shutil.which(name, path=SYSTEM_PATH)


def build_initrd(folder: Path) -> Path:
    tree = folder / "tree"
    for name in ("bin", "usr/sbin", "proc", "sys", "dev", "run", "tmp", "mnt/store", "modules"):
        (tree / name).mkdir(parents=True)
    (tree / "sbin").symlink_to("usr/sbin")
    _add_programs(tree)
    _add_python(tree)
    for number, module in enumerate(_modules()):
        shutil.copy(module, tree / "modules" / f"{number:02}-{module.name}")
    (tree / "init").write_text(INIT)
    (tree / "init").chmod(0o755)
    image = folder / "initrd"
    command = f"find . | cpio --quiet -o -H newc | gzip -1 > '{image}'"
    subprocess.run(["sh", "-c", command], cwd=tree, check=True)
    return image


def _add_programs(tree: Path) -> None:
    busybox = _which("busybox")
    assert busybox
    shutil.copy(busybox, tree / "bin" / "busybox")
    for name in ("sh", "mount", "insmod", "poweroff"):
        (tree / "bin" / name).symlink_to("busybox")
    dynamic = Path(sysconfig.get_path("stdlib"), "lib-dynload").glob("*.so")
    programs = [Path(found) for name in GUEST_PROGRAMS if (found := _which(name))]
    for program in programs:
        shutil.copy(program, tree / "usr" / "sbin" / program.name)
    for library in {line for file in (*programs, *dynamic) for line in _libraries(file)}:
        target = tree / library.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)


def _libraries(file: Path) -> list[Path]:
    done = subprocess.run(["ldd", str(file)], check=False, capture_output=True, text=True)
    return [Path(word) for word in done.stdout.split() if word.startswith("/") and ".so" in word]


def _add_python(tree: Path) -> None:
    library = Path("/usr/lib/python3.11")
    leave_out = shutil.ignore_patterns("test", "__pycache__", "idlelib", "config-*", "ensurepip")
    shutil.copytree(library, tree / library.relative_to("/"), ignore=leave_out)
    for package in ("hal", "drivers"):
        shutil.copytree(REPO / package, tree / "app" / package, ignore=leave_out)
    scenario = tree / "app" / "tests" / "chaos" / "md_scenario.py"
    scenario.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("md_scenario.py"), scenario)


def _modules() -> list[Path]:
    """In the order in which they can be loaded."""
    version = next((KERNEL / "lib" / "modules").iterdir()).name
    ordered: dict[Path, None] = {}
    for name in MODULES:
        shown = subprocess.run(
            [_which("modprobe") or "", "-d", KERNEL, "-S", version, "--show-depends", name],
            check=False,
            capture_output=True,
            text=True,
        ).stdout
        words = (word for line in shown.splitlines() for word in line.split()[1:2])
        ordered |= dict.fromkeys(Path(word) for word in words if word.endswith(".ko"))
    return list(ordered)


def run_guest(folder: Path) -> Iterator[str]:
    """What the scenario says, line by line; the guest ends with the iterator."""
    control = folder / "qmp"
    process = subprocess.Popen(
        _qemu(folder, build_initrd(folder), control),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout
    try:
        for line in process.stdout:
            if line.startswith("@@UNPLUG "):
                _unplug(control, line.split()[1])
            yield line.rstrip()
    finally:
        process.kill()
        process.wait()


def _qemu(folder: Path, initrd: Path, control: Path) -> list[str]:
    command = [
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"),
        *("-m", "768", "-nographic", "-no-reboot", "-monitor", "none", "-serial", "stdio"),
        *("-kernel", str(next(KERNEL.glob("boot/vmlinuz-*"))), "-initrd", str(initrd)),
        *("-append", "console=ttyS0 quiet panic=1 loglevel=3"),
        *("-qmp", f"unix:{control},server=on,wait=off"),
    ]
    for name, size_mib in DISKS_MIB.items():
        file = folder / f"disk-{name}"
        with file.open("wb") as raw:
            raw.truncate(size_mib * 2**20)
        command += ["-drive", f"id=drive-{name},file={file},format=raw,if=none"]
        command += ["-device", f"virtio-blk-pci,drive=drive-{name},id=disk-{name}"]
    return command


def _unplug(control: Path, name: str) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(control))
        with line.makefile("rw") as talk:
            talk.readline()  # its greeting
            _say(talk, {"execute": "qmp_capabilities"})
            _say(talk, {"execute": "device_del", "arguments": {"id": f"disk-{name}"}})


def _say(talk: TextIO, command: dict[str, object]) -> None:
    talk.write(json.dumps(command) + "\n")
    talk.flush()
    while "event" in json.loads(talk.readline()):
        pass
