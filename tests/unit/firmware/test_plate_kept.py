"""What the reader still keeps after its image is stored, or was never read, and why it does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.posix_disk import FAILED
from drivers.wire.cassette_messages import ErrorCode
from firmware.index import audit
from firmware.index.examinations import Examinations
from firmware.index.forgetting import Forgetting
from firmware.index.keeping import Keeping
from firmware.index.plate_reads import PlateRead
from firmware.keeping import Found
from firmware.plate_events import PlateTrouble
from firmware.retention import Retention
from hal.errors import (
    DeviceError,
    DeviceMisbehaved,
    DeviceNeedsOperator,
    DeviceUnavailable,
    StorageFailed,
)
from hal.values import Uid
from sim.cassette_reader_device import Plate, ReaderFaults
from tests.cassette_kit import a_plate
from tests.plate_kit import ORDER, OTHER, PLATE, Room, only_image

DAY_S = 86_400.0


def test_the_eraser_fails_the_image_is_stored_and_the_next_look_tries_again(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    only_image(room)
    assert "could not be erased" in str(room.heard(PlateTrouble)[0].sentence)
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
    assert "is not erased" in str(room.heard(PlateTrouble)[-1].sentence)


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
    assert "is not erased" not in str(room.heard(PlateTrouble)[0].sentence)
    assert "not stored here" in str(room.heard(PlateTrouble)[-1].sentence)
    with pytest.raises(DeviceNeedsOperator, match="Call service"):  # a trouble: a film is scanned
        room.plates.cassette()


def test_a_rejected_image_whose_days_are_over_keeps_no_reader_busy(room: Room) -> None:
    room.device.faults = ReaderFaults(erase_error=ErrorCode.ERASE_FAILED)
    room.scan()
    ((uid,),) = room.database.rows("SELECT sop_instance_uid FROM instance")
    Examinations(room.database, room.clock).reject(uid, "motion")
    store = room.plates.reading.store
    store.reject(uid)
    room.clock.sleep(31 * DAY_S)
    keeping = Keeping(room.database, room.clock)
    Retention(store, Forgetting(room.database, room.clock), 30, 0, keeping, 30.0, 30.0).step()
    assert store.put_aside() == []
    room.device.faults = ReaderFaults()
    room.plates.settle()
    assert len(room.device.erased) == 1


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
    said = room.heard(PlateTrouble)[-1].sentence
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
    assert "put that one back" in str(room.heard(PlateTrouble)[-1].sentence)
    room.device.put_in(read_one)
    room.plates.settle()
    assert [plate for plate, _ in room.device.erased] == [PLATE.plate_id]
    only_image(room)
