"""`hal.storage_array` over btrfs raid1: scrub, replace, and mirror again what was written alone.

btrfs(8) does the work in the kernel and takes it up again after a power cut; this starts it,
follows it, and never deletes a device.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

from drivers.array_refusals import (
    member_named,
    present_devices,
    refuse_busy,
    refuse_last_good,
    refuse_with_missing,
)
from drivers.array_sentences import (
    MIRROR_NEEDS_TWO,
    NO_ROOM_TO_MIRROR,
    REPLACE_STOPPED,
    TOOL_FAILED,
)
from drivers.array_tools import Ran, follow_tool, must_run
from drivers.block_device import refuse_unfit
from drivers.btrfs_state import BtrfsState
from drivers.wire.btrfs_report import ReplaceState
from hal.clock import Clock
from hal.errors import ConfigError, StorageError, StorageFull
from hal.storage_array import (
    ArrayStatus,
    ArrayTask,
    MemberHealth,
    MemberState,
    Progress,
    SmartHealth,
)

SCRUB_FOUND_UNCORRECTABLE = 3  # btrfs-scrub(8), EXIT STATUS


class BtrfsArray:
    def __init__(self, root: Path, uuid: str, clock: Clock) -> None:
        self._root = str(root)
        self._state = BtrfsState(root, uuid)
        self._clock = clock

    def status(self) -> ArrayStatus:
        return self._state.status()

    def scrub(self) -> Iterator[Progress]:
        status = self.status()
        refuse_busy(status)
        refuse_with_missing(status)
        return self._scrub()

    def replace(self, member: str, new_device: str, force: bool = False) -> Iterator[Progress]:
        status = self.status()
        leaving = member_named(status, member)
        refuse_busy(status)
        refuse_last_good(status, leaving)
        needed_bytes = self._state.size_bytes(leaving.name)
        refuse_unfit(new_device, present_devices(status), needed_bytes, force)
        return self._replace(leaving, new_device)

    def mirror(self) -> Iterator[Progress]:
        status = self.status()
        refuse_busy(status)
        if sum(member.present for member in status.members) < 2:
            raise ConfigError(MIRROR_NEEDS_TWO)
        return self._mirror()

    def _scrub(self) -> Iterator[Progress]:
        ran = yield from self._follow(ArrayTask.SCRUB, "scrub", "start", "-B", self._root)
        if ran.code not in (0, SCRUB_FOUND_UNCORRECTABLE):
            raise StorageError(TOOL_FAILED.fill(tool="btrfs scrub", reason=ran.reason))
        self._forget_errors_if_all_is_right()

    def _forget_errors_if_all_is_right(self) -> None:
        """A pass that had nothing to mend is the proof that both copies are good again.

        One that did mend something is not: the next pass shows whether it held.
        """
        found = self._state.scrub_result()
        if found and found.finished and not found.corrected and not found.uncorrectable:
            must_run("btrfs", "device", "stats", "-z", self._root)

    def _replace(self, leaving: MemberHealth, new_device: str) -> Iterator[Progress]:
        # -r: read from the old disk only where no other copy is good.
        spare_it = ("-r",) if _unwell(leaving) else ()
        ran = yield from self._follow(
            ArrayTask.REPLACE,
            *("replace", "start", "-B", "-f", *spare_it, leaving.name, new_device, self._root),
        )
        if ran.code != 0:
            raise StorageError(TOOL_FAILED.fill(tool="btrfs replace", reason=ran.reason))
        state = self._state.replace_state()
        if state is not ReplaceState.FINISHED:
            raise StorageError(REPLACE_STOPPED.fill(state=state.value))
        yield from self._mirror()

    def _mirror(self) -> Iterator[Progress]:
        """btrfs-balance(8): `soft` leaves alone what has its copies."""
        profile = self._state.mirrored_profile() or "raid1"
        ran = yield from self._follow(
            ArrayTask.MIRROR,
            *("balance", "start", f"-dconvert={profile},soft", f"-mconvert={profile},soft"),
            self._root,
        )
        if ran.code == 0:
            return
        if "No space left" in ran.err:
            raise StorageFull(NO_ROOM_TO_MIRROR)
        raise StorageError(TOOL_FAILED.fill(tool="btrfs balance", reason=ran.reason))

    def _follow(self, task: ArrayTask, *command: str) -> Generator[Progress, None, Ran]:
        ran = yield from follow_tool(
            self._clock, lambda: Progress(task, self._fraction(task)), "btrfs", *command
        )
        yield Progress(task, 1.0)
        return ran

    def _fraction(self, task: ArrayTask) -> float:
        match task:
            case ArrayTask.SCRUB:
                return self._state.scrub_fraction() or 0.0
            case ArrayTask.REPLACE:
                return self._state.replace_fraction()
            case ArrayTask.MIRROR:
                return self._state.balance_fraction()


def _unwell(member: MemberHealth) -> bool:
    return member.state is not MemberState.WORKING or member.smart is SmartHealth.FAILING
