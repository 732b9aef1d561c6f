"""How fast bytes may go out: a token bucket, filled by the hour's own limit.

The bucket is pure: it is told the time, and says how long to wait. It never drops anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hal.clock import Clock
from hal.devices import BandwidthLimit

Throttle = Callable[[int], None]
"""Called before so many bytes go out; returns when they may."""

BURST_S = 0.25
"""What a line's other users do not notice; and so much may be saved up at most."""
BYTES_PER_KBIT = 125.0


@dataclass
class TokenBucket:
    _tokens_bytes: float = field(default=0.0, init=False)
    _filled_at_s: float | None = field(default=None, init=False)

    def take(self, count_bytes: int, now_s: float, rate_bytes_s: float) -> float:
        """Seconds to wait before they go. More than the bucket holds is owed, not lost."""
        burst_bytes = rate_bytes_s * BURST_S
        if self._filled_at_s is None:
            self._tokens_bytes = burst_bytes
        else:
            gained_bytes = (now_s - self._filled_at_s) * rate_bytes_s
            self._tokens_bytes = min(burst_bytes, self._tokens_bytes + gained_bytes)
        self._filled_at_s = now_s
        self._tokens_bytes -= count_bytes
        return max(0.0, -self._tokens_bytes / rate_bytes_s)


@dataclass
class LimitedLine:
    """A Throttle for one archive, by the hours of its configuration."""

    limits: tuple[BandwidthLimit, ...]
    zone: ZoneInfo
    clock: Clock
    bucket: TokenBucket = field(default_factory=TokenBucket)

    def __call__(self, count_bytes: int) -> None:
        moment = self.clock.now().astimezone(self.zone).time()
        limit = next((limit for limit in self.limits if limit.span.holds(moment)), None)
        if limit is None:
            self.bucket = TokenBucket()  # nothing is owed from the hours before
            return
        rate_bytes_s = limit.kbit_s * BYTES_PER_KBIT
        wait_s = self.bucket.take(count_bytes, self.clock.monotonic_s(), rate_bytes_s)
        if wait_s > 0.0:
            self.clock.sleep(wait_s)
