"""States come only from responses; nothing that was leased is forgotten."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.posix_disk import PosixDisk
from firmware.events import Event, NotSent, Sent
from firmware.forwarder import Forwarder
from firmware.index.outbox import BACKOFF_FIRST_S, BACKOFF_LAST_S, backoff_s
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import PeerRefused, PeerRetryable, Sentence, StorageFailed
from hal.values import Order, Patient, Priority, Uid
from tests.fakes import ScriptedArchive
from tests.unit.firmware.conftest import ORDER, Index

DOWN = PeerRetryable(Sentence("down", "en panne"))
NO = PeerRefused(Sentence("no", "non"), 0xC000)


class Sending:
    def __init__(self, index: Index, folder: Path) -> None:
        self.index = index
        self.archive = ScriptedArchive()
        self.events: list[Event] = []
        self.forwarder = Forwarder(
            "ARCHIVE",
            self.archive,
            index.catalogue,
            index.outbox,
            PosixDisk(folder),
            index.clock,
            self.events.append,
        )


@pytest.fixture
def sending(index: Index, tmp_path: Path) -> Sending:
    return Sending(index, tmp_path)


def test_accepted_is_sent(sending: Sending) -> None:
    uid = sending.index.add()
    assert sending.forwarder.step() == 0.0
    assert sending.index.state(uid) == "sent"
    assert sending.events == [Sent(uid, "ARCHIVE", 0.0, size_bytes=12)]
    assert sending.forwarder.step() > 0.0, "nothing more to do"


def test_one_refused_object_is_held_and_the_others_go_on(sending: Sending) -> None:
    first, bad, last = (sending.index.add() for _ in range(3))
    sending.archive.errors[bad] = NO
    sending.forwarder.step()
    states = [sending.index.state(uid) for uid in (first, bad, last)]
    assert states == ["sent", "held", "sent"]
    (standing,) = sending.index.outbox.standing(bad)
    assert standing.last_error == "no"


def test_what_nobody_foresaw_at_one_image_keeps_no_other_from_being_sent(
    sending: Sending,
) -> None:
    first, bad, *others = (sending.index.add() for _ in range(6))
    sending.forwarder.archive = Stumbling(bad)
    for _ in range(12):
        with suppress(RuntimeError):
            sending.forwarder.step()
        sending.index.clock.sleep(BACKOFF_FIRST_S)
    assert {sending.index.state(uid) for uid in (first, *others)} == {"sent"}
    (standing,) = sending.index.outbox.standing(bad)
    assert standing.state.value == "queued"
    assert "nobody foresaw" in standing.last_error


class Stumbling(ScriptedArchive):
    """Fails at one image's name, before anything is sent: whatever else goes with it."""

    def __init__(self, at: Uid) -> None:
        super().__init__()
        self._at = at

    def store(self, instances: Iterable[InstanceFile]) -> Iterator[StoreOutcome]:
        batch = list(instances)
        if any(one.reference.sop_instance_uid == self._at for one in batch):
            raise RuntimeError
        return super().store(batch)


def test_a_file_that_cannot_be_read_now_is_sent_when_it_can(sending: Sending) -> None:
    uid = sending.index.add()
    sending.archive.errors[uid] = StorageFailed(Sentence("disk", "disque"))  # type: ignore[assignment]
    sending.forwarder.step()
    assert sending.index.state(uid) == "queued"
    sending.archive.errors.clear()
    sending.index.clock.sleep(BACKOFF_LAST_S)
    sending.forwarder.step()
    assert sending.index.state(uid) == "sent"


def test_a_retryable_object_waits_and_is_sent_again(sending: Sending) -> None:
    uid = sending.index.add()
    sending.archive.errors[uid] = DOWN
    sending.forwarder.step()
    assert sending.index.state(uid) == "queued"
    sending.archive.errors.clear()
    sending.forwarder.step()
    assert sending.archive.received == [], "not before it is due"
    sending.index.clock.sleep(BACKOFF_FIRST_S)
    sending.forwarder.step()
    assert sending.index.state(uid) == "sent"


@pytest.mark.parametrize("error", [DOWN, NO])
def test_no_association_leaves_all_queued_with_the_reason(
    sending: Sending, error: PeerRetryable | PeerRefused
) -> None:
    uids = [sending.index.add() for _ in range(3)]
    sending.archive.down = error
    sending.forwarder.step()
    for uid in uids:
        (standing,) = sending.index.outbox.standing(uid)
        assert (standing.state.value, standing.last_error) == ("queued", str(error))
    assert all(isinstance(event, NotSent) and event.will_retry for event in sending.events)


def test_while_the_archive_is_away_one_image_tries_the_line(sending: Sending) -> None:
    for _ in range(10):
        sending.index.add()
    sending.archive.down = DOWN
    sending.forwarder.step()
    tried = len(sending.events)
    assert sending.forwarder.step() > 0, "not again at once"
    assert len(sending.events) == tried
    for _ in range(20):
        sending.index.clock.sleep(BACKOFF_LAST_S)
        sending.forwarder.step()
    assert len(sending.events) == tried + 20
    sending.archive.down = None
    for _ in range(2):
        sending.index.clock.sleep(BACKOFF_LAST_S)
        sending.forwarder.step()
    assert len(sending.archive.received) == 10


def test_an_archive_that_hangs_up_costs_the_rest_a_second_try_only(sending: Sending) -> None:
    first, second, third = (sending.index.add() for _ in range(3))
    sending.archive.answers_max = 1
    sending.forwarder.step()
    states = [sending.index.state(uid) for uid in (first, second, third)]
    assert states == ["sent", "queued", "queued"]


def test_urgent_goes_first(sending: Sending) -> None:
    routine = sending.index.add()
    urgent = sending.index.add(Order(Patient("9", "URGENT^"), priority=Priority.URGENT))
    sending.forwarder.step()
    sending.forwarder.step()
    assert sending.archive.received == [urgent, routine]


def test_what_a_dead_node_was_sending_is_sent_again(sending: Sending) -> None:
    uid = sending.index.add()
    assert sending.index.outbox.lease("ARCHIVE", 1) == (uid,)
    assert sending.index.state(uid) == "sending"
    sending.forwarder.step()
    assert sending.index.state(uid) == "sent"


def test_an_error_of_our_own_disk_does_not_forget_what_was_leased(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = sending.index.add()

    def broken(*_: object) -> None:
        raise StorageFailed(Sentence("disk", "disque"))

    with monkeypatch.context() as patch:
        patch.setattr(sending.index.outbox, "accepted", broken)
        patch.setattr(sending.index.outbox, "not_delivered", broken)
        with pytest.raises(StorageFailed):
            sending.forwarder.step()
    assert sending.index.state(uid) == "sending"
    sending.forwarder.step()
    assert sending.index.state(uid) == "sent"


def test_other_destinations_are_left_alone(sending: Sending) -> None:
    uid = sending.index.add(ORDER, ("ELSEWHERE",))
    sending.forwarder.step()
    assert sending.index.state(uid) == "queued"


def test_waiting_grows_and_is_capped() -> None:
    waits = [backoff_s(tries) for tries in range(12)]
    assert waits[0] == BACKOFF_FIRST_S
    assert waits == sorted(waits)
    assert waits[-1] == BACKOFF_LAST_S
