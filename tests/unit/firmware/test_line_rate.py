"""What is known of a line after what went over it."""

from datetime import timedelta

import pytest

from firmware.line_rate import COUNTED_BYTES_MIN, STALE, LineRate, current, with_transfer
from tests.fakes import NOON

FILM = 26_000_000


def after(*took_s: float) -> LineRate | None:
    known = None
    for each in took_s:
        known = with_transfer(known, FILM, each, NOON)
    return known


def test_the_first_transfer_is_all_that_is_known() -> None:
    known = after(20.0)
    assert known is not None
    assert known.bytes_per_s == FILM / 20.0


def test_a_line_that_changed_is_known_after_a_few() -> None:
    known = after(20.0, *[2.0] * 5)
    assert known is not None
    assert known.bytes_per_s == pytest.approx(FILM / 2.0, rel=0.2)


def test_small_ones_and_times_of_nothing_do_not_count() -> None:
    known = after(20.0)
    assert with_transfer(known, COUNTED_BYTES_MIN - 1, 9.0, NOON) is known
    assert with_transfer(known, FILM, 0.0, NOON) is known


@pytest.mark.parametrize("away", [STALE, -STALE])
def test_what_is_too_old_or_of_a_clock_that_was_ahead_is_not_believed(away: timedelta) -> None:
    known = after(20.0)
    later = NOON + away * 1.01
    assert current(known, later) is None
    assert with_transfer(known, FILM, 1.0, later) == LineRate(FILM, 1.0, later)
