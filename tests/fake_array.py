"""An array that is as a test says, for the watch, the panel and the commands."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hal.errors import NodeError
from hal.storage_array import (
    ArrayState,
    ArrayStatus,
    ArrayTask,
    ErrorCounts,
    MemberHealth,
    MemberState,
    Progress,
)


def member(name: str, state: MemberState = MemberState.WORKING, errors: int = 0) -> MemberHealth:
    device = "" if state is MemberState.MISSING else f"/dev/sd{name}"
    return MemberHealth(name, device, state, ErrorCounts(corruption=errors))


HEALTHY = ArrayStatus("btrfs", ArrayState.HEALTHY, (member("1"), member("2")))
MISSING = ArrayStatus("btrfs", ArrayState.DEGRADED, (member("1"), member("2", MemberState.MISSING)))


def failing(errors: int) -> ArrayStatus:
    legs = (member("1"), member("2", MemberState.FAILING, errors))
    return ArrayStatus("btrfs", ArrayState.DEGRADED, legs)


@dataclass
class FakeArray:
    now: ArrayStatus = HEALTHY
    down: NodeError | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    refuses: NodeError | None = None

    def status(self) -> ArrayStatus:
        if self.down:
            raise self.down
        return self.now

    def scrub(self) -> Iterator[Progress]:
        return self._do(ArrayTask.SCRUB, "scrub")

    def replace(self, member: str, new_device: str, force: bool = False) -> Iterator[Progress]:
        return self._do(ArrayTask.REPLACE, "replace", member, new_device, str(force))

    def mirror(self) -> Iterator[Progress]:
        return self._do(ArrayTask.MIRROR, "mirror")

    def _do(self, task: ArrayTask, *asked: str) -> Iterator[Progress]:
        if self.refuses:
            raise self.refuses
        self.asked.append(asked)
        return iter([Progress(task, 0.0), Progress(task, 1.0)])
