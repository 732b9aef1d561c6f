"""The machine's own clock and its source of chance."""

import os
import time
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def sleep(self, duration_s: float) -> None:
        time.sleep(duration_s)


class SystemEntropy:
    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)
