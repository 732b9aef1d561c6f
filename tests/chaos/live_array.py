"""A real btrfs raid1 on loop devices, and the harm that comes to disks.

Everything that was attached or mounted is recorded and undone, also when a test dies; after a
killed process the next one sweeps.
"""

import errno
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.open_array import find_array
from drivers.system_clock import SystemClock
from hal.errors import Sentence
from hal.storage_array import StorageArray

MIB = 2**20
LEG_MIB = 640  # btrfs wants some 110 MiB for itself; room for degraded chunks beside the data
PREFIX = "sapi-array-"
DROP_CACHES = Path("/proc/sys/vm/drop_caches")


def why_not() -> str:
    """Empty where a live array can be made; else one line that says what is missing."""
    if os.geteuid() != 0:
        return "live btrfs needs root"
    if not shutil.which("mkfs.btrfs"):
        return "live btrfs needs btrfs-progs"
    if "btrfs" not in Path("/proc/filesystems").read_text():
        return "live btrfs needs btrfs in the kernel"
    if not Path("/dev/loop-control").exists():
        return "live btrfs needs loop devices"
    return ""


def sh(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout.strip()


@dataclass
class Leg:
    file: Path
    device: str

    def rot(self, start_mib: int = 0, count_mib: int = LEG_MIB) -> None:
        """Other bytes in its data, behind the file system's back; superblocks are spared."""
        with self.file.open("r+b") as raw:
            for place in range(max(1, start_mib), start_mib + count_mib):
                if place == 64:  # the second superblock copy is at 64 MiB
                    continue
                raw.seek(place * MIB)
                raw.write(os.urandom(MIB))
        forget_caches()

    def rot_where(self, pattern: bytes) -> int:
        """Rot only where `pattern` is stored; how many places that were."""
        blocks, places = self.file.read_bytes(), []
        at = blocks.find(pattern)
        while at >= 0:
            places.append(at)
            at = blocks.find(pattern, at + len(pattern))
        with self.file.open("r+b") as raw:
            for place in places:
                raw.seek(place)
                raw.write(bytes(byte ^ 0xFF for byte in pattern))
        forget_caches()
        return len(places)

    def die(self) -> None:
        """It answers every request beyond its first 4 MiB with an error, and is still there."""
        os.truncate(self.file, 4 * MIB)
        sh("losetup", "--set-capacity", self.device)


def forget_caches() -> None:
    os.sync()
    DROP_CACHES.write_text("3\n")


@dataclass
class LiveArray:
    folder: Path
    opened: ExitStack
    legs: list[Leg] = field(default_factory=list)
    mounted: bool = False

    @property
    def root(self) -> Path:
        return self.folder / "store"

    def new_disk(self, size_mib: int = LEG_MIB) -> Leg:
        file = self.folder / f"disk{len(list(self.folder.glob('disk*')))}"
        with file.open("wb") as raw:
            raw.truncate(size_mib * MIB)
        device = sh("losetup", "--find", "--show", str(file))
        leg = Leg(file, device)
        self.opened.callback(_detach, leg)
        return leg

    def mount(self, *options: str) -> None:
        chosen = ("-o", ",".join(options)) if options else ()
        sh("mount", *chosen, "-t", "btrfs", self.legs[0].device, str(self.root))
        self.mounted = True

    def unmount(self) -> None:
        if self.mounted:
            sh("umount", str(self.root))
        self.mounted = False

    def unplug(self, leg: Leg) -> None:
        """While unmounted: it is not there at the next mount."""
        _detach(leg)
        leg.file.unlink()
        self.legs.remove(leg)

    def array(self) -> StorageArray:
        found = find_array(self.root, SystemClock())
        assert not isinstance(found, Sentence), found
        return found

    def write(self, name: str, size_mib: int) -> str:
        """Durably; returns its digest."""
        content = os.urandom(size_mib * MIB)
        with (self.root / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return hashlib.sha256(content).hexdigest()

    def digest(self, name: str) -> str:
        """From the disks, not from the page cache, and from each leg in turn.

        btrfs chooses the leg by the reader's process id, even or odd. Raises OSError where a
        reader got no data.
        """
        digests: dict[int, str] = {}
        while len(digests) < 2:  # ids are given out in order: two or three readers see both
            forget_caches()
            reader = subprocess.Popen(
                ["sha256sum", name], cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            out, error = reader.communicate()
            if reader.returncode:
                raise OSError(errno.EIO, error.decode())
            digests[reader.pid % 2] = out.decode().split()[0]
        (agreed,) = set(digests.values())
        return agreed


def sweep() -> None:
    """What a test process that was killed left behind: its folder's name says who it was."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if Path("/proc", owner).exists():
            continue
        subprocess.run(["umount", str(folder / "store")], capture_output=True, check=False)
        for file in folder.glob("disk*"):
            for device in sh("losetup", "-n", "-O", "NAME", "-j", str(file)).split():
                _detach(Leg(file, device))
        shutil.rmtree(folder, ignore_errors=True)


def _detach(leg: Leg) -> None:
    """Only while it is ours: a number that was let go of is soon somebody else's device."""
    backing = Path("/sys/block", Path(leg.device).name, "loop", "backing_file")
    try:
        is_ours = backing.read_text().strip() == str(leg.file)
    except OSError:  # nothing is attached to it
        return
    if is_ours:
        subprocess.run(["losetup", "--detach", leg.device], capture_output=True, check=False)


@contextmanager
def live_array() -> Generator[LiveArray]:
    sweep()
    with ExitStack() as opened:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        live = LiveArray(folder, opened)
        live.root.mkdir()
        live.legs = [live.new_disk(), live.new_disk()]
        devices = [leg.device for leg in live.legs]
        sh("mkfs.btrfs", "-q", "-f", "-d", "raid1", "-m", "raid1", *devices)
        live.mount()
        opened.callback(live.unmount)
        yield live
