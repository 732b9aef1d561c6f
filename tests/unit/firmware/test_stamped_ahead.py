"""A clock that was ahead between two looks is noticed by what it stamped."""

from datetime import timedelta

import pytest

from firmware.clock_watch import ClockWatch
from firmware.index.database import stamp
from firmware.index.misdated import Misdated
from firmware.index.stamped_ahead import QUESTIONS
from tests.fakes import FakeClock
from tests.unit.firmware.conftest import Index

YEARS = timedelta(days=15 * 365)
PATIENCE_S = 64 * 3600.0


def between_two_looks(index: Index, change: str, at: timedelta) -> None:
    clock = index.clock
    watching = ClockWatch(Misdated(index.database, clock, PATIENCE_S), clock)
    watching.step()
    index.database.connection.execute(change, (stamp(clock.now() + at),))
    clock.sleep(60.0)
    watching.step()


@pytest.mark.parametrize(
    ("state", "longest_s"),
    [("queued", 600.0), ("sent", 600.0), ("unproven", 600.0), ("awaiting", PATIENCE_S)],
)
def test_an_image_due_in_a_wrong_year_is_due_now(
    index: Index, state: str, longest_s: float
) -> None:
    """Found by the seeded world, seed 144."""
    index.add()
    change = f"UPDATE outbox SET state = '{state}', due_at = ?"
    between_two_looks(index, change, timedelta(seconds=longest_s))
    assert trail(index) == []
    between_two_looks(index, change, YEARS)
    ((due_at,),) = index.database.rows("SELECT due_at FROM outbox")
    assert due_at == stamp(index.clock.now())
    assert len(trail(index)) == 1


def test_what_was_verified_in_a_wrong_year_is_verified_again(index: Index) -> None:
    index.add()
    between_two_looks(index, "UPDATE instance SET verified_at = ?", YEARS)
    ((verified_at,),) = index.database.rows("SELECT verified_at FROM instance")
    assert verified_at < stamp(FakeClock().now())
    assert trail(index) == ["1 verified"]


def test_a_slow_correction_of_the_clock_is_none(index: Index) -> None:
    index.add()
    between_two_looks(index, "UPDATE instance SET verified_at = ?", timedelta(seconds=60.5))
    assert trail(index) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_index_answers(index: Index, question: str) -> None:
    """Once a minute, of all that a store ever held."""
    bounds = dict.fromkeys(("now", "soon", "patience", "fetched_again", "never"), "")
    (step,) = index.database.rows(f"EXPLAIN QUERY PLAN {question}", bounds)
    assert " INDEX " in step["detail"]


def trail(index: Index) -> list[str]:
    rows = index.database.rows("SELECT detail FROM audit WHERE actor = 'clock' ORDER BY seq")
    return [row["detail"] for row in rows]
