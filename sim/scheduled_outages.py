"""When a simulated archive is away, and how that looks from the node; when it is replaced."""

from dataclasses import dataclass
from enum import Enum
from random import Random

from sim.scheduled_habits import DAY_S, FOR_EVER_S, MINUTE_S

OUTAGE_MIN_S = MINUTE_S  # an archive does not restart faster


class Looks(Enum):
    """What a node gets that asks for an association."""

    REFUSES_CONNECTION = "refuses connections"
    BUSY = "is busy"
    KNOWS_NOBODY = "does not know the node"
    """A wrong configuration over there: rejected for good, until somebody mends it."""
    SILENT = "does not answer"


@dataclass(frozen=True)
class Outage:
    begin_s: float
    end_s: float
    looks: Looks


NEVER = Outage(FOR_EVER_S, FOR_EVER_S, Looks.BUSY)


class Outages:
    """One after the other, drawn as time comes to them."""

    def __init__(self, chance: Random, days_between: float, outage_s: float) -> None:
        self._chance = chance
        self._days_between = days_between
        self._outage_s = outage_s
        self._next = self._drawn(0.0) if days_between else NEVER

    def at(self, now_s: float) -> Outage | None:
        while self._next.end_s <= now_s:
            self._next = self._drawn(self._next.end_s)
        return self._next if self._next.begin_s <= now_s else None

    def _drawn(self, from_s: float) -> Outage:
        chance = self._chance
        begin_s = from_s + chance.expovariate(1.0 / (self._days_between * DAY_S))
        end_s = begin_s + OUTAGE_MIN_S + chance.expovariate(1.0 / self._outage_s)
        return Outage(begin_s, end_s, chance.choice(list(Looks)))


class Replacements:
    """Moments at which the archive is another one."""

    def __init__(self, chance: Random, days_between: float) -> None:
        self._chance = chance
        self._days_between = days_between
        self._next_s = self._drawn(0.0) if days_between else FOR_EVER_S

    def due(self, now_s: float) -> float | None:
        """The next one, once."""
        if self._next_s > now_s:
            return None
        at_s = self._next_s
        self._next_s = self._drawn(at_s)
        return at_s

    def _drawn(self, from_s: float) -> float:
        return from_s + self._chance.expovariate(1.0 / (self._days_between * DAY_S))
