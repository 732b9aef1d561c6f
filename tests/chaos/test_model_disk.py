"""The same on the strict model disk, which promises nothing that POSIX does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos import model, scenarios
from tests.chaos.invariants import Violation

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_promise_outlives_a_power_cut(seed: int) -> None:
    run = model.crashes(seed, 250)
    assert run.tried > 150
    assert not run.findings, "\n".join(str(finding) for finding in run.findings)


def test_every_promise_outlives_a_failed_effect() -> None:
    run = model.failures(1, 40)
    assert run.tried == 80
    assert not run.findings, "\n".join(str(finding) for finding in run.findings)


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS, ids=lambda one: one.__name__)
def test_the_store_survives(scenario: Callable[[Path], list[Violation]]) -> None:
    assert [str(violation) for violation in scenarios.run(scenario)] == []
