"""The archives of one world, by their names in the node's configuration.

In a third of the worlds there are two, and the second has no fault: whatever the first one does
must not hold it back.
"""

from collections.abc import Callable, Mapping
from random import Random

from sim.scheduled_archive import QUIET, ScheduledArchive
from sim.scheduled_habits import ArchiveHabits

ARCHIVE, SECOND = "ARCHIVE", "SECOND"
HAS_TWO = 1 / 3


def drawn_habits(stream: Callable[[str], Random]) -> dict[str, ArchiveHabits]:
    """`stream`: a chance stream by its name."""
    habits = {ARCHIVE: ArchiveHabits.drawn(stream("archives"))}
    if stream("two archives").random() < HAS_TWO:
        habits[SECOND] = QUIET
    return habits


def drawn_archives(
    stream: Callable[[str], Random], say: Callable[[str, str], None]
) -> dict[str, ScheduledArchive]:
    return archives_with(drawn_habits(stream), stream, say)


def archives_with(
    habits: Mapping[str, ArchiveHabits],
    stream: Callable[[str], Random],
    say: Callable[[str, str], None],
) -> dict[str, ScheduledArchive]:
    return {name: _archive(name, each, stream, say) for name, each in habits.items()}


def _archive(
    name: str,
    habits: ArchiveHabits,
    stream: Callable[[str], Random],
    say: Callable[[str, str], None],
) -> ScheduledArchive:
    return ScheduledArchive(
        habits,
        lambda habit: stream(f"archive {name} {habit}"),
        lambda what, detail: say(what, f"{name} {detail}".rstrip()),
    )
