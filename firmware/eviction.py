"""Makes room: removes the oldest files that every archive has committed to, under pressure only.

The row says EVICTING before the file goes and EVICTED after, so that a crash between leaves
neither a file nobody knows nor a loss that looks like one.
"""

from dataclasses import dataclass

from firmware.events import Evicted, Listener, SpaceLow
from firmware.index.keeping import Keeping, Kept
from firmware.keeping import Condition, Found
from firmware.store import Store

LOOK_S = 30.0


@dataclass
class Eviction:
    store: Store
    keeping: Keeping
    listener: Listener
    low_bytes: int
    """Below so much free, it begins."""
    high_bytes: int
    """It ends when so much is free again."""
    keep_days: float
    """A file stays at least so long after its commitment."""
    _said_low: bool = False

    def step(self) -> float:
        self.finish()
        if self.store.disk.free_bytes() >= self.low_bytes:
            self._said_low = False
            return LOOK_S
        while self.store.disk.free_bytes() < self.high_bytes:
            chosen = self.keeping.choose_for_eviction(self.keep_days)
            if chosen is None:
                self._say_low()
                break
            self._remove(chosen)
        return LOOK_S

    def finish(self) -> None:
        """What a crash left half removed."""
        for kept in self.keeping.in_condition(Condition.EVICTING):
            self._remove(kept)

    def _remove(self, kept: Kept) -> None:
        self.store.remove(kept.file.path)
        self.keeping.found(kept.instance, Found.FILE_REMOVED)
        self.listener(Evicted(kept.instance))

    def _say_low(self) -> None:
        if not self._said_low:
            self.listener(SpaceLow(self.store.disk.free_bytes(), self.low_bytes))
        self._said_low = True
