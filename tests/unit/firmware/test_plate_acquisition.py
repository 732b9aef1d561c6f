"""A plate is read, stored, and only then erased; and what becomes of it when the power goes."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.posix_disk import FAILED, PosixDisk
from drivers.wire.cassette_frames import FrameReader
from drivers.wire.cassette_messages import Kind
from firmware.events import Stored
from firmware.imaging.exposure_index import PlateCalibration
from firmware.imaging.flat_field import FlatField
from firmware.imaging.plate_calibration import PlateCalibrationFile
from firmware.index.plate_ledger import PlateLedger
from firmware.index.plate_reads import PlateRead
from firmware.plate_events import KeptPlateStored, PlateErased, PlateFound, PlateTrouble
from firmware.plate_look import LOOK_ROWS
from firmware.plate_moves import ReadState
from firmware.provisional import is_provisional
from hal.cassette_reader import PlateRequest
from hal.errors import (
    DeviceUnavailable,
    ScanCancelled,
    StorageFailed,
)
from sim.cassette_reader_device import CassetteReaderDevice, Plate
from tests.cassette_kit import a_plate
from tests.plate_kit import ORDER, PLATE, Room, only_image


def test_read_stored_and_only_then_erased(room: Room) -> None:
    room.scan()
    image = only_image(room)
    assert (image.Modality, image.PatientID, image.PlateID) == ("CR", "100042", "P-00017")
    assert image.BodyPartExamined == "CHEST"
    names = [type(event) for event in room.events if not hasattr(event, "rows_total")]
    assert names[1:] == [PlateFound, Stored, PlateErased]
    assert [plate for plate, _ in room.device.erased] == ["P-00017"]
    assert (room.device.slot, room.device.image) == (None, None)


def test_the_window_is_of_what_is_on_the_plate(room: Room) -> None:
    room.scan()
    image = only_image(room)
    low, high = np.percentile(PLATE.latent, [1, 99])
    assert float(image.WindowCenter) == pytest.approx((low + high) / 2, rel=0.05)


def test_a_look_costs_one_round_trip_a_row(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    frames, feed, kinds = FrameReader(), room.device.feed, Counter[int]()

    def overheard(chunk: bytes, now_s: float) -> bytes:
        kinds.update(frame.kind for frame in frames.feed(chunk))
        return feed(chunk, now_s)

    monkeypatch.setattr(room.device, "feed", overheard)
    room.scan()
    assert kinds[Kind.CANCEL] == 0
    assert kinds[Kind.READ] == LOOK_ROWS + 2  # the first, which reads the plate; and all rows


def test_no_exposure_index_without_a_calibration(room: Room) -> None:
    room.scan()
    assert "ExposureIndex" not in only_image(room)


def test_exposure_index_and_deviation(tmp_path: Path) -> None:
    response = PlateCalibration(offset=2000.0, per_decade=8000.0)
    sample = round(float(response.sample(4.0, 1.0)))
    plate = Plate("P-1", np.full((200, 90), sample, np.uint16))
    calibration = PlateCalibrationFile(response, None, "", None)
    room = Room(
        tmp_path, CassetteReaderDevice(plate), calibration=calibration, target_index=200.0
    ).open()
    room.scan()
    image = only_image(room, plate.latent)
    assert float(image.ExposureIndex) == pytest.approx(400.0, rel=0.01)
    assert float(image.TargetExposureIndex) == 200.0
    assert float(image.DeviationIndex) == pytest.approx(3.0, abs=0.1)
    room.close()


def test_a_flat_field_changes_pixels_and_the_plate_is_erased_all_the_same(tmp_path: Path) -> None:
    """ERASE says the sum of the samples as they came, not of what became of them."""
    flat = FlatField(300, 120, np.zeros((32, 32)), np.full(120, 5.0), ())
    calibration = PlateCalibrationFile(PlateCalibration(0.0, 1000.0), flat, "", None)
    room = Room(tmp_path, CassetteReaderDevice(PLATE), calibration=calibration).open()
    room.scan()
    image = only_image(room, np.clip(PLATE.latent.astype(int) - 5, 0, None))
    assert "corrected" in image.AcquisitionDeviceProcessingDescription
    assert room.device.erased
    room.close()


def test_cancelled_before_it_is_read_the_image_is_still_on_it(room: Room) -> None:
    cassette = room.plates.cassette()
    assert cassette is not None
    with pytest.raises(ScanCancelled):
        room.plates.acquire(cassette, ORDER, lambda: True)
    assert np.array_equal(room.device.slot.latent, PLATE.latent)
    assert room.device.image is None


def test_the_line_is_cut_while_rows_come_and_a_look_fetches_them(room: Room) -> None:
    room.line.cut_at_bytes = 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    assert not room.device.erased
    room.line.mend()
    room.plates.settle()
    assert only_image(room).PatientID == "100042"
    (said,) = room.heard(KeptPlateStored)
    assert said.is_known
    assert room.device.erased


def test_fetched_under_the_order_it_was_begun_with_not_the_next_one(room: Room) -> None:
    room.line.cut_at_bytes = 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    room.line.mend()
    other = replace(ORDER, patient=replace(ORDER.patient, patient_id="2", name="AUTRE^Nom"))
    assert room.plates.cassette() is None  # it was fetched, erased, and given back
    only_image(room)
    room.device.put_in(replace(a_plate(seed=9), plate_id="P-2"))
    room.scan(replace(other, study_instance_uid=""))
    assert [image.PatientID for image in room.images()] == ["100042", "2"]


def test_an_image_that_nobody_knows_is_read_as_urgent_and_told(room: Room) -> None:
    reader = room.plates.reading.reader
    reader.load()
    reader.begin(PlateRequest(0x77, 100))
    room.device.hang_up()
    room.plates.settle()
    image = only_image(room)
    assert is_provisional(image.PatientID, str(image.PatientName))
    assert "patient" in image.ImageComments
    (said,) = room.heard(KeptPlateStored)
    assert not said.is_known
    assert [read for _, read in room.device.erased] == [0x77]


def test_an_image_that_nobody_knows_is_not_said_to_be_of_the_cassette_that_is_in(
    room: Room,
) -> None:
    reader = room.plates.reading.reader
    reader.load()
    reader.begin(PlateRequest(0x77, 100))
    room.device.hang_up()
    whose, other = room.device.slot, replace(a_plate(seed=9), plate_id="P-B", exposures=5)
    room.device.put_in(other)
    room.plates.settle()
    assert not only_image(room).get("PlateID")
    room.device.put_in(whose)
    room.plates.settle()
    assert [read for _, read in room.device.erased] == [0x77]
    room.device.put_in(other)
    room.scan()  # it was exposed, and never read
    assert {plate.plate_id: plate.readings for plate in PlateLedger(room.database).plates()} == {
        "": 1,
        "P-B": 1,
    }


def test_an_index_that_cannot_note_the_erasure_fails_no_scan(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: PlateRead) -> None:
        raise StorageFailed(FAILED.fill(reason="Input/output error"))

    monkeypatch.setattr(room.plates.reading.reads, "erased", fails)
    room.scan()
    only_image(room)
    assert room.device.slot is None
    (told,) = room.heard(PlateTrouble)
    assert "is stored and the plate is erased" in str(told.sentence)


class Killed(BaseException):
    """The power went: no handler of ours has a word in it."""


class Fuse:
    def __init__(self, left: int) -> None:
        self.left = left

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


class DyingDisk(PosixDisk):
    """Each change of it may be the last thing that the node does; what is begun stays."""

    def __init__(self, root: Path, fuse: Fuse) -> None:
        super().__init__(root)
        self.fuse = fuse

    def create(self, path: str) -> Any:
        self.fuse.burn()
        return super().create(path)

    def rename(self, source: str, target: str) -> None:
        self.fuse.burn()
        super().rename(source, target)
        self.fuse.burn()

    def sync_folder(self, path: str) -> None:
        self.fuse.burn()
        super().sync_folder(path)

    def remove(self, path: str) -> None:
        if self.fuse.left > 0:  # else dead: nothing is cleaned up
            super().remove(path)


def dying(room: Room, deaths_at: int) -> Fuse:
    fuse = Fuse(10**9)
    room.open(DyingDisk(room.folder, fuse))
    fuse.left = deaths_at
    write, read = room.line.write, room.line.read
    reads = room.plates.reading.reads

    def dying_write(data: bytes) -> None:
        fuse.burn()
        write(data)
        fuse.burn()

    def dying_read(timeout_s: float) -> bytes:
        fuse.burn()
        return read(timeout_s)

    room.line.write, room.line.read = dying_write, dying_read  # type: ignore[method-assign]
    for name in ("begin", "whole", "erased"):
        setattr(reads, name, around(fuse, getattr(reads, name)))
    recording = room.plates.reading.recording
    recording.record = around(fuse, recording.record)  # type: ignore[method-assign]
    return fuse


def around(fuse: Fuse, call: Any) -> Any:
    def wrapped(*args: Any, **named: Any) -> Any:
        fuse.burn()
        result = call(*args, **named)
        fuse.burn()
        return result

    return wrapped


def test_killed_at_any_point_the_image_is_whole_and_erased_only_then(tmp_path: Path) -> None:
    latent = a_plate(rows=6, columns=30).latent
    deaths, survived = 0, False
    while not survived:
        deaths += 1
        folder = tmp_path / str(deaths)
        folder.mkdir()
        room = Room(folder, CassetteReaderDevice(Plate("P-9", latent)))
        dying(room, deaths)
        try:
            room.scan()
            survived = True
        except Killed:
            pass
        room.close()
        was_erased = bool(room.device.erased)
        room.open()
        if was_erased:
            assert_durable(room, latent)
        was_read = room.device.image is not None or room.device.erased
        room.plates.settle()
        if was_read:
            assert_durable(room, latent)
            assert len(room.device.erased) == 1
        else:
            assert np.array_equal(room.device.slot.latent, latent)
            assert not room.images()
        room.close()
    assert deaths > 40  # it died in between, not only at the ends


def assert_durable(room: Room, latent: Any) -> None:
    image = only_image(room, latent)
    assert image.PatientID == "100042"
    ((state,),) = room.database.rows("SELECT state FROM plate_read")
    assert state in (ReadState.STORED.value, ReadState.ERASED.value)


def test_dates_are_of_the_reading_not_of_the_fetching(room: Room) -> None:
    began = room.clock.now()
    room.line.cut_at_bytes = 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    room.line.mend()
    room.clock.sleep(7200.0)
    room.plates.settle()
    image = only_image(room)
    told = datetime.strptime(image.AcquisitionDate + image.AcquisitionTime, "%Y%m%d%H%M%S")
    assert abs((told.replace(tzinfo=UTC) - began).total_seconds()) < 60
