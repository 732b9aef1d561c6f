"""The mirrored array below the file system."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class ArrayState(Enum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    REBUILDING = "rebuilding"
    FAILED = "failed"


@dataclass(frozen=True)
class MemberHealth:
    name: str
    present: bool
    errors: int
    """Read, write, flush, corruption and generation errors since the counters were reset."""


@dataclass(frozen=True)
class ArrayStatus:
    state: ArrayState
    members: tuple[MemberHealth, ...]


class StorageArray(Protocol):
    def status(self) -> ArrayStatus: ...
