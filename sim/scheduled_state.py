"""What all parts of one simulated archive share: its habits, chance, memory, and a voice."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sim.scheduled_habits import ArchiveHabits, Dice
from sim.scheduled_memory import ArchiveMemory, Shelf


@dataclass
class ArchiveState:
    habits: ArchiveHabits
    dice: Dice
    say: Callable[[str, str], None]
    """Into the trace: what happened, and to what."""
    memory: ArchiveMemory = field(default_factory=ArchiveMemory)
    shelf: Shelf = field(default_factory=Shelf)

    def falls(self, habit: str, chance: float) -> bool:
        """True: it happens this time, and the trace says so."""
        happens = self.dice.falls(habit, chance)
        if happens:
            self.say(habit, "")
        return happens

    def spread_s(self, habit: str, average_s: float) -> float:
        """Around an average; 0 without one."""
        return self.dice.of(habit).expovariate(1.0 / average_s) if average_s > 0.0 else 0.0
