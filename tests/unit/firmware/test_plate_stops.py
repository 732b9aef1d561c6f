"""Plates that are in the reader and are not read at once: what stops one, and what passes it."""

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.wire.cassette_messages import ErrorCode
from firmware.panel_workflow import urgent_order
from firmware.plate_events import PlateTrouble
from hal.errors import (
    DeviceNeedsOperator,
)
from sim.cassette_reader_device import CassetteReaderDevice, ReaderFaults
from tests.plate_kit import ORDER, OTHER, PLATE, Room, only_image


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
    assert "30 h" in str(warned.sentence)
