"""Makes room: removes the oldest files that every archive has committed to.

Under pressure only, or as soon as the rules allow it; either way nothing goes that is not
committed. The row says EVICTING before the file goes and EVICTED after, so that a crash between
leaves neither a file nobody knows nor a loss that looks like one.
"""

from dataclasses import dataclass
from pathlib import Path

from firmware.bring_back import implementation_at
from firmware.events import Evicted, Listener, SpaceLow
from firmware.index.implementations import Implementations
from firmware.index.keeping import Keeping, Kept
from firmware.keeping import Condition, Found, Rules
from firmware.store import QUARANTINE, Store

LOOK_S = 30.0
TOGETHER_MAX = 100  # a step ends, so that the node can be stopped


@dataclass
class Eviction:
    store: Store
    keeping: Keeping
    implementations: Implementations
    listener: Listener
    low_bytes: int
    """Below so much free, it begins."""
    high_bytes: int
    """It ends when so much is free again."""
    rules: Rules
    when_due: bool = False
    """Each file goes when its time is over, be there room or not."""
    _said_low: bool = False

    def step(self) -> float:
        self.finish()
        if self.when_due and self._remove_due():
            return 0.0
        if self.store.disk.free_bytes() >= self.low_bytes:
            self._said_low = False
            return LOOK_S
        while self.store.disk.free_bytes() < self.high_bytes:
            if not self._remove_oldest():
                self._say_low()
                break
        return LOOK_S

    def finish(self) -> None:
        """What a crash left half removed."""
        for kept in self.keeping.in_condition(Condition.EVICTING):
            self._remove(kept)

    def _remove_due(self) -> bool:
        """True: there may be more."""
        return all(self._remove_oldest() for _ in range(TOGETHER_MAX))

    def _remove_oldest(self) -> bool:
        chosen = self.keeping.choose_for_eviction(self.rules)
        if chosen is not None:
            self._remove(chosen)
        return chosen is not None

    def _remove(self, kept: Kept) -> None:
        """Also from quarantine/, where the scrub may have put it since it was chosen: its renaming
        came before the removal, or finds nothing any more.

        Who wrote it is remembered: to be fetched back, it has to be made again bit for bit.
        """
        aside = f"{QUARANTINE}/{Path(kept.file.path).name}"
        self._remember_who_wrote(kept.file.path)
        self.store.remove(kept.file.path)
        if self.store.disk.size_bytes(aside) is not None:
            self._remember_who_wrote(aside)
            self.store.remove(aside)
        self.keeping.found(kept.instance, Found.FILE_REMOVED)
        self.listener(Evicted(kept.instance))

    def _remember_who_wrote(self, path: str) -> None:
        written_by = implementation_at(self.store, path)
        if written_by is not None:
            self.implementations.remember(written_by)

    def _say_low(self) -> None:
        if not self._said_low:
            self.listener(SpaceLow(self.store.disk.free_bytes(), self.low_bytes))
        self._said_low = True
