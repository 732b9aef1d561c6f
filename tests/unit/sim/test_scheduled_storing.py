"""What each habit of a simulated archive does to an image, and what the node hears of it."""

from collections.abc import Callable

import pytest

from hal.errors import PeerError, PeerRefused, PeerRetryable, StorageCorrupt
from sim.scheduled_habits import ArchiveHabits
from sim.scheduled_outages import Looks, Outage
from tests.unit.sim.archive_room import ONE, TWO, Room, film_file, instance

RETRIED = {0xA700, 0x0110, 0x0213}
REFUSED = {0xA900, 0xC000, 0x0122, 0x0124}


def test_without_a_fault_it_has_what_it_was_sent() -> None:
    room = Room()
    outcomes = room.send(ONE, TWO)
    assert [outcome.status for outcome in outcomes] == [0, 0]
    assert list(room.memory.held) == list(room.memory.accepted) == [ONE, TWO]
    body = room.memory.held[ONE]
    assert (body.film.film, body.film.patient_id) == (1, "P000001")
    assert room.archive.held[ONE] == instance(film_file(ONE)).sha256


def test_slow_is_slow_and_too_slow_is_no_answer() -> None:
    slow = Room(ArchiveHabits(response_s=3.0))
    slow.send(ONE)
    assert slow.kernel.now_s > 0.1
    wedged = Room(ArchiveHabits(response_s=1e9))
    (outcome,) = wedged.send(ONE, TWO)
    assert isinstance(outcome.error, PeerRetryable)
    assert ONE in wedged.memory.held
    assert wedged.kernel.now_s >= 120


@pytest.mark.parametrize(
    ("habits", "is_stored"),
    [
        (ArchiveHabits(breaks_chance=1), False),
        (ArchiveHabits(loses_response_chance=1), True),
        (ArchiveHabits(half_open_chance=1), None),
    ],
    ids=["breaks", "loses response", "half open"],
)
def test_no_answer_ends_the_association(habits: ArchiveHabits, is_stored: bool | None) -> None:
    seen = set()
    for seed in range(12):
        room = Room(habits, seed)
        (outcome,) = room.send(ONE, TWO)
        assert (outcome.status, type(outcome.error)) == (None, PeerRetryable)
        assert TWO not in room.memory.bodies
        assert not room.memory.accepted
        seen.add(ONE in room.memory.held)
    assert seen == ({True, False} if is_stored is None else {is_stored})


@pytest.mark.parametrize(
    ("habits", "statuses", "error"),
    [
        (ArchiveHabits(refuses_chance=1), RETRIED, PeerRetryable),
        (ArchiveHabits(refuses_for_good_chance=1), REFUSED, PeerRefused),
    ],
    ids=["passing", "lasting"],
)
def test_refused_is_not_stored(
    habits: ArchiveHabits, statuses: set[int], error: type[PeerError]
) -> None:
    seen = set()
    for seed in range(60):
        room = Room(habits, seed)
        first, second = room.send(ONE, TWO)
        assert type(first.error) is type(second.error) is error
        assert not room.memory.held
        seen.add(first.status)
    assert seen == statuses


def test_a_lasting_refusal_lasts_until_it_heals() -> None:
    room = Room(ArchiveHabits(refuses_for_good_chance=0.5), seed=3)
    refused = next(
        outcome for _ in range(20) for outcome in room.send(ONE) if outcome.error is not None
    )
    assert {outcome.status for _ in range(20) for outcome in room.send(ONE)} == {refused.status}
    room.archive.heal()
    assert room.send(ONE)[0].status == 0


def test_a_warning_stores() -> None:
    seen = set()
    for seed in range(40):
        room = Room(ArchiveHabits(warns_chance=1), seed)
        (outcome,) = room.send(ONE)
        assert outcome.error is None
        assert outcome.warning
        assert ONE in room.memory.held
        seen.add(outcome.status)
    assert seen == {0xB000, 0xB006, 0xB007}


@pytest.mark.parametrize(("says", "status"), [(False, 0x0000), (True, 0x0111)])
def test_what_it_has_already(says: bool, status: int) -> None:
    room = Room(ArchiveHabits(says_duplicate=says))
    room.send(ONE)
    assert room.send(ONE)[0].status == status
    assert not room.memory.violations


def test_two_bodies_under_one_uid_are_recorded_and_the_first_stays() -> None:
    room = Room()
    room.send(ONE)
    other = instance(film_file(ONE, 2), ONE)
    (outcome,) = room.do(lambda: list(room.line.store([other])))
    assert outcome.status == 0x0111
    assert room.memory.held[ONE].film.film == 1
    assert [body.film.film for body in room.memory.bodies[ONE]] == [1, 2]
    assert "2 bodies under one UID 2.25.1" in room.memory.violations[0]


def test_another_image_under_the_uid_is_a_duplicate_and_no_violation() -> None:
    room = Room(ArchiveHabits(has_another_chance=1))
    assert room.send(ONE)[0].status == 0x0111
    assert room.send(ONE)[0].status == 0x0111
    assert room.memory.held[ONE] == room.memory.foreign[ONE]
    assert room.memory.held[ONE].sha256 != instance(film_file(ONE)).sha256
    assert not room.memory.has_as_sent(ONE)
    assert not room.memory.violations
    room.archive.heal()
    assert room.send(ONE)[0].status == 0
    assert room.memory.has_as_sent(ONE)


def test_what_cannot_be_read_is_a_violation() -> None:
    room = Room()
    room.do(lambda: list(room.line.store([instance(b"x" * 400)])))
    assert room.memory.violations == ["2.25.1 is no image that can be read"]


def test_dropped_is_accepted_and_gone() -> None:
    room = Room(ArchiveHabits(drops_chance=1))
    assert room.send(ONE)[0].status == 0
    assert ONE in room.memory.accepted
    assert not room.memory.held
    assert not room.memory.lied_about(ONE)


def test_a_file_that_is_not_what_the_index_says_is_not_delivered() -> None:
    room = Room()
    batch = [instance(film_file(ONE), sha256="0" * 64), instance(film_file(TWO), TWO)]
    damaged, good = room.do(lambda: list(room.line.store(batch)))
    assert isinstance(damaged.error, StorageCorrupt)
    assert good.error is None
    assert list(room.memory.bodies) == [TWO]


class _AlwaysAway:
    def __init__(self, looks: Looks, begin_s: float = 0.0) -> None:
        self._outage = Outage(begin_s, 1e6, looks)

    def at(self, now_s: float) -> Outage | None:
        return self._outage if self._outage.begin_s <= now_s else None


def away(room: Room, looks: Looks, begin_s: float = 0.0) -> None:
    room.archive._outages = _AlwaysAway(looks, begin_s)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("looks", "error", "takes_s"),
    [
        (Looks.REFUSES_CONNECTION, PeerRetryable, 0),
        (Looks.BUSY, PeerRetryable, 0),
        (Looks.KNOWS_NOBODY, PeerRefused, 0),
        (Looks.SILENT, PeerRetryable, 30),
    ],
)
def test_away_there_is_no_association(looks: Looks, error: type[PeerError], takes_s: float) -> None:
    room = Room()
    away(room, looks)
    calls: list[Callable[[], object]] = [
        room.line.echo,
        lambda: list(room.line.store([instance(film_file(ONE))])),
        lambda: room.line.request_commitment(ONE, ()),
    ]
    for call in calls:
        before_s = room.kernel.now_s
        assert type(room.error_of(call)) is error
        assert room.kernel.now_s - before_s == takes_s
    assert not room.memory.bodies


def test_going_away_breaks_the_association_under_way() -> None:
    room = Room(ArchiveHabits(response_s=0.1))
    away(room, Looks.BUSY, begin_s=0.011)  # an image takes 7 ms of the line
    outcomes = room.send(*[ONE, TWO])
    assert outcomes[0].error is None
    assert isinstance(outcomes[-1].error, PeerRetryable)
    assert TWO not in room.memory.bodies


def test_outages_come_and_go() -> None:
    room = Room(ArchiveHabits(days_between_outages=1.0, outage_s=6 * 3600.0))
    looks = [room.archive.outage(hour * 3600.0) for hour in range(24 * 100)]
    away_hours = sum(1 for outage in looks if outage is not None)
    assert 200 < away_hours < 1200
    assert {outage.looks for outage in looks if outage is not None} == set(Looks)
    room.archive.heal()
    assert all(room.archive.outage(hour * 3600.0) is None for hour in range(2400, 5000))
