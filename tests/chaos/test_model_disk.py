"""The same on the strict model disk, which promises nothing that POSIX does not."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from firmware.index.database import migrate
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


def test_what_is_carried_is_durable_with_whatever_comes_next(tmp_path: Path) -> None:
    world = model.World(tmp_path)
    database = world.site.database(world.site.index)
    migrate(database)
    world.index.committed(database.connection)

    def survived() -> list[int]:
        copy = tmp_path / "durable"
        copy.write_bytes(world.index.durable)
        with closing(sqlite3.connect(copy)) as connection:
            return [row[0] for row in connection.execute("SELECT number FROM kept")]

    with database.transaction() as connection:
        connection.execute("CREATE TABLE kept (number)")
    with database.carried() as connection:
        connection.execute("INSERT INTO kept VALUES (1)")
    assert survived() == []
    with database.transaction() as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    assert survived() == [1, 2]
    database.close()


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS, ids=lambda one: one.__name__)
def test_the_store_survives(scenario: Callable[[Path], list[Violation]]) -> None:
    assert [str(violation) for violation in scenarios.run(scenario)] == []
