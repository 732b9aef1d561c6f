"""Why the fault lamp is lit: it goes out when the last reason has gone, not when any has."""

from dataclasses import dataclass, field
from enum import Enum, auto

from hal.panel import Lamp, Panel


class Trouble(Enum):
    FILM = auto()
    """The last scan: over when a film is scanned again."""
    WORKER = auto()
    """The node restarts it by itself: over for the technician when work goes on."""
    SPACE = auto()
    ARRAY = auto()
    IMAGES = auto()
    """Stored images that are damaged or missing."""
    QUEUE = auto()
    """Images that are held, or go nowhere: over when a person has released or sent them."""


ENDED_BY_SCAN = frozenset({Trouble.FILM, Trouble.WORKER, Trouble.SPACE})
"""A scan that finds no room says so again; what is wrong with disks and images lasts."""


@dataclass
class PanelFaults:
    panel: Panel
    _lit_for: set[Trouble] = field(default_factory=set, init=False)

    def set(self, trouble: Trouble, is_there: bool) -> None:
        if is_there:
            self._lit_for.add(trouble)
        else:
            self._lit_for.discard(trouble)
        self.panel.light(Lamp.FAULT, bool(self._lit_for))

    def film_taken_up(self) -> None:
        self._lit_for -= ENDED_BY_SCAN
        self.panel.light(Lamp.FAULT, bool(self._lit_for))
