"""`hal.storage_array` over md RAID1. mdadm(8) speaks to it; the kernel does the work.

It never asks md to `repair`: md cannot tell which of two copies is right and takes the first.
What differs is counted, and the store's own digests find the file and fetch it back.
"""

from collections.abc import Iterator
from pathlib import Path

from drivers.array_refusals import (
    member_named,
    present_devices,
    refuse_busy,
    refuse_last_good,
    refuse_with_missing,
)
from drivers.array_sentences import REPLACE_STOPPED, TOOL_FAILED
from drivers.array_tools import PROGRESS_POLL_S, must_run, read_attribute, run_tool
from drivers.block_device import refuse_unfit, signatures
from drivers.md_state import MdState
from hal.clock import Clock
from hal.errors import StorageError
from hal.storage_array import ArrayStatus, ArrayTask, MemberHealth, MemberState, Progress

IDLE = "idle"
SPARE = "spare"
START_POLLS_MAX = 20  # 10 s: md starts a recovery within one pass of its own thread


class MdArray:
    def __init__(self, sysfs: Path, root: Path, clock: Clock) -> None:
        self._state = MdState(sysfs, root)
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
        refuse_unfit(new_device, present_devices(status), self._state.needed_bytes(), force)
        return self._replace(leaving, new_device)

    def mirror(self) -> Iterator[Progress]:
        """md mirrors by itself whatever was written while degraded: nothing is to be started."""
        return self._follow(ArrayTask.MIRROR)

    def _scrub(self) -> Iterator[Progress]:
        action = self._state.sysfs / "md" / "sync_action"
        try:
            action.write_text("check")
        except OSError as error:
            reason = error.strerror
            raise StorageError(TOOL_FAILED.fill(tool="md check", reason=reason)) from error
        yield from self._follow(ArrayTask.SCRUB)

    def _replace(self, leaving: MemberHealth, new_device: str) -> Iterator[Progress]:
        if signatures(new_device):
            must_run("wipefs", "--all", new_device)
        if leaving.state is MemberState.WORKING:
            self._manage("--add-spare", new_device)
            self._manage("--replace", leaving.device, "--with", new_device)
        else:
            self._take_out(leaving)
            self._manage("--add", new_device)
        yield from self._follow(ArrayTask.REPLACE)
        self._check_filled(new_device)
        if leaving.state is MemberState.WORKING:
            self._manage("--remove", leaving.device)

    def _take_out(self, leaving: MemberHealth) -> None:
        """`detached` is what mdadm(8) calls a member whose device node is gone."""
        name = leaving.device or "detached"
        run_tool("mdadm", self._state.device, "--fail", name)
        run_tool("mdadm", self._state.device, "--remove", name)

    def _check_filled(self, new_device: str) -> None:
        members = self.status().members
        found = next((member for member in members if member.device == new_device), None)
        if found is None or found.state is not MemberState.WORKING:
            state = found.state.value if found else MemberState.MISSING.value
            raise StorageError(REPLACE_STOPPED.fill(state=state))

    def _manage(self, *arguments: str) -> None:
        must_run("mdadm", self._state.device, *arguments)

    def _follow(self, task: ArrayTask) -> Iterator[Progress]:
        """Until md is idle again; a task that needs a moment to start is waited for."""
        if task is ArrayTask.REPLACE:
            self._wait_for_start()
        while self._state.attribute("sync_action") != IDLE:
            found = self._state.progress()
            yield Progress(task, found.fraction if found else 0.0)
            self._clock.sleep(PROGRESS_POLL_S)
        yield Progress(task, 1.0)

    def _wait_for_start(self) -> None:
        for _ in range(START_POLLS_MAX):
            if self._state.attribute("sync_action") != IDLE or not self._filling():
                return
            self._clock.sleep(PROGRESS_POLL_S)

    def _filling(self) -> bool:
        """A disk that is in, but not in sync; False when the recovery was over at once."""
        folders = (self._state.sysfs / "md").glob("dev-*")
        return any(SPARE in read_attribute(folder / "state") for folder in folders)
