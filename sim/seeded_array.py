"""The mirrored array of a seeded world, as far as the node watches it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hal.errors import ConfigError, Sentence
from hal.storage_array import (
    ArrayState,
    ArrayStatus,
    ArrayTask,
    MemberHealth,
    MemberState,
    Progress,
)
from sim.life import Life

NOT_HERE = Sentence(
    en="A simulated array mends itself.", fr="Une grappe simulée se répare elle-même."
)
HALF_WAY = Progress(ArrayTask.REPLACE, 0.5)


@dataclass
class SeededArray:
    """Outlives every life of the node."""

    state: ArrayState = ArrayState.HEALTHY

    def status(self) -> ArrayStatus:
        second = {
            ArrayState.DEGRADED: MemberState.MISSING,
            ArrayState.REBUILDING: MemberState.FILLING,
        }.get(self.state, MemberState.WORKING)
        members = (
            MemberHealth("1", "/dev/sda", MemberState.WORKING),
            MemberHealth("2", "" if second is MemberState.MISSING else "/dev/sdb", second),
        )
        rebuilding = HALF_WAY if self.state is ArrayState.REBUILDING else None
        return ArrayStatus("btrfs", self.state, members, rebuilding)


@dataclass
class ArrayFor:
    life: Life
    array: SeededArray
    _last: ArrayState | None = field(default=None, init=False)

    def status(self) -> ArrayStatus:
        state = self.array.state
        self.life.call("array", "status", state.value)
        if state is self._last:
            self.life.in_vain()
        self._last = state
        return self.array.status()

    def scrub(self) -> Iterator[Progress]:
        raise ConfigError(NOT_HERE)

    def replace(
        self,
        member: str,  # noqa: ARG002 -- the port's
        new_device: str,  # noqa: ARG002
        force: bool = False,  # noqa: ARG002
    ) -> Iterator[Progress]:
        raise ConfigError(NOT_HERE)

    def mirror(self) -> Iterator[Progress]:
        raise ConfigError(NOT_HERE)
