"""What goes first, what waits for what, and what a streak of failures leaves on the trail."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.events import FellBack, NotSent, SaidDuplicate, Sent
from firmware.forwarder import URGENT_IN_A_ROW_MAX
from firmware.index.outbox_table import BACKOFF_LAST_S, JITTER, backoff_s, enqueue
from firmware.index.queue_actions import Chosen, QueueActions
from firmware.routing import Way
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import PeerDuplicate, PeerRefused, PeerRetryable, Sentence
from hal.values import Order, Patient, Priority, Uid
from tests.unit.firmware.conftest import ORDER, Index
from tests.unit.firmware.test_forwarder import Sending

DOWN = PeerRetryable(Sentence("down", "en panne"))
URGENT = replace(ORDER, priority=Priority.URGENT, accession_number="U1")


@pytest.fixture
def sending(index: Index, tmp_path: Path) -> Sending:
    return Sending(index, tmp_path)


def order(number: int, priority: Priority = Priority.ROUTINE) -> Order:
    return Order(Patient(f"P{number}", f"ESSAI^N{number}"), f"A{number}", priority=priority)


def trail(index: Index, uid: Uid) -> list[str]:
    rows = index.database.rows("SELECT action FROM audit WHERE object = ? ORDER BY seq", (uid,))
    return [row["action"] for row in rows]


def test_whole_studies_are_sent_together(sending: Sending) -> None:
    index, uids = sending.index, {}
    for film in range(3):
        for study in range(3):
            uids[study, film] = index.add(order(study))
            index.clock.sleep(1.0)
    sending.forwarder.step()
    assert sending.archive.received == [uids[s, f] for s in range(3) for f in range(3)]


def test_urgent_goes_first_and_starves_nobody(sending: Sending) -> None:
    routine = [sending.index.add(order(n)) for n in range(3)]
    leased: list[Uid] = []
    for number in range(2 * URGENT_IN_A_ROW_MAX + 2):
        urgent = sending.index.add(order(100 + number, Priority.URGENT))
        before = len(sending.archive.received)
        sending.archive.answers_max = 1
        sending.forwarder.step()
        sending.index.clock.sleep(0.0)
        leased += sending.archive.received[before:]
        if number < URGENT_IN_A_ROW_MAX:
            assert leased[-1] == urgent
    assert set(leased) & set(routine), "a routine one went between them"


class UrgentMeanwhile:
    """A film is scanned urgently while the first of a long batch is on the line."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._store = sending.archive.store
        self.urgent: Uid | None = None

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        for outcome in self._store(instances):
            if self.urgent is None:
                self.urgent = self._sending.index.add(URGENT)
            yield outcome


def test_a_routine_batch_gives_way_to_an_urgent_image(sending: Sending) -> None:
    routine = [sending.index.add(order(n)) for n in range(3)]
    meanwhile = UrgentMeanwhile(sending)
    sending.archive.store = meanwhile.store  # type: ignore[method-assign]
    sending.forwarder.step()
    sending.forwarder.step()
    assert sending.archive.received == [routine[0], meanwhile.urgent]
    assert sending.index.outbox.standing(routine[1])[0].tries == 0
    sending.forwarder.step()
    assert sending.archive.received[2:] == routine[1:]


def test_a_month_away_leaves_two_lines_on_the_trail_and_the_end(sending: Sending) -> None:
    uid = sending.index.add()
    sending.archive.down = DOWN
    for _ in range(500):
        sending.forwarder.step()
        sending.index.clock.sleep(BACKOFF_LAST_S)
    sending.archive.down = None
    sending.forwarder.step()
    assert trail(sending.index, uid) == ["stored", "leased", "not reached", "accepted"]
    (detail,) = (
        row["detail"]
        for row in sending.index.database.rows("SELECT * FROM audit WHERE action = 'accepted'")
    )
    assert "after 500 tries" in detail


def test_the_lines_fault_costs_no_image_its_turn(sending: Sending) -> None:
    first = sending.index.add(order(1))
    sending.index.clock.sleep(1.0)
    second = sending.index.add(order(2))
    sending.archive.down = DOWN
    sending.forwarder.step()
    sending.archive.down = None
    sending.index.clock.sleep(BACKOFF_LAST_S)
    sending.forwarder.step()
    sending.forwarder.step()
    assert sending.archive.received == [first, second]


def test_an_archive_that_takes_nothing_is_not_sent_everything_again_and_again(
    sending: Sending,
) -> None:
    uids = [sending.index.add(order(n)) for n in range(5)]
    sending.archive.errors = dict.fromkeys(uids, DOWN)
    sending.forwarder.step()
    sending.events.clear()
    for _ in range(10):
        sending.forwarder.step()
    assert not sending.events, "it waits, and then tries with one"


@pytest.mark.parametrize("tries", range(40))
def test_jitter_never_goes_over_the_cap_nor_far_below(tries: int) -> None:
    plain_s = backoff_s(tries)
    assert plain_s <= BACKOFF_LAST_S
    assert backoff_s(tries, 1.0) == pytest.approx(plain_s * (1 - JITTER))
    assert backoff_s(tries, 0.5) < plain_s


def test_a_duplicate_is_neither_sent_nor_refused(sending: Sending) -> None:
    uid = sending.index.add()
    sending.archive.errors[uid] = PeerDuplicate(Sentence("has it", "l'a"), 0x0111)
    sending.forwarder.step()
    assert sending.index.state(uid) == "unproven"
    assert sending.events == [SaidDuplicate(uid, "ARCHIVE", Sentence("has it", "l'a"))]


def test_refusals_are_counted_until_a_person_has_to_look(sending: Sending) -> None:
    uid = sending.index.add()
    sending.forwarder.refusals_max = 3
    sending.archive.errors[uid] = PeerRefused(Sentence("no", "non"), 0xC000)
    states = []
    for _ in range(4):
        sending.forwarder.step()
        states.append(sending.index.state(uid))
        sending.index.clock.sleep(BACKOFF_LAST_S)
    assert states == ["queued", "queued", "held", "held"]
    assert [e.will_retry for e in sending.events if isinstance(e, NotSent)] == [True, True, False]


class TestFallback:
    AFTER_S = 900.0

    def add(self, index: Index) -> Uid:
        uid = index.add(destinations=())
        way = Way("ARCHIVE", "OTHER", self.AFTER_S)
        with index.database.transaction() as connection:
            enqueue(connection, uid, way, index.clock.now(), urgent=False)
        return uid

    def destinations(self, index: Index, uid: Uid) -> dict[str, str]:
        return {one.destination: one.state.value for one in index.outbox.standing(uid)}

    def test_it_goes_to_the_other_too_when_the_first_is_away(self, sending: Sending) -> None:
        uid = self.add(sending.index)
        sending.archive.down = DOWN
        sending.forwarder.step()
        assert self.destinations(sending.index, uid) == {"ARCHIVE": "queued"}
        sending.index.clock.sleep(self.AFTER_S)
        sending.forwarder.step()
        assert FellBack(uid, "ARCHIVE", "OTHER") in sending.events
        assert self.destinations(sending.index, uid) == {"ARCHIVE": "queued", "OTHER": "queued"}
        sending.archive.down = None
        sending.index.clock.sleep(BACKOFF_LAST_S)
        sending.forwarder.step()
        assert self.destinations(sending.index, uid)["ARCHIVE"] == "sent", "it still gets it"
        assert sum(isinstance(event, FellBack) for event in sending.events) == 1

    def test_a_queue_that_is_only_long_falls_back_nowhere(self, sending: Sending) -> None:
        uid = self.add(sending.index)
        sending.index.clock.sleep(self.AFTER_S + 1.0)
        assert sending.index.outbox.fall_back("ARCHIVE") == []
        assert self.destinations(sending.index, uid) == {"ARCHIVE": "queued"}

    def test_what_arrived_does_not_fall_back(self, sending: Sending) -> None:
        uid = self.add(sending.index)
        sending.forwarder.step()
        sending.index.add()
        sending.archive.down = DOWN
        sending.index.clock.sleep(self.AFTER_S)
        sending.forwarder.step()
        sending.forwarder.step()
        assert self.destinations(sending.index, uid) == {"ARCHIVE": "sent"}


class TestPeople:
    @pytest.fixture
    def people(self, sending: Sending) -> QueueActions:
        return QueueActions(sending.index.database, sending.index.clock)

    def test_what_is_held_is_not_sent_and_goes_when_released(
        self, sending: Sending, people: QueueActions
    ) -> None:
        kept, other = sending.index.add(order(1)), sending.index.add(order(2))
        assert people.hold(Chosen(kept), "alice") == [(kept, "ARCHIVE")]
        sending.forwarder.step()
        assert (sending.index.state(kept), sending.index.state(other)) == ("held", "sent")
        assert people.release(Chosen(destination="ARCHIVE"), "bob") == [(kept, "ARCHIVE")]
        sending.forwarder.step()
        assert sending.index.state(kept) == "sent"
        rows = sending.index.database.rows("SELECT actor FROM audit WHERE object = ?", (kept,))
        assert {"alice", "bob"} <= {row["actor"] for row in rows}

    def test_a_study_is_hurried_as_a_whole(self, sending: Sending, people: QueueActions) -> None:
        uids = [sending.index.add(order(1)) for _ in range(2)]
        sending.archive.errors = dict.fromkeys(uids, DOWN)
        sending.forwarder.step()
        ((study,),) = sending.index.database.rows("SELECT study_instance_uid FROM study")
        assert len(people.hurry(Chosen(study=study), "alice")) == 2
        assert people.hurry(Chosen(study="1.2.3"), "alice") == []
        due = {sending.index.outbox.standing(uid)[0].due_at for uid in uids}
        assert due == {sending.index.clock.now()}

    def test_a_study_uid_alone_is_enough(self, sending: Sending, people: QueueActions) -> None:
        uids = [sending.index.add(order(1)) for _ in range(2)]
        ((study,),) = sending.index.database.rows("SELECT study_instance_uid FROM study")
        assert {uid for uid, _ in people.hold(Chosen(study), "alice")} == set(uids)


def test_a_warning_is_kept_apart_from_errors(sending: Sending) -> None:
    uid = sending.index.add()
    store = sending.archive.store

    def warned(instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        for outcome in store(instances):
            yield replace(outcome, status=0xB000, warning="B000H coercion of data elements")

    sending.archive.store = warned  # type: ignore[method-assign]
    sending.forwarder.step()
    (standing,) = sending.index.outbox.standing(uid)
    assert (standing.state.value, standing.last_error) == ("sent", "")
    assert standing.warning == "B000H coercion of data elements"
    assert sending.events == [Sent(uid, "ARCHIVE", 0.0, standing.warning, 12)]
