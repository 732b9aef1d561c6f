"""What a watcher says is kept, and a disk is not woken to be told the same again."""

from datetime import datetime

from firmware.index.notices import UNCHANGED, Notices
from tests.unit.firmware.conftest import Index

YEAR_S = 365 * 86_400.0
WELL, BAD = {"state": "well"}, {"state": "in trouble"}


def kept(index: Index) -> list[tuple[datetime, str]]:
    rows = index.database.rows("SELECT at, content FROM notice WHERE name = 'array'")
    return [(datetime.fromisoformat(row["at"]), row["content"]) for row in rows]


def test_the_same_again_is_written_once_in_a_while(index: Index) -> None:
    notices = Notices(index.database, index.clock)
    notices.keep("array", WELL)
    first = kept(index)
    index.clock.sleep(30.0)
    notices.keep("array", WELL)
    assert kept(index) == first
    index.clock.sleep(UNCHANGED.total_seconds())
    notices.keep("array", WELL)
    assert kept(index)[0][0] == index.clock.now()


def test_what_changed_is_written_at_once(index: Index) -> None:
    notices = Notices(index.database, index.clock)
    notices.keep("array", WELL)
    index.clock.sleep(1.0)
    notices.keep("array", BAD)
    assert kept(index) == [(index.clock.now(), '{"state": "in trouble"}')]


def test_a_time_that_was_ahead_does_not_stay_for_its_year(index: Index) -> None:
    notices = Notices(index.database, index.clock)
    index.clock.sleep(YEAR_S)
    notices.keep("array", WELL)
    index.clock.sleep(-YEAR_S)
    notices.keep("array", WELL)
    assert kept(index)[0][0] == index.clock.now()
