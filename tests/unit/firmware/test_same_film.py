"""A film that comes a second time is told of, and nothing here can stop a scan."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.events import Event, SameFilm, SeenBefore
from firmware.imaging.film_edges import FilmBox, find_film
from firmware.index.film_fingerprints import KEPT_DAYS, FilmFingerprints
from firmware.panel_workflow import urgent_order
from firmware.same_film import NAMED, UNNAMED, SameFilmWatch, spoken_time
from hal.values import Order, Patient
from tests.unit.firmware.conftest import ORDER, Index

OTHER = replace(ORDER, patient=Patient("100043", "AUTRE^Personne"))


def preview(seed: int) -> NDArray[np.uint16]:
    """A film with something on it."""
    seen = np.full((500, 500), 62_000, np.uint16)
    shapes = np.random.default_rng(seed).integers(5_000, 50_000, (20, 20))
    seen[50:450, 60:460] = np.kron(shapes, np.ones((20, 20), np.int64))
    return seen


def box_of(seen: NDArray[np.uint16]) -> FilmBox:
    box = find_film(seen, 50)
    assert box is not None
    return box


class Room:
    def __init__(self, index: Index) -> None:
        self.index = index
        self.told: list[Event] = []
        self.before: SeenBefore | None = None
        self.watch = SameFilmWatch(
            FilmFingerprints(index.database, index.clock), self.told.append, index.clock, UTC
        )

    def scan(self, seed: int, order: Order = ORDER) -> list[Event]:
        self.told.clear()
        seen = preview(seed)
        self.before = self.watch.look(seen, box_of(seen), 0.0, order)
        self.watch.remember(self.index.add(order))
        return list(self.told)


@pytest.fixture
def room(index: Index) -> Room:
    return Room(index)


def test_a_film_that_is_scanned_twice_is_told_of(room: Room) -> None:
    assert room.scan(1) == []
    assert room.scan(2) == []
    (told,) = room.scan(1)
    assert isinstance(told, SameFilm)
    assert not told.is_other_patients
    assert room.before is None


def test_another_patients_is_told_apart(room: Room) -> None:
    room.scan(1)
    (told,) = room.scan(1, OTHER)
    assert isinstance(told, SameFilm)
    assert told.is_other_patients
    assert "AUTRE" in told.sentence.fr
    assert room.before is not None
    assert room.before.name == ORDER.patient.name
    assert ORDER.patient.name not in str(room.before), "nor in the log"


def test_who_is_still_unknown_is_nobody_else(room: Room) -> None:
    room.scan(1, urgent_order("URG20261124ABCDEF"))
    (told,) = room.scan(1)
    assert isinstance(told, SameFilm)
    assert (room.before, told.is_other_patients) == (None, False)
    assert told.sentence.fr.endswith(UNNAMED.fr[-40:])
    (told,) = room.scan(1, urgent_order("URG20261124FEDCBA"))
    assert isinstance(told, SameFilm)
    assert (room.before, told.is_other_patients) == (None, False)
    room.scan(2)
    (told,) = room.scan(2, urgent_order("URG20261124000000"))
    assert isinstance(told, SameFilm)
    assert told.sentence.fr.endswith(NAMED.fr[-40:])
    assert room.before is None


def test_the_day_is_said_when_it_was_not_today() -> None:
    at = datetime(2026, 11, 23, 10, 12, tzinfo=UTC)
    next_day = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert spoken_time(at, at, UTC) == "10:12"
    assert spoken_time(at, next_day, UTC) == "10:12, 23/11"


def test_what_is_rejected_or_superseded_may_be_scanned_again(room: Room) -> None:
    room.scan(1)
    with room.index.database.transaction() as connection:
        connection.execute("UPDATE instance SET condition = 'superseded'")
    assert room.scan(1) == []


def test_old_films_are_forgotten(room: Room) -> None:
    room.scan(1)
    room.index.clock.sleep((KEPT_DAYS + 1) * 86_400)
    room.scan(2)
    ((count,),) = room.index.database.rows("SELECT count(*) FROM film_fingerprint")
    assert count == 1


def test_an_index_that_fails_stops_no_scan(room: Room) -> None:
    room.scan(1)
    room.index.database.close()
    seen = preview(1)
    room.watch.look(seen, box_of(seen), 0.0, ORDER)
    room.watch.remember(ORDER.study_instance_uid)
