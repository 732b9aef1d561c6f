"""Others' trouble, each line a test: what their users reported must not happen here.

The number in a test's name is the issue's in the repository that its docstring names.
"""

import socket
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from pydicom import dcmread

from drivers.dicom_connection import Connection
from drivers.posix_disk import PosixDisk
from firmware.events import (
    CommitmentAsked,
    Committed,
    Compared,
    NotSent,
    SaidDuplicate,
    Sent,
    Stored,
)
from firmware.forwarder import Forwarder
from firmware.index.database import Database
from firmware.index.outbox_table import BACKOFF_LAST_S
from firmware.node import INDEX_NAME
from hal.errors import PeerRetryable, Sentence
from sim.archive_faults import ArchiveFaults
from tests.fakes import ScriptedArchive
from tests.node.conftest import World
from tests.node.test_cli import config_file
from tests.node.test_import import foreign, imported
from tests.unit.firmware.conftest import Index, index

__all__ = ["config_file", "index"]

HOUR_S = 3600.0


def never_sent(world: World, faults: ArchiveFaults) -> None:
    world.open_archive(faults)
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    world.wait_for(NotSent)
    standing = world.standing(uid)
    assert (standing.state.value, standing.sent_at) == ("queued", None)
    assert standing.last_error


def test_connect_4266_a_line_that_drops_is_never_shown_as_sent(world: World) -> None:
    """nextgenhealthcare/connect: a VPN drop was swallowed."""
    never_sent(world, ArchiveFaults(hang_up_after_bytes=200_000))


def test_connect_3858_a700_is_never_shown_as_sent(world: World) -> None:
    """nextgenhealthcare/connect: the state must come from each response."""
    never_sent(world, ArchiveFaults(store_status=0xA700))


def test_connect_3336_commitment_is_asked_and_nothing_is_committed_without_a_report(
    world: World,
) -> None:
    """nextgenhealthcare/connect: an option that did nothing."""
    world.open_archive(ArchiveFaults(reports=0))
    world.start()
    world.press()
    uid = world.wait_for(Stored).sop_instance_uid
    world.wait_for(CommitmentAsked)
    assert world.standing(uid).state.value == "awaiting"
    assert world.standing(uid).committed_at is None
    world.close_archive()
    world.open_archive()
    world.clock.sleep(2 * HOUR_S)
    world.wait_for(Committed)


LATIN_1 = "ISO 2022 IR 100"


@pytest.mark.parametrize("character_set", [LATIN_1, ["ISO 2022 IR 6", LATIN_1], ["", LATIN_1]])
def test_mercure_59_and_42_french_character_sets_do_not_stick(
    character_set: object, world: World, config_file: Path
) -> None:
    """mercure-imaging/mercure: such files were tried in a loop."""
    image = foreign(world.folder / "one.dcm", SpecificCharacterSet=character_set)
    world.open_archive()
    world.start()
    told = imported(config_file, str(world.folder / "one.dcm"))
    assert told["one.dcm"]["verdict"] == "imported"
    assert world.wait_for(Committed).sop_instance_uid == image.SOPInstanceUID


def test_mercure_45_no_timer_ever_calls_a_study_complete(world: World) -> None:
    """mercure-imaging/mercure: what came after the timer was lost."""
    world.open_archive()
    world.start()
    for _ in range(2):
        world.press()
        uid = world.wait_for(Stored).sop_instance_uid
        world.wait_for(Committed, lambda event, uid=uid: event.sop_instance_uid == uid)
        world.clock.sleep(24 * HOUR_S)
    assert len(world.in_archive()) == 2


def test_pynetdicom_765_what_arrives_has_every_pixel(world: World) -> None:
    """pydicom/pynetdicom: chunked receive truncated PixelData."""
    world.open_archive()
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(Committed)
    ours = dcmread(world.folder / "node" / stored.path)
    (path,) = (world.folder / "archive").glob("*.dcm")
    assert dcmread(path).PixelData == ours.PixelData
    assert len(ours.PixelData) >= 2 * stored.rows * stored.columns


def test_pynetdicom_917_a_small_parallel_association_stops_nothing(world: World) -> None:
    """pydicom/pynetdicom: throughput collapsed."""
    world.open_archive()
    world.start()
    done, errors = Event(), []

    def echo() -> None:
        while not done.wait(0.01):
            try:
                world.devices.archives["SIM_ARCHIVE"].echo()
            except PeerRetryable as error:
                errors.append(error)

    thread = Thread(target=echo)
    thread.start()
    try:
        for _ in range(3):
            world.press()
            world.wait_for(Stored)
            assert world.wait_for(Sent).send_s < 10.0
    finally:
        done.set()
        thread.join()
    assert not errors


def test_fo_dicom_1001_a_report_is_taken_on_either_association(world: World) -> None:
    """fo-dicom/fo-dicom: N-EVENT-REPORT on the same association, or on a new one."""
    world.open_archive()
    assert world._archive is not None
    world.start()
    world.press()
    world.wait_for(Committed)
    world.close_archive()
    world.open_archive()
    world._archive._report_to = None  # now on the association of the request
    world.press()
    world.wait_for(Committed)


def test_fo_dicom_2110_nagle_is_off() -> None:
    """fo-dicom/fo-dicom: 40 ms of delayed ACK against Nagle, each message."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection.open("127.0.0.1", server.getsockname()[1], 5.0, 5.0, None)
        try:
            line = connection._line
            opened: socket.socket = line._socket  # type: ignore[attr-defined]
            assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        finally:
            connection.close()


def test_dcm4chee_arc_light_4508_one_refused_object_holds_no_other_back(world: World) -> None:
    """dcm4che/dcm4chee-arc-light: a differing Issuer of Patient ID got the object rejected."""
    world.open_archive(ArchiveFaults(store_status=0xC000))
    world.start()
    world.press()
    refused = world.wait_for(Stored).sop_instance_uid
    told = world.wait_for(NotSent)
    assert (told.sop_instance_uid, told.will_retry) == (refused, False)
    world.close_archive()
    world.open_archive()
    world.press()
    other = world.wait_for(Stored).sop_instance_uid
    assert world.wait_for(Committed).sop_instance_uid == other
    assert world.standing(refused).state.value == "held"
    assert "C000" in world.standing(refused).last_error
    world.release(refused)
    assert world.wait_for(Committed).sop_instance_uid == refused


@pytest.mark.parametrize("state", ["sending", "awaiting", "sent", "unproven", "queued"])
def test_dcm4chee_arc_light_2360_a_restart_in_any_state_goes_on(state: str, world: World) -> None:
    """dcm4che/dcm4chee-arc-light: tasks stayed "in process" for ever."""
    world.start()
    world.press()
    stored = world.wait_for(Stored)
    world.wait_for(NotSent)
    world.stop_node()
    database = Database(world.folder / "node" / INDEX_NAME)
    database.connection.execute(
        "UPDATE outbox SET state = ?, transaction_uid = '1.2.3', due_at = ?, tries = 0",
        (state, f"{world.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"),
    )
    database.close()
    world.devices.close()
    world.open_devices()
    world.open_archive()
    if state not in ("sending", "queued"):  # the archive has it, as such a state says
        content = (world.folder / "node" / stored.path).read_bytes()
        (world.folder / "archive" / f"{stored.sop_instance_uid}.dcm").write_bytes(content)
    world.start()
    world.clock.sleep(2 * HOUR_S)
    world.wait_for(Committed)
    assert world.in_archive() == {stored.sop_instance_uid}


def test_dcm4chee_arc_light_3462_retries_wait_longer_and_are_bounded(
    index: Index, tmp_path: Path
) -> None:
    """dcm4che/dcm4chee-arc-light: retried for ever without delay."""
    index.add()
    calls = 0

    class Away(ScriptedArchive):
        def store(self, instances: object) -> object:  # type: ignore[override]
            nonlocal calls
            calls += 1
            raise PeerRetryable(Sentence("away", "absente"))

    forwarder = Forwarder(
        "ARCHIVE",
        Away(),
        index.catalogue,
        index.outbox,
        PosixDisk(tmp_path),
        index.clock,
        lambda _: None,
    )
    for _ in range(int(24 * HOUR_S)):
        index.clock.sleep(max(forwarder.step(), 1.0))
        if index.clock.monotonic_s() > 24 * HOUR_S:
            break
    assert calls <= 24 * HOUR_S / BACKOFF_LAST_S + 10
    assert calls >= 24 * HOUR_S / BACKOFF_LAST_S - 10


def test_dicomweb_adapter_153_no_instance_is_ever_overwritten(
    world: World, config_file: Path
) -> None:
    """GoogleCloudPlatform/healthcare-dicom-dicomweb-adapter: a path from the SOP UID alone."""
    first = foreign(world.folder / "first.dcm")
    foreign(world.folder / "other.dcm", SOPInstanceUID=first.SOPInstanceUID, Rows=31)
    world.start()
    assert imported(config_file, str(world.folder / "first.dcm"))["first.dcm"]["verdict"] == (
        "imported"
    )
    before = {p: p.read_bytes() for p in (world.folder / "node/instances").rglob("*.dcm")}
    told = imported(config_file, str(world.folder / "other.dcm"))["other.dcm"]
    assert told["verdict"] == "other content"
    assert before == {p: p.read_bytes() for p in (world.folder / "node/instances").rglob("*.dcm")}


def test_dicomweb_adapter_153_an_archives_other_image_is_never_called_sent(
    world: World, config_file: Path
) -> None:
    """The same on the other side: the archive has another image under this UID."""
    world.open_archive()
    ours = foreign(world.folder / "ours.dcm")
    other = foreign(world.folder / "other.dcm", SOPInstanceUID=ours.SOPInstanceUID)
    other.PixelData = bytes(len(other.PixelData))
    other.save_as(world.folder / "archive" / f"{ours.SOPInstanceUID}.dcm", enforce_file_format=True)
    world.start()
    imported(config_file, str(world.folder / "ours.dcm"))
    world.wait_for(SaidDuplicate)
    assert not world.wait_for(Compared).same
    standing = world.standing(ours.SOPInstanceUID)
    assert (standing.state.value, standing.sent_at, standing.committed_at) == ("held", None, None)


def test_dicomweb_adapter_153_the_same_image_there_is_found_to_be_the_same(
    world: World, config_file: Path
) -> None:
    world.open_archive(replace(ArchiveFaults(), store_status=0x0111))
    ours = foreign(world.folder / "ours.dcm")
    content = (world.folder / "ours.dcm").read_bytes()
    (world.folder / "archive" / f"{ours.SOPInstanceUID}.dcm").write_bytes(content)
    world.start()
    imported(config_file, str(world.folder / "ours.dcm"))
    world.wait_for(SaidDuplicate)
    assert world.wait_for(Compared).same
    world.wait_for(Committed)
