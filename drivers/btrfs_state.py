"""The state of one mounted btrfs: sysfs, two ioctls and the tools' reports, into one ArrayStatus.

It only looks. `missing` in sysfs stays 0 for a disk that died or was pulled while mounted; so a
device node that went away counts as missing, and errors count whatever the flags say.
"""

from dataclasses import dataclass
from pathlib import Path

from drivers.array_state import judge
from drivers.array_tools import must_run, read_attribute, run_tool, understood
from drivers.btrfs_ioctl import scrubbed_bytes
from drivers.mounts import mount_of
from drivers.smart import read_smart
from drivers.wire.btrfs_report import (
    NO_OPERATION,
    DeviceStats,
    ReplaceState,
    parse_balance_left,
    parse_device_stats,
    parse_missing_bytes,
    parse_replace_status,
    parse_scrub_status,
    parse_sizes,
)
from hal.storage_array import (
    ArrayStatus,
    ArrayTask,
    MemberHealth,
    MemberState,
    Progress,
    ScrubResult,
)

SYSFS = Path("/sys/fs/btrfs")
KINDS = ("data", "metadata", "system")
UNMIRRORED = ("single", "dup")
"""Profiles with all copies on one disk: what btrfs falls back to while it has only one."""
MIRRORED = ("raid1", "raid1c3", "raid1c4")
REPLACE_TARGET = "0"
"""The devid of the new device while a replace runs."""


@dataclass(frozen=True)
class BtrfsState:
    root: Path
    uuid: str

    @property
    def sysfs(self) -> Path:
        return SYSFS / self.uuid

    def status(self) -> ArrayStatus:
        members = tuple(self._member(stats) for stats in self._stats())
        progress = self.progress()
        unmirrored_bytes = self.unmirrored_bytes()
        writable = mount_of(self.root).writable
        return ArrayStatus(
            kind="btrfs",
            state=judge(members, progress, unmirrored_bytes, writable),
            members=members,
            progress=progress,
            unmirrored_bytes=unmirrored_bytes,
            scrub=self.scrub_result(),
        )

    def _stats(self) -> tuple[DeviceStats, ...]:
        report = must_run("btrfs", "--format", "json", "device", "stats", str(self.root))
        with understood():
            return parse_device_stats(report)

    def _member(self, stats: DeviceStats) -> MemberHealth:
        state = self._member_state(stats)
        device = "" if state is MemberState.MISSING else stats.device
        smart = read_smart(device)
        return MemberHealth(stats.devid, device, state, stats.errors, smart.health, smart.note)

    def _member_state(self, stats: DeviceStats) -> MemberState:
        info = self.sysfs / "devinfo" / stats.devid
        if stats.devid == REPLACE_TARGET:
            return MemberState.FILLING
        if read_attribute(info / "missing") == "1" or not Path(stats.device).exists():
            return MemberState.MISSING
        if read_attribute(info / "writeable") == "0" or stats.errors.total:
            return MemberState.FAILING
        return MemberState.WORKING

    def unmirrored_bytes(self) -> int:
        return sum(self._allocated(kind, profile) for kind in KINDS for profile in UNMIRRORED)

    def _allocated(self, kind: str, profile: str) -> int:
        file = self.sysfs / "allocation" / kind / profile / "total_bytes"
        return int(read_attribute(file)) if file.exists() else 0

    def mirrored_profile(self) -> str | None:
        """raid1 and its kin; None for a btrfs that keeps its copies on one disk."""
        profiles = {
            file.name for kind in KINDS for file in (self.sysfs / "allocation" / kind).iterdir()
        }
        return next((profile for profile in MIRRORED if profile in profiles), None)

    def progress(self) -> Progress | None:
        operation = read_attribute(self.sysfs / "exclusive_operation")
        if operation.startswith("device replace"):
            return Progress(ArrayTask.REPLACE, self.replace_fraction())
        if operation.startswith("balance"):
            return Progress(ArrayTask.MIRROR, self.balance_fraction())
        fraction = self.scrub_fraction() if operation == NO_OPERATION else None
        return None if fraction is None else Progress(ArrayTask.SCRUB, fraction)

    def replace_state(self) -> ReplaceState:
        with understood():
            out = must_run("btrfs", "replace", "status", "-1", str(self.root))
            return parse_replace_status(out).state

    def replace_fraction(self) -> float:
        ran = run_tool("btrfs", "replace", "status", "-1", str(self.root))
        with understood():  # only root may ask: then it is running, and how far is not known
            return parse_replace_status(ran.out).fraction if ran.code == 0 else 0.0

    def balance_fraction(self) -> float:
        ran = run_tool("btrfs", "balance", "status", str(self.root))
        if not ran.out:
            return 0.0
        with understood():
            left = parse_balance_left(ran.out)
        return 1.0 if left is None else 1.0 - left

    def scrub_fraction(self) -> float | None:
        """None when none runs, or when the one who asks may not know."""
        devids = (entry.name for entry in (self.sysfs / "devinfo").iterdir())
        try:
            counts = [scrubbed_bytes(self.root, int(devid)) for devid in devids]
        except OSError:
            return None
        running = [count for count in counts if count is not None]
        return min(1.0, sum(running) / max(1, self._used_bytes())) if running else None

    def _used_bytes(self) -> int:
        """Every copy counted."""
        files = (self.sysfs / "allocation" / kind / "disk_used" for kind in KINDS)
        return sum(int(read_attribute(file)) for file in files)

    def scrub_result(self) -> ScrubResult | None:
        ran = run_tool("btrfs", "scrub", "status", "-R", str(self.root))
        if ran.code != 0:
            return None
        with understood():
            return parse_scrub_status(ran.out)

    def size_bytes(self, devid: str) -> int:
        """How large a disk must be to take this member's place."""
        root = str(self.root)
        with understood():
            sizes = parse_sizes(must_run("btrfs", "filesystem", "show", "--raw", root))
            found = {size.devid: size.size_bytes for size in sizes}
            if found.get(devid):
                return found[devid]
            missing_bytes = parse_missing_bytes(
                must_run("btrfs", "filesystem", "usage", "-b", root)
            )
        missing = sum(1 for size in found.values() if size == 0)
        return missing_bytes // max(1, missing)
