"""What a power cut leaves of the unsynced: drawn from chance, with the two ends made likely."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class SeededCut:
    """A `sim.disk.PowerCut`."""

    chance: Random

    def name_survives(self) -> bool:
        return self.chance.random() < 0.5

    def bytes_survive(self, unsynced_bytes: int) -> int:
        share = self.chance.random()
        if share < 1 / 3:
            return 0
        if share < 2 / 3:
            return unsynced_bytes
        return int(self.chance.random() * (unsynced_bytes + 1))

    def length_survives(self) -> bool:
        return self.chance.random() < 0.5
