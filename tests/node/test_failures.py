"""Each failure: one clear sentence, the right state, and no loss."""

import math
import threading
import time

import pytest

from drivers.system_clock import SystemClock
from drivers.wire.esci.codes import BlockError
from firmware.acquisition import CANCELLED
from firmware.events import (
    CommitmentNotTaken,
    Committed,
    NotSent,
    RowsArrived,
    ScanFailed,
    ScanStarted,
    Sent,
    Stored,
    WorkerFailed,
)
from firmware.node import Node
from firmware.wiring import device_settings
from hal.errors import ConfigError, StorageInUse
from hal.panel import Button, Lamp
from sim.archive_faults import CALLING_AE_UNKNOWN, ArchiveFaults
from sim.backend import open_simulated
from sim.film_scanner_faults import NO_FAULTS, ScannerFaults
from tests.faulty_disk import FullDisk
from tests.node.conftest import WAIT_S, World
from tests.peers import wait_until

STOPPED_WITHIN_S = 1.0
SCANNER_FAULTS = {
    "unplugged in mid-scan": (ScannerFaults(unplug_block=2), "cable"),
    "cover open": (ScannerFaults(cover_open=True), "cover"),
    "no transparency unit": (ScannerFaults(transparency_unit_missing=True), "transparency unit"),
    "lamp never warms": (ScannerFaults(warm_up_s=math.inf), "lamp"),
    "block error": (ScannerFaults(error_block=1), "scan"),
    "stopped at the device": (
        ScannerFaults(error_block=1, error_bits=BlockError.CANCEL),
        "stopped",
    ),
    "NAK": (ScannerFaults(refuse_parameters=True), "refused"),
}


def nothing_kept(world: World) -> bool:
    return world.node.store.published() == world.node.store.parts() == []


@pytest.mark.parametrize(("faults", "word"), SCANNER_FAULTS.values(), ids=list(SCANNER_FAULTS))
def test_a_scanner_fault_is_told_and_the_film_can_be_scanned_again(
    world: World, faults: ScannerFaults, word: str
) -> None:
    world.scanner.inject(faults)
    world.start()
    world.press()
    sentence = world.wait_for(ScanFailed).sentence
    assert word in sentence.en.lower()
    assert sentence.fr != sentence.en
    wait_until(lambda: world.panel.shown[-1] == sentence, "the panel says so")
    assert world.panel.lamps[Lamp.FAULT]
    assert nothing_kept(world)
    world.scanner.plug_in()
    world.scanner.inject(NO_FAULTS)
    world.press()
    world.wait_for(Stored)


def test_reject_ends_the_wait_for_a_cold_lamp(world: World) -> None:
    world.devices.close()
    world.devices, world.scanner = open_simulated(device_settings(world.config), SystemClock())
    world.scanner.inject(ScannerFaults(warm_up_s=math.inf))
    world.start()
    world.press()
    world.wait_for(ScanStarted)
    pressed_s = time.monotonic()
    world.panel.press(Button.REJECT)
    assert world.wait_for(ScanFailed).sentence == CANCELLED
    assert time.monotonic() - pressed_s < STOPPED_WITHIN_S
    assert nothing_kept(world)


def test_no_scanner(world: World) -> None:
    world.scanner.unplug()
    world.start()
    world.press()
    assert "scanner" in world.wait_for(ScanFailed).sentence.en.lower()
    assert nothing_kept(world)


def test_no_room_before_the_scan(world: World) -> None:
    disk = FullDisk(world.folder / "node")
    disk.free_told_bytes = 1000
    world.start(disk=disk)
    world.press()
    sentence = world.wait_for(ScanFailed).sentence
    assert "Not enough room" in sentence.en
    assert nothing_kept(world)
    disk.free_told_bytes = None
    world.press()
    world.wait_for(Stored)


def test_no_room_during_the_scan(world: World) -> None:
    disk = FullDisk(world.folder / "node")
    disk.room_bytes = 400_000
    world.start(disk=disk)
    world.press()
    assert "full" in world.wait_for(ScanFailed).sentence.en
    assert nothing_kept(world)
    disk.room_bytes = 1 << 40
    world.press()
    world.wait_for(Stored)


def test_the_archive_is_down_and_comes_back(world: World) -> None:
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    told = world.wait_for(NotSent)
    assert told.will_retry
    standing = world.standing(stored.sop_instance_uid)
    assert (standing.state.value, standing.sent_at) == ("queued", None)
    assert standing.last_error == told.sentence.en
    world.open_archive()
    world.retry_now()
    world.wait_for(Committed)


ARCHIVE_REFUSALS = {
    "refuses the association": ArchiveFaults(reject_association=CALLING_AE_UNKNOWN),
    "out of resources (A700)": ArchiveFaults(store_status=0xA700),
    "hangs up in mid-transfer": ArchiveFaults(hang_up_after_bytes=300_000),
    "loses its response": ArchiveFaults(lose_response=True),
}


@pytest.mark.parametrize("faults", ARCHIVE_REFUSALS.values(), ids=list(ARCHIVE_REFUSALS))
def test_an_archive_that_does_not_take_it_is_never_called_sent(
    world: World, faults: ArchiveFaults
) -> None:
    world.open_archive(faults)
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    told = world.wait_for(NotSent)
    standing = world.standing(stored.sop_instance_uid)
    assert (standing.state.value, standing.sent_at) == ("queued", None)
    assert standing.last_error == told.sentence.en
    world.close_archive()
    world.open_archive()
    world.retry_now()
    world.wait_for(Committed)
    assert world.in_archive() == {stored.sop_instance_uid}


def test_an_object_that_is_refused_for_good_is_held_and_said(world: World) -> None:
    world.open_archive(ArchiveFaults(store_status=0xA900))
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    told = world.wait_for(NotSent)
    assert not told.will_retry
    assert "A900" in told.sentence.en
    assert world.standing(stored.sop_instance_uid).state.value == "held"
    world.close_archive()
    world.open_archive()
    world.release(stored.sop_instance_uid)
    world.wait_for(Committed)


def test_committing_to_something_else_is_not_believed(world: World) -> None:
    world.open_archive(ArchiveFaults(report_other_instance=True))
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(Sent)
    uid = stored.sop_instance_uid
    wait_until(lambda: "did not name it" in world.standing(uid).last_error, "not believed")
    assert world.standing(uid).state.value == "sent"
    world.close_archive()
    world.open_archive()
    world.retry_now()
    world.wait_for(Committed)


def test_an_archive_without_commitment_leaves_it_sent_and_says_why(world: World) -> None:
    world.open_archive(ArchiveFaults(no_commitment_service=True))
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    told = world.wait_for(CommitmentNotTaken)
    assert told.refused
    standing = world.standing(stored.sop_instance_uid)
    assert standing.state.value == "sent"
    assert "commitment" in standing.last_error


def test_a_second_node_on_the_same_store_is_refused(world: World) -> None:
    world.start()
    settings = device_settings(
        world.config.model_copy(
            update={"station": world.config.station.model_copy(update={"listen_port": 0})}
        )
    )
    devices, _ = open_simulated(settings)
    try:
        with pytest.raises(StorageInUse, match="already running"):
            Node(world.config, devices)
    finally:
        devices.close()
    world.press()
    world.wait_for(Stored)


def test_a_film_source_that_is_no_image(world: World) -> None:
    notes = world.folder / "notes.txt"
    notes.write_text("not a film")
    sim = world.config.sim.model_copy(update={"film": str(notes)})
    with pytest.raises(ConfigError, match="no image"):
        open_simulated(device_settings(world.config.model_copy(update={"sim": sim})))


def test_a_listener_that_fails_does_not_unsay_what_is_stored(world: World) -> None:
    world.open_archive()
    world.start()

    def fail(event: object) -> None:
        world.events.put(event)  # type: ignore[arg-type]
        raise BrokenPipeError

    world.node._listener = fail
    world.press()
    world.wait_for(Committed)
    world.stop_node()
    heard = [*world.heard, *world.events.queue]
    assert not [event for event in heard if isinstance(event, ScanFailed | WorkerFailed)]


def test_stopping_in_mid_scan_ends_the_scan_and_keeps_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start()
    began, stopping = threading.Event(), threading.Event()

    def hold(event: object) -> None:
        world.node.tell(event)  # type: ignore[arg-type]
        if isinstance(event, RowsArrived):
            began.set()
            stopping.wait(WAIT_S)

    monkeypatch.setattr(world.node.acquisition, "listener", hold)
    stop = world.node._runtime.stop
    monkeypatch.setattr(world.node._runtime, "stop", lambda: (stopping.set(), stop()))
    world.press()
    assert began.wait(WAIT_S)
    world.node.stop()
    assert nothing_kept(world)
    assert not [event for event in world.events.queue if isinstance(event, Stored)]
