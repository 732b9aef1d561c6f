"""The state of one md array: its sysfs folder and mdadm's report, into one ArrayStatus.

It only looks. md itself goes on calling an unplugged disk in_sync, `degraded` 0 and [UU] until
it next writes; a member whose block device is gone is missing here at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.array_state import judge
from drivers.array_tools import must_run, read_attribute, understood
from drivers.mounts import mount_of
from drivers.smart import read_smart
from drivers.wire.mdadm_report import parse_export, parse_member_flags, parse_sync_completed
from hal.storage_array import (
    ArrayStatus,
    ArrayTask,
    ErrorCounts,
    MemberHealth,
    MemberState,
    Progress,
    ScrubResult,
)

SECTOR_BYTES = 512
_TASKS = {
    "check": ArrayTask.SCRUB,
    "repair": ArrayTask.SCRUB,
    "recover": ArrayTask.REPLACE,
    "resync": ArrayTask.MIRROR,
}
"""`sync_action` (Documentation/admin-guide/md.rst)."""
NO_SLOT = "none"
FAULTY = "faulty"


@dataclass(frozen=True)
class MdState:
    sysfs: Path
    """/sys/.../block/md0"""
    root: Path

    @property
    def device(self) -> str:
        return f"/dev/{self.sysfs.name}"

    def attribute(self, name: str) -> str:
        return read_attribute(self.sysfs / "md" / name)

    def status(self) -> ArrayStatus:
        members = tuple(sorted(self._members(), key=lambda member: member.name))
        progress = self.progress()
        writable = mount_of(self.root).writable
        return ArrayStatus(
            kind="md",
            state=judge(members, progress, takes_writes=writable),
            members=members,
            progress=progress,
            scrub=self.scrub_result(),
        )

    def _folders(self) -> list[Path]:
        return sorted((self.sysfs / "md").glob("dev-*"))

    def _members(self) -> Iterator[MemberHealth]:
        """One for each slot, and the spares.

        md takes the slot from a disk that failed: it is shown in the slot that nothing else
        fills. One that failed after its replacement is no part of the array any more.
        """
        present, folders = self._present_devices(), self._folders()
        slots = {str(slot) for slot in range(int(self.attribute("raid_disks")))}
        empty = sorted(slots - {read_attribute(folder / "slot") for folder in folders})
        for folder in folders:
            name = self._name(folder, empty)
            if name:
                device = f"/dev/{_disk(folder)}"
                yield self._member(folder, name, device if device in present else "")
        yield from (MemberHealth(slot, "", MemberState.MISSING) for slot in empty)

    def _name(self, folder: Path, empty: list[str]) -> str:
        slot = read_attribute(folder / "slot")
        if slot != NO_SLOT:
            return slot
        if FAULTY not in read_attribute(folder / "state"):
            return _disk(folder)
        return empty.pop(0) if empty else ""

    def _present_devices(self) -> set[str]:
        with understood():
            report = parse_export(must_run("mdadm", "--detail", "--export", self.device))
        return {member.device for member in report.members}

    def _member(self, folder: Path, name: str, device: str) -> MemberHealth:
        flags = parse_member_flags(read_attribute(folder / "state"))
        read_errors = int(read_attribute(folder / "errors"))
        has_slot = read_attribute(folder / "slot") != NO_SLOT
        smart = read_smart(device)
        return MemberHealth(
            name=name,
            device=device,
            state=member_state(bool(device), has_slot, flags, read_errors),
            errors=ErrorCounts(read=read_errors),
            smart=smart.health,
            smart_note=smart.note,
        )

    def progress(self) -> Progress | None:
        task = _TASKS.get(self.attribute("sync_action"))
        if task is None:
            return None
        with understood():
            return Progress(task, parse_sync_completed(self.attribute("sync_completed")))

    def scrub_result(self) -> ScrubResult | None:
        """`mismatch_cnt`: sectors that differed at the last check; which copy is right, md cannot
        know."""
        last = self.attribute("last_sync_action")
        if last not in ("check", "repair"):
            return None
        running = _TASKS.get(self.attribute("sync_action")) is ArrayTask.SCRUB
        return ScrubResult(not running, 0, int(self.attribute("mismatch_cnt")))

    def needed_bytes(self) -> int:
        """`component_size` is in KiB, `offset` (where the data starts) in sectors."""
        offsets = [int(read_attribute(folder / "offset")) for folder in self._folders()]
        return int(self.attribute("component_size")) * 1024 + max(offsets) * SECTOR_BYTES


def _disk(folder: Path) -> str:
    return folder.name.removeprefix("dev-")


def member_state(
    present: bool, has_slot: bool, flags: frozenset[str], read_errors: int
) -> MemberState:
    if not present:
        return MemberState.MISSING
    if flags & {FAULTY, "write_error", "blocked"}:
        return MemberState.FAILING
    if "in_sync" in flags:
        return MemberState.FAILING if read_errors else MemberState.WORKING
    return MemberState.FILLING if has_slot else MemberState.SPARE
