"""How fast the line to one archive has been of late: bytes a second, from what was really sent.

Pure: it is told what was sent, how long it took and when. A response comes when all of it is there,
so what waits in buffers on the way is counted as time. It never counts what was not accepted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = 0.5
"""Of what was known, at each transfer: after three, seven eighths are of these three."""
COUNTED_BYTES_MIN = 256 * 1024
"""Less says more of round trips than of the line."""
STALE = timedelta(days=7)
"""A line that was not used for so long may be another one."""


@dataclass(frozen=True)
class LineRate:
    """Sums that fade; so a long transfer says more than a short one."""

    size_bytes: float
    took_s: float
    measured_at: datetime

    @property
    def bytes_per_s(self) -> float:
        return self.size_bytes / self.took_s


def with_transfer(
    known: LineRate | None, size_bytes: int, took_s: float, now: datetime
) -> LineRate | None:
    """What is known with this transfer too."""
    if size_bytes < COUNTED_BYTES_MIN or took_s <= 0.0:
        return known
    before = current(known, now)
    if before is None:
        return LineRate(size_bytes, took_s, now)
    return LineRate(KEPT * before.size_bytes + size_bytes, KEPT * before.took_s + took_s, now)


def current(known: LineRate | None, now: datetime) -> LineRate | None:
    """None when it is too old to be believed, or of a clock that was ahead."""
    if known is None or abs(now - known.measured_at) > STALE:
        return None
    return known
