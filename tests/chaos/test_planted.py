"""Each mistake that somebody could write is caught: else the other tests prove nothing."""

from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from tests.chaos.catching import CAUGHT_BY, Catch, catch
from tests.chaos.needs import MOUNTS, TRACING
from tests.chaos.planted import BUGS

pytestmark = [*MOUNTS, *TRACING]
HIDDEN = [("no fsync of the folder", "btrfs"), ("no fsync of the file", "killed")]
"""Why no single method is enough."""


@pytest.fixture(scope="module")
def catches(pool: ProcessPoolExecutor) -> dict[str, Future[Catch]]:
    """All at once, so that every core has something to do."""
    return {bug: pool.submit(catch, bug, method) for bug, method in CAUGHT_BY.items()}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_mistake_is_caught(catches: dict[str, Future[Catch]], bug: str) -> None:
    assert catches[bug].result().violations, f"{CAUGHT_BY[bug]} did not see it"


@pytest.mark.parametrize(("bug", "method"), HIDDEN)
def test_what_a_method_is_known_to_be_blind_to(
    pool: ProcessPoolExecutor, bug: str, method: str
) -> None:
    """Not a promise: when it fails, the method has become better and the table is to be mended."""
    assert not pool.submit(catch, bug, method).result().violations
