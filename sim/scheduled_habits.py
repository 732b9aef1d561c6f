"""What a simulated archive is like: every knob of it, drawn from the seed, quiet by default.

Swarm style: each seed has a few of the habits and not the others, since one that happens all the
time hides what comes after it. Each habit has a chance stream of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from random import Random
from typing import Any

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0
FOR_EVER_S = float("inf")
HAS_HABIT = 1 / 3
"""Of each habit; an archive has about ten of thirty."""
IS_QUIET = 1 / 8
"""Of all seeds: there, what goes wrong is nobody's doing but the node's."""


@dataclass(frozen=True)
class ArchiveHabits:
    """`..._chance`: of each occasion, 0 to 1. All at their defaults: an archive without a fault."""

    response_s: float = 0.0
    """On average, before each answer. Beyond the node's patience (120 s) it counts as none."""
    days_between_outages: float = 0.0
    """On average; 0: never away."""
    outage_s: float = HOUR_S
    """On average: from a restart to a long weekend."""
    breaks_chance: float = 0.0
    """The line breaks in mid-image: nothing of it is stored."""
    half_open_chance: float = 0.0
    """No answer comes, and the line does not end; every other time the image was stored."""
    loses_response_chance: float = 0.0
    """Stored; the line breaks before the node hears of it."""
    refuses_chance: float = 0.0
    """With a status that may be another one next time (A700, 0110, 0213)."""
    refuses_for_good_chance: float = 0.0
    """With a status that comes each time (A900, C000, 0122, 0124), until somebody mends it."""
    warns_chance: float = 0.0
    """Stored, with B000, B006 or B007."""
    says_duplicate: bool = False
    """0111 for what it has already; else Success."""
    drops_chance: float = 0.0
    """Answers Success and does not keep it."""
    not_taken_chance: float = 0.0
    """A question for commitment is answered by a failure, or the line breaks before it."""
    question_lost_chance: float = 0.0
    """The question is taken, and its answer is lost: the report comes all the same."""
    report_s: float = 2.0
    """How long a report takes: from an archive's own disk to its tape robot."""
    report_is_uneven: bool = False
    """`report_s` is an average then, and reports overtake each other."""
    late_chance: float = 0.0
    """A report takes days."""
    doubled_chance: float = 0.0
    """A report comes again, up to a day later."""
    silent_chance: float = 0.0
    """A question never gets its report."""
    gives_up_s: float = FOR_EVER_S
    """A report that the node was not there to take is offered again for so long."""
    on_same_line_chance: float = 0.0
    """A report that is fast enough comes on the association of the question: a node that was
    switched off meanwhile never sees it."""
    denies_chance: float = 0.0
    """Each instance that it has may be reported as failed."""
    leaves_out_chance: float = 0.0
    """Each instance may be named neither as committed nor as failed."""
    lies: bool = False
    """Commits to whatever it is asked, there or not."""
    strange_chance: float = 0.0
    """Beside a report comes another under a transaction that nobody asked under."""
    days_between_replacements: float = 0.0
    """On average; 0: never. The new one comes without the old one's questions."""
    backup_s: float = FOR_EVER_S
    """Of a replacement: it has what came longer ago than this; for ever: it comes empty."""
    gives_back: bool = True
    """It has a C-GET service."""
    not_found_chance: float = 0.0
    """Says that it has none of what it is to give back."""
    alters_chance: float = 0.0
    """Gives an image back with another content."""
    breaks_off_chance: float = 0.0
    """The line breaks while it gives an image back."""
    has_another_chance: float = 0.0
    """Under the UID of an image that comes for the first time it has another one already, and
    says 0111: a node that was cloned with its disk, a migration that went wrong."""
    only_lists: bool = False
    """It has no storage commitment: the node is configured to ask by query."""

    @classmethod
    def drawn(cls, chance: Random) -> "ArchiveHabits":
        """Every knob draws, had or not: so that one more at the end changes none before it."""
        quiet = chance.random() < IS_QUIET
        values: dict[str, Any] = {}
        for name, draw in RANGES:
            has, value = chance.random() < HAS_HABIT, draw(chance)
            if has and not quiet:
                values[name] = value
        return cls(**values)

    def told(self) -> str:
        """What differs from an archive without a fault."""
        differing = (
            f"{field.name}={getattr(self, field.name):g}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )
        return ", ".join(differing) or "no fault"


def _one_of(*values: float) -> Callable[[Random], float]:
    return lambda chance: chance.choice(values)


def _sometimes(chance: Random) -> bool:
    """With `HAS_HABIT`, of one archive in ten: what is not committed is not evicted, and no promise
    is put to the test there."""
    return chance.random() < 0.3


def _always(value: bool) -> Callable[[Random], bool]:
    return lambda _: value


OFTEN = _one_of(0.05, 0.3, 0.9)
SELDOM = _one_of(0.02, 0.1, 0.3)
RANGES: tuple[tuple[str, Callable[[Random], Any]], ...] = (
    ("response_s", _one_of(0.2, 3.0, 60.0)),
    ("days_between_outages", _one_of(0.2, 2.0, 20.0)),
    ("outage_s", _one_of(5 * MINUTE_S, 6 * HOUR_S, 3 * DAY_S)),
    ("breaks_chance", OFTEN),
    ("half_open_chance", SELDOM),
    ("loses_response_chance", OFTEN),
    ("refuses_chance", OFTEN),
    ("refuses_for_good_chance", SELDOM),
    ("warns_chance", OFTEN),
    ("says_duplicate", _always(True)),
    ("drops_chance", SELDOM),
    ("not_taken_chance", OFTEN),
    ("question_lost_chance", OFTEN),
    ("report_s", _one_of(0.0, MINUTE_S, 2 * HOUR_S, DAY_S)),
    ("report_is_uneven", _always(True)),
    ("late_chance", SELDOM),
    ("doubled_chance", OFTEN),
    ("silent_chance", OFTEN),
    ("gives_up_s", _one_of(0.0, 10 * MINUTE_S)),
    ("on_same_line_chance", OFTEN),
    ("denies_chance", SELDOM),
    ("leaves_out_chance", SELDOM),
    ("lies", _always(True)),
    ("strange_chance", OFTEN),
    ("days_between_replacements", _one_of(3.0, 30.0)),
    ("backup_s", _one_of(DAY_S, 7 * DAY_S)),
    ("gives_back", _always(False)),
    ("not_found_chance", SELDOM),
    ("alters_chance", SELDOM),
    ("breaks_off_chance", OFTEN),
    ("has_another_chance", SELDOM),
    ("only_lists", _sometimes),
)


class Dice:
    """A chance stream for each habit: what one does changes nothing for the others."""

    def __init__(self, stream: Callable[[str], Random]) -> None:
        self._stream = stream
        self._streams: dict[str, Random] = {}

    def of(self, habit: str) -> Random:
        if habit not in self._streams:
            self._streams[habit] = self._stream(habit)
        return self._streams[habit]

    def falls(self, habit: str, chance: float) -> bool:
        return chance > 0.0 and self.of(habit).random() < chance
