"""Many seeded lives, with every fault, and no promise broken. Those that once broke one run first.

`make explore` is the same at length.
"""

from functools import partial

import pytest

from sim.explore import Summary, all_cores, try_all, try_seed, try_world
from tests.simulation.finding import planted
from tests.simulation.past import Entry, entries, world_of

SEEDS, DAYS = 200, 7.0


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["found"])
def test_a_world_that_broke_once(entry: Entry) -> None:
    assert try_world(world_of(entry)).violation is None


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["bug"])
def test_it_breaks_again_without_the_mending(entry: Entry) -> None:
    with planted(entry["bug"]):
        assert try_world(world_of(entry)).violation is not None


@pytest.fixture(scope="module")
def explored() -> Summary:
    summary = Summary()
    for outcome in try_all(range(1, SEEDS + 1), partial(try_seed, days=DAYS), all_cores()):
        summary.add(outcome)
    return summary


def test_no_promise_is_broken(explored: Summary) -> None:
    assert explored.seeds == SEEDS
    assert not [(str(one.violation), one.replay) for one in explored.broken]


def test_every_check_had_something_to_look_at(explored: Summary) -> None:
    assert not explored.blind
    assert explored.seen["stored"] > SEEDS
    assert explored.seen["drained"] == SEEDS


def test_every_fault_struck(explored: Summary) -> None:
    assert len(explored.faults) > 25
