"""What one SCAN means where a cassette reader and a film scanner stand side by side."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from drivers.wire.cassette_messages import ErrorCode
from firmware import plate_acquisition
from firmware.acquisition import NO_FILM, Acquisition
from firmware.acquisition_worker import AcquisitionWorker
from firmware.events import Event, ScanFailed, Stored
from firmware.panel_worker import CancelFlag, ScanOrdered
from firmware.runtime import ThreadChannel
from hal.errors import DeviceNeedsOperator
from hal.values import Order
from sim.cassette_reader_device import CassetteReaderDevice, ReaderFaults
from tests.cassette_kit import a_plate
from tests.plate_kit import ORDER, Room


class FilmScanner:
    """In the place of `Acquisition`: who was scanned for."""

    def __init__(self) -> None:
        self.scanned: list[Order] = []
        self.has_film = True

    def acquire_film(self, order: Order, _: Callable[[], bool]) -> None:
        if not self.has_film:
            raise DeviceNeedsOperator(NO_FILM)
        self.scanned.append(order)


class Desk:
    """A film lies on the glass, and a cassette is in the reader."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.film = FilmScanner()
        self.said: list[Event] = []
        self.worker = AcquisitionWorker(
            cast("Acquisition", self.film),
            ThreadChannel(),
            CancelFlag(),
            self.said.append,
            room.plates,
        )

    def press(self) -> list[str]:
        """What the panel says of it: of scans that failed."""
        self.said.clear()
        self.worker.scans.put(ScanOrdered(ORDER))
        self.worker.step()
        return [str(event.sentence) for event in self.said if isinstance(event, ScanFailed)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    room = Room(tmp_path, CassetteReaderDevice(a_plate())).open()
    yield Desk(room)
    room.close()


def test_a_cassette_is_read_and_no_film_scanned(desk: Desk) -> None:
    assert desk.press() == []
    assert desk.film.scanned == []
    assert len(desk.room.heard(Stored)) == 1


def test_without_a_cassette_the_film_is_scanned(desk: Desk) -> None:
    desk.room.device.put_in(None)
    assert desk.press() == []
    assert desk.film.scanned == [ORDER]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (ErrorCode.BARCODE_UNREADABLE, "barcode can't be read"),
        (ErrorCode.UNKNOWN_CASSETTE, "does not know this cassette"),
        (ErrorCode.JAM, "is jammed"),
    ],
)
def test_a_forgotten_film_is_not_scanned_in_place_of_a_cassette(
    desk: Desk, code: ErrorCode, said: str
) -> None:
    desk.room.device.faults = ReaderFaults(load_error=code)
    (told,) = desk.press()
    assert said in told
    assert desk.film.scanned == []


@pytest.mark.parametrize("trouble", ["off", "lid open"])
def test_a_reader_that_cannot_be_asked_keeps_no_film_waiting(desk: Desk, trouble: str) -> None:
    desk.room.line.is_cut = trouble == "off"
    desk.room.device.faults = ReaderFaults(lid_open=trouble == "lid open")
    assert desk.press() == []
    assert desk.film.scanned == [ORDER]
    desk.film.has_film = False
    (told,) = desk.press()
    assert (
        told
        == {"off": "cut", "lid open": "The reader's lid is open: close it, then press SCAN."}[
            trouble
        ]
    )


def test_while_another_worker_has_the_reader_a_film_is_scanned_and_else_it_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plate_acquisition, "TURN_WAIT_S", 0.0)
    with desk.room.plates.turn() as mine:
        assert mine
        assert desk.press() == []
        assert desk.film.scanned == [ORDER]
        desk.film.has_film = False
        (told,) = desk.press()
    assert "is busy" in told
    assert "again in some seconds" in told
    assert desk.press() == [], "the reader is free, and the cassette is read"


def test_a_plate_that_cannot_be_erased_keeps_no_film_waiting(desk: Desk) -> None:
    desk.room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    assert desk.press() == []
    assert desk.press() == [], "the film"
    assert desk.film.scanned == [ORDER]
    desk.film.has_film = False
    (told,) = desk.press()
    assert "could not be erased" in told


def test_another_cassette_put_in_over_a_kept_image_is_meant_and_no_film(desk: Desk) -> None:
    desk.room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    assert desk.press() == []
    desk.room.device.put_in(replace(a_plate(seed=2), plate_id="P-2"))
    (told,) = desk.press()
    assert "put that one back" in told
    assert desk.film.scanned == []
