"""Time and chance as ports, so that the simulation can own both."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC. It may jump: never subtract two of them."""

    def monotonic_s(self) -> float:
        """Seconds that never go back; only differences mean anything."""

    def sleep(self, duration_s: float) -> None: ...


class Entropy(Protocol):
    def random_bytes(self, count: int) -> bytes:
        """`count` bytes that nobody else draws: UIDs are made of them."""
