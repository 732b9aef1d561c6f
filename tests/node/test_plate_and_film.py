"""Both devices on one node: what was put in decides, and neither waits for the other."""

from pathlib import Path

from drivers.wire.cassette_messages import ErrorCode
from firmware.events import ScanFailed, Stored
from firmware.plate_events import KeptPlateStored, PlateErased
from hal.panel import Button
from hal.values import Uid
from sim.cassette_reader_device import CassetteReaderDevice, KeptImage, ReaderFaults
from tests.fault_proxy import Faults
from tests.node.conftest import World
from tests.node.plate_world import PLATE_ID, exposed_plate, plate_world
from tests.peers import wait_until

SLOW = Faults(bytes_per_s=300_000)  # the plate takes seven seconds
NOBODYS = 0x00C0FFEE
CR, FILM = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.7.3"


def test_the_cassette_is_read_for_one_patient_and_the_film_scanned_for_the_next(
    tmp_path: Path, film: Path
) -> None:
    plate = exposed_plate()
    with plate_world(tmp_path, film, CassetteReaderDevice(plate)) as made:
        world = made.world
        world.open_archive()
        world.start()
        world.press()
        of_plate = world.wait_for(Stored)
        world.wait_for(PlateErased)
        world.press(Button.SEND)
        world.press(Button.NEXT)
        world.press()
        of_film = world.wait_for(Stored)
        plates_object, films_object = made.object(of_plate), made.object(of_film)
        assert made.holds_the_plate(of_plate, plate)
        assert (plates_object.SOPClassUID, films_object.SOPClassUID) == (CR, FILM)
        assert plates_object.PatientID != films_object.PatientID
        uids = {of_plate.sop_instance_uid, of_film.sop_instance_uid}
        wait_until(lambda: all(is_committed(world, uid) for uid in uids), "both are committed")
        assert world.in_archive() == uids


def is_committed(world: World, uid: Uid) -> bool:
    return world.standing(uid).state.value == "committed"


def test_a_film_is_scanned_while_a_kept_plate_comes(tmp_path: Path, film: Path) -> None:
    plate = exposed_plate()
    device = CassetteReaderDevice(plate)
    rows, columns = plate.latent.shape
    samples = plate.latent.astype("<u2").tobytes()
    device.image = KeptImage(NOBODYS, samples, columns, rows, 1000, PLATE_ID)
    with plate_world(tmp_path, film, device, SLOW) as made:
        made.world.start()
        made.world.press()
        of_film = made.world.wait_for(Stored)
        assert made.object(of_film).SOPClassUID == FILM
        assert device.image is not None, "the plate was still coming"
        of_plate = made.world.wait_for(KeptPlateStored)
        made.world.wait_for(PlateErased)
        assert made.holds_the_plate(of_plate, plate)
        assert made.object(of_plate).PatientID.startswith("URG")
        assert made.object(of_plate).PatientID != made.object(of_film).PatientID


def test_a_forgotten_film_is_not_scanned_for_whose_cassette_cannot_be_identified(
    tmp_path: Path, film: Path
) -> None:
    device = CassetteReaderDevice(exposed_plate())
    device.faults = ReaderFaults(load_error=ErrorCode.BARCODE_UNREADABLE)
    with plate_world(tmp_path, film, device) as made:
        made.world.start()
        made.world.press()
        failed = made.world.wait_for(ScanFailed)
        assert "barcode" in failed.sentence.en
        assert made.world.node.store.published() == []
        device.faults = ReaderFaults()  # the label was cleaned
        made.world.press()
        assert made.object(made.world.wait_for(Stored)).SOPClassUID == CR
