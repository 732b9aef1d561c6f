"""The mirrored array below the file system: what it is told to do, and what it says of itself.

A member is named the way its array names it, and for as long as its place exists: btrfs's devid,
md's slot. Devices come and go below that name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from typing import Protocol


class ArrayState(Enum):
    HEALTHY = "healthy"
    """Every block has all its copies, as far as anybody has looked."""
    DEGRADED = "degraded"
    """What is stored can be read, but the next failure may lose it."""
    REBUILDING = "rebuilding"
    FAILED = "failed"
    """It takes nothing any more, or nothing is left of it."""


class MemberState(Enum):
    WORKING = "working"
    FAILING = "failing"
    """There, and answering with errors; a disk that died without being unplugged looks so too."""
    MISSING = "missing"
    FILLING = "filling"
    """Being written to; not yet a copy."""
    SPARE = "spare"


class SmartHealth(Enum):
    PASSED = "passed"
    FAILING = "failing"
    UNKNOWN = "unknown"


class ArrayTask(Enum):
    SCRUB = "scrub"
    REPLACE = "replace"
    MIRROR = "mirror"
    """Giving a second copy to what was written while there was only one member."""


@dataclass(frozen=True)
class ErrorCounts:
    """Since a scrub last found everything right; where the array keeps count at all."""

    write: int = 0
    read: int = 0
    flush: int = 0
    corruption: int = 0
    generation: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class MemberHealth:
    name: str
    device: str
    """Its path; empty while it is missing."""
    state: MemberState
    errors: ErrorCounts = ErrorCounts()
    smart: SmartHealth = SmartHealth.UNKNOWN
    smart_note: str = ""
    """Why it is unknown, or what the disk complains of; in smartctl's own words."""

    @property
    def present(self) -> bool:
        return self.state is not MemberState.MISSING


@dataclass(frozen=True)
class ScrubResult:
    """The last one. md counts sectors that differ and mends none: they are `uncorrectable`."""

    finished: bool
    """False: it is running, or was cut short."""
    corrected: int
    uncorrectable: int


@dataclass(frozen=True)
class Progress:
    task: ArrayTask
    fraction: float
    """0 to 1."""


@dataclass(frozen=True)
class ArrayStatus:
    kind: str
    """btrfs or md."""
    state: ArrayState
    members: tuple[MemberHealth, ...]
    progress: Progress | None = None
    """Of what it is doing now."""
    unmirrored_bytes: int = 0
    """Room set aside while degraded, of which there is one copy only."""
    scrub: ScrubResult | None = None


class StorageArray(Protocol):
    """Every call may raise StorageError: the array, or the tool that speaks to it, said no.

    `scrub`, `replace` and `mirror` check before they touch anything (ConfigError says what to
    change), then start; the iterator only tells how far they are. Nothing stops when it is
    dropped, and a restart takes up where it was.
    """

    def status(self) -> ArrayStatus: ...

    def scrub(self) -> Iterator[Progress]:
        """Read every copy and mend what can be; the result is in `status().scrub`."""

    def replace(self, member: str, new_device: str, force: bool = False) -> Iterator[Progress]:
        """Put `new_device` in the member's place, until everything is mirrored again.

        `force`: overwrite what is on the new device.
        """

    def mirror(self) -> Iterator[Progress]:
        """Mirror again what was written while degraded; `replace` ends with this by itself."""
