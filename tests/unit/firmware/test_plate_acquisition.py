"""A plate is read, stored, and only then erased; and what becomes of it when the power goes."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drivers.posix_disk import FAILED, PosixDisk
from drivers.wire.cassette_frames import FrameReader
from drivers.wire.cassette_messages import ErrorCode, Kind
from firmware.events import Stored
from firmware.imaging.exposure_index import PlateCalibration
from firmware.imaging.flat_field import FlatField
from firmware.imaging.plate_calibration import PlateCalibrationFile
from firmware.index import audit
from firmware.index.catalogue import Catalogue
from firmware.index.examinations import Examinations
from firmware.index.holding import DOUBTED
from firmware.index.keeping import Keeping
from firmware.index.plate_ledger import PlateLedger
from firmware.index.plate_reads import PlateRead
from firmware.keeping import Found
from firmware.moves import State
from firmware.panel_worker import CancelFlag
from firmware.panel_workflow import urgent_order
from firmware.plate_acquisition import DEVICE
from firmware.plate_events import KeptPlateStored, PlateErased, PlateFound, PlateTrouble
from firmware.plate_look import LOOK_ROWS
from firmware.plate_moves import ReadState
from firmware.provisional import is_provisional
from firmware.recording import Recording
from firmware.routing import everywhere
from hal.cassette_reader import PlateRequest
from hal.errors import (
    DeviceError,
    DeviceMisbehaved,
    DeviceNeedsOperator,
    DeviceUnavailable,
    ScanCancelled,
    StorageFailed,
)
from hal.values import Patient, Uid
from sim.cassette_reader_device import CassetteReaderDevice, Plate, ReaderFaults
from tests.cassette_kit import a_plate
from tests.plate_kit import ORDER, Room

PLATE = a_plate(rows=300, columns=120)
OTHER = replace(
    ORDER, patient=Patient("2", "AUTRE^Nom"), study_instance_uid=Uid(""), accession_number="A2"
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path, CassetteReaderDevice(PLATE)).open()
    yield made
    made.close()


def only_image(room: Room, latent: Any = PLATE.latent) -> Any:
    (image,) = room.images()
    assert np.array_equal(image.pixel_array, latent)
    return image


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
    assert np.array_equal(room.device.slot.latent, PLATE.latent)  # type: ignore[union-attr]
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
    assert said.is_known  # type: ignore[union-attr]
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
    assert not said.is_known  # type: ignore[union-attr]
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


def test_a_plate_that_was_not_erased_is_stopped_once(tmp_path: Path) -> None:
    plate = replace(PLATE, is_erased_before=False)
    room = Room(tmp_path, CassetteReaderDevice(plate)).open()
    with pytest.raises(DeviceNeedsOperator, match="not erased"):
        room.scan()
    assert room.device.image is None
    room.scan()
    only_image(room)
    room.close()


def test_a_plate_that_was_not_exposed_since_is_stopped(room: Room) -> None:
    room.scan()
    room.device.put_in(PLATE)
    with pytest.raises(DeviceNeedsOperator, match="not exposed since"):
        room.scan()
    room.device.put_in(replace(PLATE, exposures=2))
    room.scan()
    assert len(room.images()) == 2


def test_a_plate_that_another_reader_may_not_have_erased_is_stopped_once(room: Room) -> None:
    """The reader was exchanged: this one keeps nothing, and takes the plate for an erased one."""
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    room.device.faults, room.device.image = ReaderFaults(), None
    room.device.put_in(replace(PLATE, exposures=2))
    with pytest.raises(DeviceNeedsOperator, match="nothing says that it was erased"):
        room.scan(OTHER)
    room.scan(OTHER)
    assert [image.PatientID for image in room.images()] == ["100042", "2"]
    room.device.put_in(replace(PLATE, exposures=3))
    room.scan(OTHER)
    assert len(room.images()) == 3, "it was erased meanwhile"


def test_a_second_scan_means_the_plate_that_was_stopped_and_no_other(room: Room) -> None:
    room.scan()
    for plate in (PLATE, replace(PLATE, plate_id="P-3"), PLATE):
        room.device.put_in(plate)
        if plate.plate_id == "P-3":
            room.scan()
        else:
            with pytest.raises(DeviceNeedsOperator):
                room.scan()
    room.clock.sleep(3600.0)
    with pytest.raises(DeviceNeedsOperator):
        room.scan()


def test_a_second_press_for_another_patient_does_not_mean_the_plate_that_was_stopped(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path, CassetteReaderDevice(replace(PLATE, is_erased_before=False))).open()
    for order in (ORDER, OTHER, ORDER):
        with pytest.raises(DeviceNeedsOperator, match="press the same button again"):
            room.scan(order)
    room.scan(ORDER)
    assert only_image(room).PatientID == ORDER.patient.patient_id
    room.close()


def test_an_urgent_plate_that_was_stopped_is_read_by_urgent_again_and_not_for_the_worklist(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path, CassetteReaderDevice(replace(PLATE, is_erased_before=False))).open()
    first, second = urgent_order("URG20260101AAAAAA"), urgent_order("URG20260101BBBBBB")
    for order in (first, ORDER, first):
        with pytest.raises(DeviceNeedsOperator) as stopped:
            room.scan(order)
        assert "SCAN" not in stopped.value.sentence.en
        assert "NUMÉRISER" not in stopped.value.sentence.fr
    room.scan(second)
    assert only_image(room).PatientID == second.patient.patient_id
    room.close()


def test_a_plate_that_lay_about_is_warned_of(room: Room) -> None:
    room.scan()
    room.clock.sleep(30 * 3600.0)
    room.device.put_in(replace(PLATE, exposures=2))
    room.scan()
    (warned,) = room.heard(PlateTrouble)
    assert "30 h" in str(warned.sentence)  # type: ignore[union-attr]


def test_the_eraser_fails_the_image_is_stored_and_the_next_look_tries_again(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    only_image(room)
    assert "could not be erased" in str(room.heard(PlateTrouble)[0].sentence)  # type: ignore[union-attr]
    room.device.faults = ReaderFaults()
    room.plates.settle()
    assert room.device.erased


def test_a_stored_file_that_went_bad_erases_nothing(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    room.device.faults = ReaderFaults()
    (path,) = room._paths()
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    room.plates.settle()
    assert not room.device.erased
    assert room.device.image is not None
    assert "is not erased" in str(room.heard(PlateTrouble)[-1].sentence)  # type: ignore[union-attr]


def damaged(room: Room, uid: Uid, path: str) -> None:
    Keeping(room.database, room.clock).found(uid, Found.WRONG_DIGEST)
    room.plates.reading.store.quarantine(path)


def missing(room: Room, uid: Uid, path: str) -> None:
    Keeping(room.database, room.clock).found(uid, Found.FILE_GONE)
    (room.folder / path).unlink()


def unseen(room: Room, _: Uid, path: str) -> None:
    (room.folder / path).unlink()


@pytest.mark.parametrize("harm", [damaged, missing, unseen])
def test_an_image_that_is_not_here_any_more_keeps_its_plate_and_stops_no_film(
    room: Room, harm: Callable[[Room, Uid, str], None]
) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    room.device.faults = ReaderFaults()
    ((uid, path),) = room.database.rows("SELECT sop_instance_uid, path FROM instance")
    harm(room, uid, path)
    room.plates.settle()
    assert (room.device.erased, room.device.image is None) == ([], False)
    assert "is not erased" not in str(room.heard(PlateTrouble)[0].sentence)  # type: ignore[union-attr]
    assert "not stored here" in str(room.heard(PlateTrouble)[-1].sentence)  # type: ignore[union-attr]
    with pytest.raises(DeviceNeedsOperator, match="Call service"):  # a trouble: a film is scanned
        room.plates.cassette()


def test_no_plate_is_taken_for_a_new_one_while_one_cannot_be_erased(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    with pytest.raises(DeviceError, match="could not be erased"):
        room.scan(OTHER)
    room.device.faults = ReaderFaults()
    room.device.put_in(replace(a_plate(seed=9), plate_id="P-2"))
    with pytest.raises(DeviceNeedsOperator, match="put that one back"):
        room.scan(OTHER)
    room.device.put_in(replace(PLATE, is_erased_before=False))
    assert room.plates.cassette() is None
    assert len(room.device.erased) == 1
    ((count,),) = room.database.rows("SELECT count(*) FROM plate_read")
    assert count == 1


def test_an_image_that_the_reader_does_not_know_again_is_said_to_be_stored(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    room.device.faults = ReaderFaults()
    kept = room.device.image
    assert kept is not None
    kept.samples = bytes(len(kept.samples))
    room.plates.settle()
    said = room.heard(PlateTrouble)[-1].sentence  # type: ignore[union-attr]
    assert "is stored" in said.en
    assert "est stockée" in said.fr
    assert "SCAN" not in said.en


def states(room: Room) -> list[str]:
    return [state for (state,) in room.database.rows("SELECT state FROM plate_read ORDER BY rowid")]


def test_a_reading_that_never_took_place_is_not_waited_for(room: Room) -> None:
    room.device.faults = ReaderFaults(read_error=ErrorCode.LASER)
    with pytest.raises(DeviceMisbehaved, match="laser"):
        room.scan()
    assert states(room) == ["begun"]
    room.plates.settle()
    assert states(room) == ["nothing"]
    room.device.faults = ReaderFaults()
    room.scan()
    only_image(room)
    assert sorted(states(room)) == ["erased", "nothing"]
    assert isinstance(audit.verify(room.database.connection), audit.Head)


def test_what_another_reader_did_not_keep_is_fetched_when_the_first_one_is_back(room: Room) -> None:
    room.line.cut_at_bytes = 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    room.line.mend()
    kept, room.device.image = room.device.image, None
    room.plates.settle()
    assert states(room) == ["nothing"]
    room.device.image = kept
    room.plates.settle()
    assert only_image(room).PatientID == ORDER.patient.patient_id
    assert states(room) == ["erased"]


def test_an_erasure_that_could_not_be_noted_is_not_called_one(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: PlateRead) -> None:
        raise StorageFailed(FAILED.fill(reason="Input/output error"))

    with monkeypatch.context() as patched:
        patched.setattr(room.plates.reading.reads, "erased", fails)
        room.scan()
    room.plates.settle()
    assert states(room) == ["stored"]


def test_why_a_plate_stays_is_told_once_and_again_to_whoever_presses(room: Room) -> None:
    """The reader is looked at every few seconds: said each time, nothing else could be read."""
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    for _ in range(3):
        room.plates.settle()
    assert len(room.heard(PlateTrouble)) == 1
    with pytest.raises(DeviceError, match="could not be erased"):
        room.plates.cassette()
    assert len(room.heard(PlateTrouble)) == 2


def test_another_cassette_than_the_one_that_was_read_is_never_erased(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    room.device.faults = ReaderFaults()
    read_one, other = room.device.slot, Plate("P-2", PLATE.latent)
    room.device.put_in(other)
    room.plates.settle()
    assert (room.device.erased, room.device.slot) == ([], other)
    assert "put that one back" in str(room.heard(PlateTrouble)[-1].sentence)  # type: ignore[union-attr]
    room.device.put_in(read_one)
    room.plates.settle()
    assert [plate for plate, _ in room.device.erased] == [PLATE.plate_id]
    only_image(room)


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
    assert "is stored and the plate is erased" in str(told.sentence)  # type: ignore[union-attr]


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
            assert np.array_equal(room.device.slot.latent, latent)  # type: ignore[union-attr]
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


def watched(room: Room, cancel: CancelFlag) -> None:
    """As on a node whose panel has doubts."""
    catalogue = Catalogue(room.database, room.clock, room.entropy)
    room.plates.reading.recording = Recording(
        DEVICE,
        catalogue,
        everywhere("ARCHIVE"),
        Examinations(room.database, room.clock),
        look_s=60.0,
        doubts=cancel.doubts,
    )


def held_because(room: Room) -> str:
    ((state, why),) = room.database.rows("SELECT state, last_error FROM outbox")
    assert state == State.HELD.value
    return str(why)


def cut_while_doubted(room: Room) -> None:
    """The line, after a code of somebody else was read while the plate was."""
    cancel = CancelFlag(doubted=ORDER)
    watched(room, cancel)
    room.line.cut_at_bytes = 50_000
    with pytest.raises(DeviceUnavailable):
        room.scan()
    room.line.mend()
    cancel.doubted = None  # the next SCAN


@pytest.mark.parametrize("restarted", [False, True], ids=["the next scan", "the next start"])
def test_a_doubted_plate_that_the_reader_kept_is_stored_held(room: Room, restarted: bool) -> None:
    cut_while_doubted(room)
    if restarted:
        room.close()
        room.open()
        watched(room, CancelFlag())
    room.plates.settle()
    assert held_because(room) == DOUBTED
    assert room.device.erased


def test_a_doubted_plate_is_held_though_the_power_went_before_its_row(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise Killed

    watched(room, CancelFlag(doubted=ORDER))
    monkeypatch.setattr(room.plates.reading.recording, "record", dies)
    with pytest.raises(Killed):
        room.scan()
    room.close()
    room.open()  # adopts the file
    assert held_because(room) == DOUBTED


def test_what_is_read_again_for_a_next_order_without_a_doubt_is_not_held(room: Room) -> None:
    cut_while_doubted(room)
    room.plates.settle()
    room.device.put_in(replace(PLATE, exposures=2))
    room.scan()
    states = [state for (state,) in room.database.rows("SELECT state FROM outbox ORDER BY rowid")]
    assert states == [State.HELD.value, State.QUEUED.value]
