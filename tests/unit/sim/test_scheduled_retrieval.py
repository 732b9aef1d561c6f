"""What a simulated archive gives back when it is asked for an image."""

from random import Random

import pytest

from hal.errors import PeerError, PeerRefused, PeerRetryable
from sim.received_film import data_set_offset
from sim.scheduled_habits import ArchiveHabits
from sim.scheduled_memory import Shelf
from tests.unit.sim.archive_room import ONE, TWO, Room, film_file, wanted

CONTENT = film_file(ONE)
DATA_SET = CONTENT[data_set_offset(CONTENT) :]


def given_back(room: Room) -> tuple[bytes, PeerError | None]:
    def ask() -> tuple[bytes, PeerError | None]:
        came = b""
        try:
            for block in room.line.retrieve(wanted(ONE)):
                came += block
        except PeerError as error:
            return came, error
        return came, None

    return room.do(ask)


def sent(habits: ArchiveHabits) -> Room:
    room = Room(habits)
    room.send(ONE)
    return room


def test_it_gives_back_the_data_set_as_it_came() -> None:
    assert given_back(sent(ArchiveHabits())) == (DATA_SET, None)


@pytest.mark.parametrize(
    "habits",
    [ArchiveHabits(gives_back=False), ArchiveHabits(not_found_chance=1)],
    ids=["no service", "says that it is not there"],
)
def test_nothing_comes(habits: ArchiveHabits) -> None:
    came, error = given_back(sent(habits))
    assert came == b""
    assert isinstance(error, PeerRefused)


def test_what_it_does_not_have_does_not_come() -> None:
    room = Room()
    room.send(TWO)
    assert isinstance(given_back(room)[1], PeerRefused)


def test_altered_has_another_content_of_the_same_length() -> None:
    came, error = given_back(sent(ArchiveHabits(alters_chance=1)))
    assert error is None
    assert len(came) == len(DATA_SET)
    assert sum(one != other for one, other in zip(came, DATA_SET, strict=True)) == 1


def test_broken_off_is_half_and_an_error() -> None:
    came, error = given_back(sent(ArchiveHabits(breaks_off_chance=1)))
    assert came == DATA_SET[: len(DATA_SET) // 2]
    assert isinstance(error, PeerRetryable)


def test_the_shelf_is_bounded() -> None:
    shelf = Shelf(bytes_max=6000)
    for number in range(5):
        shelf.put(ONE if number == 0 else TWO, bytes(range(256)) * 4 * (number + 1))
    assert shelf.get(TWO) == bytes(range(256)) * 20
    noise = noise_of(5900)
    shelf.put(TWO, noise)
    assert shelf.get(ONE) is None
    assert shelf.get(TWO) == noise


def noise_of(size_bytes: int) -> bytes:
    return Random(1).randbytes(size_bytes)
