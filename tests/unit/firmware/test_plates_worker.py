"""How often the cassette reader is looked at, and what is tried again."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.wire.cassette_messages import ErrorCode
from firmware.plate_events import KeptPlateStored, PlateTrouble
from firmware.plates_worker import REST_MAX_S, PlatesWorker
from hal.errors import DeviceError, DeviceUnavailable
from sim.cassette_reader_device import CassetteReaderDevice, ReaderFaults
from tests.cassette_kit import a_plate
from tests.plate_kit import Room

PLATE = a_plate(rows=300, columns=120)
BROKEN = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)


class Beside:
    """The worker beside a room; time goes by as it asks for."""

    def __init__(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.worker = PlatesWorker(room.plates, room.events.append)
        self.tried_s: list[float] = []
        reader = room.plates.reading.reader
        erase = reader.erase

        def counted(read: int, samples: int, crc32: int) -> None:
            self.tried_s.append(room.clock.now_s)
            erase(read, samples, crc32)

        monkeypatch.setattr(reader, "erase", counted)

    def work(self, for_s: float) -> None:
        until_s = self.room.clock.now_s + for_s
        while self.room.clock.now_s < until_s:
            self.room.clock.sleep(self.worker.step())


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    room = Room(tmp_path, CassetteReaderDevice(PLATE)).open()
    yield Beside(room, monkeypatch)
    room.close()


def test_an_eraser_that_is_broken_for_good_is_tried_ever_less(beside: Beside) -> None:
    room = beside.room
    room.device.faults = BROKEN
    room.scan()
    beside.work(24 * 3600.0)
    waits_s = [after - before for before, after in pairwise(beside.tried_s)]
    assert waits_s[1:4] == pytest.approx([5.0, 10.0, 20.0], abs=5.0)
    assert max(waits_s) <= REST_MAX_S + 5.0
    assert len(beside.tried_s) < 24 * 6 + 12
    assert len(room.heard(PlateTrouble)) == 1
    room.device.faults = ReaderFaults()
    beside.work(REST_MAX_S + 10.0)
    assert room.device.erased


def test_a_press_tries_at_once(beside: Beside) -> None:
    room = beside.room
    room.device.faults = BROKEN
    room.scan()
    beside.work(3600.0)
    tries = len(beside.tried_s)
    with pytest.raises(DeviceError, match="could not be erased"):
        room.plates.cassette()
    assert len(beside.tried_s) == tries + 1
    room.device.faults = ReaderFaults()
    assert room.plates.cassette() is None
    assert room.device.erased


def test_what_the_reader_keeps_next_does_not_wait_for_the_one_before(beside: Beside) -> None:
    room = beside.room
    room.device.faults = BROKEN
    room.scan()
    beside.work(3600.0)
    room.device.faults = ReaderFaults()
    assert room.plates.cassette() is None
    room.device.put_in(replace(PLATE, plate_id="P-2"))
    room.line.cut_at_bytes = room.line.carried_bytes + 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    room.line.mend()
    beside.work(5.0)
    assert len(room.heard(KeptPlateStored)) == 1
