"""Each mistake that somebody could make is found by few seeds: else no seed proves anything."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from sim.explore import all_cores
from tests.simulation.finding import SEEDS_MAX, WRONGLY_PLANTED, Found, find
from tests.simulation.planted import BUGS

FIRST = 1


@pytest.fixture(scope="module")
def finds() -> Iterator[dict[str, Future[Found]]]:
    """All at once, so that every core has something to do."""
    with ProcessPoolExecutor(all_cores(), multiprocessing.get_context("spawn")) as pool:
        yield {bug: pool.submit(find, bug, FIRST) for bug in BUGS}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_mistake_is_found(finds: dict[str, Future[Found]], bug: str) -> None:
    found = finds[bug].result()
    assert 0 < found.seeds <= SEEDS_MAX, f"not within {SEEDS_MAX} seeds"
    assert not any(name in found.what for name in WRONGLY_PLANTED), found.what
