"""The real process, killed or refused at its own system calls."""

from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.chaos import syscalls
from tests.chaos.needs import MOUNTS, TRACING
from tests.chaos.syscalls import EIO, ENOSPC, KILL, Call

pytestmark = [*MOUNTS, *TRACING]  # the pool's processes have mounts of their own


@pytest.fixture(scope="module")
def calls(pool: ProcessPoolExecutor) -> list[Call]:
    return pool.submit(syscalls.calls).result()


@pytest.mark.parametrize(("injected", "points"), [(KILL, 100), (EIO, 60), (ENOSPC, 60)])
def test_every_promise_outlives_it(
    pool: ProcessPoolExecutor, calls: list[Call], injected: str, points: int
) -> None:
    tried = syscalls.chosen(syscalls.points(calls, injected), points, seed=1)
    assert len(tried) == points
    halves = pool.map(syscalls.try_all, [tried[::2], tried[1::2]])
    outcomes = [outcome for half in halves for outcome in half]
    wrong = [str(outcome) for outcome in outcomes if outcome.violations]
    assert not wrong, "\n".join(wrong)
    if injected == KILL:
        assert {outcome.ended for outcome in outcomes} == {"killed by SIGKILL"}
