"""What people do with an image once it is stored: at the panel, and days later at a desk.

Shares, as in `faults.Habits`; each says of what. A person of whom nothing is drawn does nothing:
images go by themselves when their time has come, and an urgent one stays nobody's.
"""

from dataclasses import dataclass
from random import Random

OFTEN = (0.0, 0.5, 1.0)
SELDOM = (0.0, 0.05, 0.2)
"""A film is seldom scanned badly, and a name seldom misread; more often the rest never comes up."""


@dataclass(frozen=True)
class LookHabits:
    """The technician's."""

    decides: float = 0.0
    """Of the images that she saw stored; the others go when `look_s` is over."""
    sends: float = 0.0
    """Of those that she accepts: SEND, which ends the examination. Else NEXT."""
    rejects: float = 0.0
    """Of those that she decides of; that film is scanned again."""
    hesitates: float = 0.0
    """Before the reason: she walks away for minutes or for the day, or leaves it with SEND."""
    presses_too_often: float = 0.0
    """The button that decides, once more or thrice."""
    goes_back: float = 0.0
    """Of the films with an order: another one is chosen first, and left at the question."""
    misreads: float = 0.0
    """Of the same: another patient is confirmed, and the film scanned as theirs."""
    notices: float = 0.0
    """Of those, when the image is stored; then it is rejected. Else the film is thrown away."""

    @classmethod
    def drawn(cls, chance: Random) -> "LookHabits":
        return cls(
            decides=chance.choice(OFTEN),
            sends=chance.choice(OFTEN),
            rejects=chance.choice((0.0, 0.1, 0.4)),
            hesitates=chance.choice((0.0, 0.0, 0.3)),
            presses_too_often=chance.choice(SELDOM),
            goes_back=chance.choice(SELDOM),
            misreads=chance.choice(SELDOM),
            notices=chance.choice(OFTEN),
        )


@dataclass(frozen=True)
class DeskHabits:
    """Of the administrator, who gives studies to the orders that they belong to."""

    days_between_visits: float = 0.0
    """On average; 0: nobody comes."""
    does: float = 0.0
    """Of the studies that are wrong, each time."""
    lingers: float = 0.0
    """Of the requests: minutes go by between looking at the images and asking."""
    by_command: float = 0.0
    """Of the requests: from another process, which cannot wake the node's worker."""
    loses_power: float = 0.0
    """Of the requests: power goes while the node corrects."""

    @classmethod
    def drawn(cls, chance: Random) -> "DeskHabits":
        """Nobody in every third world."""
        return cls(
            days_between_visits=chance.choice((0.0, 0.3, 2.0)),
            does=chance.choice((0.3, 1.0)),
            lingers=chance.choice((0.0, 0.3)),
            by_command=chance.choice(OFTEN),
            loses_power=chance.choice((0.0, 0.0, 0.5)),
        )
