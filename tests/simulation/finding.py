"""How many seeds it takes to find a planted mistake."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sim.explore import Summary, try_world
from sim.faults import Fault
from sim.panel_habits import DeskHabits, LookHabits
from sim.world import World
from tests.simulation.past import entries, world_of
from tests.simulation.planted import BUGS

SEEDS_MAX = 50
DAYS = 7.0
LIKE = {entry["bug"]: entry for entry in entries()}
"""What takes a rare coincidence is looked for in worlds like the one that found it."""
BUSY = 12
NEEDS: dict[str, dict[str, Any]] = {
    "a .part called published": {
        "films_a_day": 4,
        "plates": 0.8,
        "days_between_ends": 0.05,
        "calls_to_end_max": 5,
        "faults": (Fault.KILL, Fault.CUT),
    },
    "a failed rename not noticed": {"faults": (Fault.FILE_IO,), "films_a_day": BUSY},
    "a correction takes along what came after it was asked for": {
        "films_a_day": BUSY,
        "looks": LookHabits(misreads=0.5),
        "desk": DeskHabits(days_between_visits=0.05, does=1.0, by_command=1.0),
    },
}
"""Looked for in busy worlds that have it often: one write of eight is a rename, and one world of
five has writes that fail; a film has to come between a request and the worker's next look; and a
part without all of its pixels is no image to a start."""
PINNED = LIKE.keys() | NEEDS.keys()
"""Such worlds lack what they leave out, and nothing sees it there."""
WRONGLY_PLANTED = ("TypeError", "AttributeError", "NameError")
"""The product has changed under a mistake's feet: then it is found, but not as what it is."""


@dataclass(frozen=True)
class Found:
    bug: str
    first: int
    seeds: int
    """How many it took; 0: not found."""
    what: str = ""


@contextmanager
def planted(name: str) -> Iterator[None]:
    with ExitStack() as stack:
        BUGS[name](stack)
        yield


def find(bug: str, first: int, seeds_max: int = SEEDS_MAX) -> Found:
    """From this seed on, one after the other."""
    summary = Summary()
    with planted(bug):
        for count, seed in enumerate(range(first, first + seeds_max), start=1):
            outcome = try_world(_world(bug, seed))
            summary.add(outcome)
            if outcome.violation is not None:
                return Found(bug, first, count, str(outcome.violation))
            if summary.blind and bug not in PINNED:
                return Found(bug, first, count, f"never looked at: {', '.join(summary.blind)}")
    return Found(bug, first, 0)


def _world(bug: str, seed: int) -> World:
    if bug in NEEDS:
        knobs = replace(World(seed, DAYS).knobs, **NEEDS[bug])
        return World(seed, DAYS, knobs=knobs)
    return world_of({**LIKE[bug], "seed": seed}) if bug in LIKE else World(seed, DAYS)
