"""How many seeds it takes to find a planted mistake."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sim.explore import Summary, try_seed
from tests.simulation.planted import BUGS

SEEDS_MAX = 50
DAYS = 7.0
DAYS_OF = {
    "one and the same patience with a slow archive": 30.0,
    "a press that waited confirms what came up meanwhile": 30.0,
}
"""Longer lives, where it takes a rare archive or a rare coincidence."""
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
            outcome = try_seed(seed, DAYS_OF.get(bug, DAYS))
            summary.add(outcome)
            if outcome.violation is not None:
                return Found(bug, first, count, str(outcome.violation))
            if summary.blind:
                return Found(bug, first, count, f"never looked at: {', '.join(summary.blind)}")
    return Found(bug, first, 0)
