"""What was stamped while the clock was ahead does not wait for that year to come."""

from datetime import datetime, timedelta

from firmware.clock_watch import ClockWatch
from firmware.index.database import stamp
from firmware.index.misdated import Misdated
from tests.fakes import FakeClock
from tests.unit.firmware.conftest import Index

YEARS = timedelta(days=15 * 365)
PATIENCE_S = 64 * 3600.0


class WallClock(FakeClock):
    """Somebody sets it."""

    wrong = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.wrong


def watch(index: Index, clock: WallClock) -> ClockWatch:
    return ClockWatch(Misdated(index.database, clock, PATIENCE_S), clock)


def test_an_image_stored_in_a_wrong_year_is_sent_all_the_same(index: Index) -> None:
    """Found by the seeded world, seed 113."""
    index.clock = clock = WallClock()
    watching = watch(index, clock)
    watching.step()
    clock.wrong = YEARS
    set_due(index, uid := index.add(), clock.now())
    watching.step()
    clock.wrong = timedelta(0)
    watching.step()
    assert due_at(index, uid) == stamp(clock.now())
    (entry,) = index.database.rows("SELECT detail FROM audit WHERE actor = 'clock'")
    assert entry["detail"] == "1 to be sent"


def test_a_clock_put_right_while_the_node_was_off_is_noticed_at_the_start(index: Index) -> None:
    clock = WallClock()
    uid = index.add()
    set_due(index, uid, clock.now() + YEARS)
    watch(index, clock).step()
    assert due_at(index, uid) == stamp(clock.now())


def test_what_firmware_itself_waits_for_stays(index: Index) -> None:
    clock = WallClock()
    uid = index.add()
    for state, wait_s in (("queued", 600.0), ("sent", 600.0), ("awaiting", PATIENCE_S)):
        due = clock.now() + timedelta(seconds=wait_s)
        set_due(index, uid, due, state)
        watch(index, clock).step()
        assert due_at(index, uid) == stamp(due)
    assert index.database.rows("SELECT * FROM audit WHERE actor = 'clock'") == []


def test_what_was_verified_and_committed_in_the_future_counts_from_now(index: Index) -> None:
    clock = WallClock()
    uid = index.add()
    future = stamp(clock.now() + YEARS)
    connection = index.database.connection
    connection.execute("UPDATE instance SET verified_at = ?", (future,))
    connection.execute("UPDATE outbox SET state = 'committed', committed_at = ?", (future,))
    watch(index, clock).step()
    ((verified_at,),) = index.database.rows("SELECT verified_at FROM instance")
    ((committed_at,),) = index.database.rows("SELECT committed_at FROM outbox")
    assert verified_at < stamp(clock.now())
    assert committed_at == stamp(clock.now())
    assert index.state(uid) == "committed"


def test_a_clock_that_goes_on_is_left_alone(index: Index) -> None:
    clock = WallClock()
    watching = watch(index, clock)
    watching.step()
    uid = index.add()
    set_due(index, uid, due := clock.now() + timedelta(seconds=600.0))
    for forward in (0.0, 3600.0):
        clock.sleep(60.0)
        clock.wrong += timedelta(seconds=forward)
        watching.step()
    assert due_at(index, uid) == stamp(due)


def test_what_is_listed_and_falls_back_in_the_future_counts_from_now(index: Index) -> None:
    clock = WallClock()
    uid = index.add()
    future = stamp(clock.now() + YEARS)
    index.database.connection.execute(
        "UPDATE outbox SET confirmed_at = ?1, fallback_at = ?1", (future,)
    )
    set_due(index, uid, clock.now() + timedelta(hours=1), "unproven")
    watch(index, clock).step()
    (row,) = index.database.rows("SELECT * FROM outbox")
    assert row["confirmed_at"] == row["due_at"] == stamp(clock.now())
    assert row["fallback_at"] == stamp(clock.now() + timedelta(days=7))


def set_due(index: Index, uid: str, due: datetime, state: str = "queued") -> None:
    index.database.connection.execute(
        "UPDATE outbox SET due_at = ?, state = ? WHERE instance = ?", (stamp(due), state, uid)
    )


def due_at(index: Index, uid: str) -> str:
    ((found,),) = index.database.rows("SELECT due_at FROM outbox WHERE instance = ?", (uid,))
    return str(found)
