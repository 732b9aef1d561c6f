"""A look at an image: when it goes, that a rejected one never does, and that a start knows it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from firmware.events import Accepted, Event, Rejected
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.examinations import Ended, Examinations, Fate
from firmware.index.holding import SEEN_BEFORE
from firmware.index.keeping import Keeping
from firmware.index.outbox import BACKOFF_LAST_S, Outbox
from firmware.looks_worker import LOOK_AGAIN_STEPS, LooksWorker
from firmware.moves import State
from firmware.panel_times import PanelTimes
from firmware.panel_worker import LookOrdered
from firmware.panel_workflow import Action, Reason, urgent_order
from firmware.recovery import recover
from firmware.routing import everywhere
from firmware.store import Store, path_of, rejected_path
from hal.errors import Sentence, StorageFull
from hal.values import Order, Uid
from sim.disk import ModelDisk
from tests.fakes import CountingEntropy, FakeClock
from tests.unit.dicom.films import ORDER
from tests.unit.firmware.small_films import publish_film

ROUTE = everywhere("NEAR")
TIMES = PanelTimes(look_s=120.0, confirm_s=180.0, examination_s=900.0)


class Looks(list[LookOrdered]):
    def put(self, item: LookOrdered) -> None:
        self.append(item)

    def take(self, timeout_s: float) -> LookOrdered | None:
        return self.pop(0) if self else None


class World:
    def __init__(self, path: Path) -> None:
        self.clock, self.disk = FakeClock(), ModelDisk()
        self.database = Database(path)
        migrate(self.database)
        self.store = Store(self.disk, 0)
        self.store.prepare()
        self.catalogue = Catalogue(self.database, self.clock, CountingEntropy())
        self.outbox = Outbox(self.database, self.clock)
        self.examinations = Examinations(self.database, self.clock)
        self.events: list[Event] = []
        self.looks = Looks()
        self.worker = LooksWorker(
            self.looks, self.examinations, self.store, TIMES, self.events.append
        )

    def scan(self, number: int, order: Order = ORDER, doubt: str = "") -> Uid:
        study = Uid("2.25.900" if order is ORDER else "2.25.901")
        entry, published = publish_film(self.store, order, study, number)
        self.examinations.record(
            self.catalogue,
            entry,
            published,
            ROUTE,
            order,
            device="film-scanner",
            look_s=TIMES.look_s,
            doubt=doubt,
        )
        return entry.sop_instance_uid

    def look(self, action: Action, uid: Uid, reason: Reason | None = None) -> None:
        self.looks.put(LookOrdered(action, uid, reason))
        self.worker.step()

    def rejected_on_the_line(self) -> Uid:
        uid = self.scan(1)
        self.look(Action.ACCEPT, uid)
        assert self.outbox.lease("NEAR", 1) == (uid,)
        self.look(Action.REJECT, uid, Reason.MOTION)
        assert self.events[1:] == [Rejected(uid, "motion", was_sent=False, is_being_sent=True)]
        return uid

    def wait(self, time_s: float) -> None:
        self.clock.sleep(time_s)
        self.worker.step()

    def is_due(self, uid: Uid) -> bool:
        (standing,) = self.outbox.standing(uid)
        return standing.state is State.QUEUED and standing.due_at <= self.clock.now()

    def state(self, uid: Uid) -> State:
        (standing,) = self.outbox.standing(uid)
        return standing.state

    def verdict(self, uid: Uid) -> str:
        (row,) = self.database.rows("SELECT verdict FROM looked_at WHERE instance = ?", (uid,))
        return str(row["verdict"])

    def start_again(self) -> None:
        recover(self.store, self.catalogue, Keeping(self.database, self.clock), ROUTE)

    @property
    def all(self) -> list[tuple[Order, Ended | None]]:
        since = self.clock.now() - timedelta(days=1)
        return [(one.order, one.ended) for one in self.examinations.since(since)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "index.sqlite3")


def test_an_image_waits_for_a_look_and_not_for_ever(world: World) -> None:
    uid = world.scan(1)
    assert not world.is_due(uid)
    world.wait(TIMES.look_s)
    assert world.is_due(uid)
    assert world.verdict(uid) == "timed out"


def test_an_accepted_image_is_due_now(world: World) -> None:
    uid = world.scan(1)
    world.look(Action.ACCEPT, uid)
    assert world.is_due(uid)
    assert (world.verdict(uid), world.events) == ("accepted", [Accepted(uid)])


def test_an_urgent_image_does_not_wait(world: World) -> None:
    assert world.is_due(world.scan(1, urgent_order("URG1")))


def test_a_rejected_image_is_kept_and_never_sent(world: World) -> None:
    uid = world.scan(1)
    world.look(Action.REJECT, uid, Reason.MOTION)
    assert world.state(uid) is State.WITHDRAWN
    assert world.disk.size_bytes(path_of(uid)) is None
    assert world.disk.size_bytes(rejected_path(uid))
    assert world.events == [Rejected(uid, "motion", was_sent=False)]
    (row,) = world.database.rows("SELECT detail FROM audit WHERE action = 'rejected'")
    assert row["detail"] == "motion"
    world.start_again()
    assert world.state(uid) is State.WITHDRAWN
    assert world.disk.size_bytes(rejected_path(uid))


def test_a_start_puts_aside_what_the_power_left_in_its_place(world: World) -> None:
    uid = world.scan(1)
    assert world.examinations.reject(uid, "motion") is Fate.STOPPED
    world.start_again()
    assert world.disk.size_bytes(path_of(uid)) is None
    assert world.disk.size_bytes(rejected_path(uid))
    assert world.state(uid) is State.WITHDRAWN


def test_what_was_sent_before_stays_and_is_said_to_have_been(world: World) -> None:
    uid = world.scan(1)
    world.database.connection.execute("UPDATE outbox SET state = 'sent'")
    world.look(Action.REJECT, uid, Reason.OTHER)
    assert world.state(uid) is State.SENT
    assert world.disk.size_bytes(path_of(uid))
    assert world.events == [Rejected(uid, "other", was_sent=True)]


ENDS_IN_THE_QUEUE = {
    "not delivered": lambda outbox, uid: outbox.not_delivered(uid, "NEAR", "cut"),
    "not reached": lambda outbox, uid: outbox.not_reached(uid, "NEAR", "away"),
    "gave way": lambda outbox, uid: outbox.gave_way(uid, "NEAR"),
    "refused for now": lambda outbox, uid: outbox.refused(uid, "NEAR", "full", 2),
    "refused": lambda outbox, uid: outbox.refused(uid, "NEAR", "full", 1),
    "interrupted": lambda outbox, _: outbox.lease("NEAR", 1),
}


@pytest.mark.parametrize("end", ENDS_IN_THE_QUEUE.values(), ids=ENDS_IN_THE_QUEUE)
def test_rejected_on_the_line_it_leaves_the_queue_when_it_did_not_get_there(
    world: World, end: Callable[[Outbox, Uid], object]
) -> None:
    uid = world.rejected_on_the_line()
    world.worker.step()
    assert (world.state(uid), len(world.events)) == (State.SENDING, 2)
    end(world.outbox, uid)
    world.clock.sleep(BACKOFF_LAST_S)
    assert world.outbox.lease("NEAR", 1) == ()
    world.worker.step()
    assert world.state(uid) is State.WITHDRAWN
    assert world.disk.size_bytes(rejected_path(uid))
    assert world.events[2:] == [Rejected(uid, "motion", was_sent=False, may_have_come=True)]


def test_rejected_on_the_line_and_a_power_cut(world: World) -> None:
    uid = world.rejected_on_the_line()
    world.start_again()
    assert world.outbox.lease("NEAR", 1) == ()
    world.worker = LooksWorker(
        world.looks, world.examinations, world.store, TIMES, world.events.append
    )
    world.worker.step()
    assert world.state(uid) is State.WITHDRAWN
    assert world.events[-1] == Rejected(uid, "motion", was_sent=False, may_have_come=True)
    world.worker.step()
    assert world.events[-2:].count(world.events[-1]) == 1, "said once"


def test_rejected_on_the_line_it_got_there_all_the_same(world: World) -> None:
    uid = world.rejected_on_the_line()
    world.outbox.accepted(uid, "NEAR")
    world.worker.step()
    assert world.state(uid) is State.SENT
    assert world.disk.size_bytes(path_of(uid))
    assert world.events[2:] == [Rejected(uid, "motion", was_sent=True)]


def test_rejected_on_the_line_it_falls_back_nowhere(world: World) -> None:
    uid = world.rejected_on_the_line()
    world.database.connection.execute(
        "UPDATE outbox SET fallback = 'FAR', fallback_at = '2000', last_error = 'away'"
    )
    assert world.outbox.fall_back("NEAR") == []
    assert world.state(uid) is State.SENDING


def test_a_damaged_image_that_was_rejected_is_not_said_to_have_been_sent(world: World) -> None:
    uid = world.scan(1)
    world.database.connection.execute("UPDATE instance SET condition = 'damaged'")
    world.look(Action.REJECT, uid, Reason.MOTION)
    assert world.state(uid) is State.WITHDRAWN
    assert world.events == [Rejected(uid, "motion", was_sent=False)]


def test_a_doubted_image_waits_for_a_person(world: World) -> None:
    uid = world.scan(1)
    world.look(Action.DOUBT, uid)
    world.wait(10 * TIMES.examination_s)
    assert world.state(uid) is State.HELD
    world.look(Action.ACCEPT_AND_CLOSE, uid)
    assert world.is_due(uid)
    other = world.scan(2)
    world.look(Action.DOUBT, other)
    world.look(Action.REJECT_WRONG_PATIENT, other, Reason.WRONG_PATIENT)
    assert world.state(other) is State.WITHDRAWN


@pytest.mark.parametrize("order", [ORDER, urgent_order("URG1")])
def test_a_film_known_as_anothers_is_held_from_the_first_moment(world: World, order: Order) -> None:
    uid = world.scan(1, order, SEEN_BEFORE)
    assert world.state(uid) is State.HELD
    world.wait(10 * TIMES.examination_s)
    assert world.state(uid) is State.HELD
    world.look(Action.ACCEPT_AND_CLOSE, uid)
    assert world.is_due(uid)
    assert world.verdict(uid) == "accepted"


def test_a_doubted_image_can_be_rejected_away_from_the_panel(world: World) -> None:
    """URGENT was pressed over it: the panel has another image to look at by now."""
    uid, waiting = world.scan(1), world.scan(2)
    world.look(Action.DOUBT, uid)
    assert not world.examinations.reject_held(waiting, "motion", "alice"), "it is not held"
    assert not world.examinations.reject_held(Uid("1.2.3"), "motion", "alice")
    assert world.examinations.reject_held(uid, "wrong patient", "alice")
    assert world.state(uid) is State.WITHDRAWN
    for _ in range(LOOK_AGAIN_STEPS):
        world.worker.step()
    assert world.events == [Rejected(uid, "wrong patient", was_sent=False)]
    assert world.disk.size_bytes(rejected_path(uid))
    (row,) = world.database.rows("SELECT actor FROM audit WHERE action = 'rejected'")
    assert row["actor"] == "alice"


def test_a_decision_that_could_not_be_written_is_not_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = world.scan(1)

    def full(*_: object) -> Fate:
        raise StorageFull(Sentence("full", "plein"))

    with monkeypatch.context() as patched:
        patched.setattr(world.examinations, "reject", full)
        with pytest.raises(StorageFull):
            world.look(Action.REJECT, uid, Reason.MOTION)
    world.worker.step()
    assert world.state(uid) is State.WITHDRAWN


def test_a_rejected_file_that_could_not_be_renamed_is_put_aside_at_the_next_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = world.scan(1)

    def broken(*_: object) -> None:
        raise StorageFull(Sentence("full", "plein"))

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "reject", broken)
        with pytest.raises(StorageFull):
            world.look(Action.REJECT, uid, Reason.MOTION)
    world.worker.step()
    assert not world.store.published()
    assert world.store.disk.size_bytes(rejected_path(uid)) is not None


def test_views_of_one_visit_are_one_examination(world: World) -> None:
    uids = [world.scan(number) for number in (1, 2)]
    assert world.all == [(ORDER, None)]
    world.look(Action.CLOSE, uids[1])
    assert world.all == [(ORDER, Ended.COMPLETED)]
    assert all(world.is_due(uid) for uid in uids)
    world.scan(3)
    assert len(world.all) == 2


def test_it_ends_by_itself_and_discontinued_when_all_was_rejected(world: World) -> None:
    uid = world.scan(1)
    world.look(Action.REJECT, uid, Reason.MOTION)
    world.wait(TIMES.examination_s)
    assert world.all == [(ORDER, Ended.DISCONTINUED)]
