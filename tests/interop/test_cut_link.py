"""A thousand images over a link that is cut at random every second: all of them committed."""

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from drivers.dicom_peer import ArchiveAddress, DicomArchive, Timeouts
from drivers.posix_disk import PosixDisk
from drivers.system_clock import SystemEntropy
from firmware.commitment import Commitment
from firmware.dicom.entry_reader import read_entry
from firmware.events import Event
from firmware.forwarder import Forwarder
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.outbox import Outbox
from firmware.index.outbox_table import jitter_of
from firmware.routing import everywhere
from firmware.store import Store, path_of
from hal.values import Uid
from sim.archive_peer import SimulatedArchive
from sim.free_port import free_port
from tests.fakes import JumpingClock
from tests.fault_proxy import Faults, faulty
from tests.instances import SECONDARY_CAPTURE, synthetic

IMAGES, IMAGES_A_STUDY = 1000, 10
LINE_BYTES_S = 600_000.0  # so that sending takes long enough to be cut, many times
CUT_EVERY_S = 1.0
SILENCE_S = 120.0
JUMP_S = 2.0
TIMEOUTS = Timeouts(connect_s=5, association_s=5, send_s=5, response_s=5, linger_s=0)
LAST = "SELECT count(*) FROM outbox WHERE state <> 'committed'"


def fill(folder: Path, store: Store, catalogue: Catalogue) -> None:
    image: Dataset = synthetic(SECONDARY_CAPTURE, 32, 64)
    for number in range(IMAGES):
        if number % IMAGES_A_STUDY == 0:
            image.StudyInstanceUID, image.SeriesInstanceUID = generate_uid(), generate_uid()
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        image.InstanceNumber = number % IMAGES_A_STUDY + 1
        image.PixelData = number.to_bytes(4, "big") * (len(image.PixelData) // 4)
        path = path_of(Uid(image.SOPInstanceUID))
        image.save_as(folder / path, enforce_file_format=True)
        entry = read_entry(store.disk, path)
        catalogue.record(entry, store.measure(path), everywhere("douai"), "test")


def test_a_thousand_images_through_a_link_that_is_cut_every_second(tmp_path: Path) -> None:
    clock, entropy, events = JumpingClock(), SystemEntropy(), list[Event]()
    disk = PosixDisk(tmp_path / "node")
    store = Store(disk, 0)
    store.prepare()
    database = Database(tmp_path / "index.sqlite3")
    migrate(database)
    database.connection.execute("PRAGMA synchronous = OFF")  # this test is about the line
    catalogue = Catalogue(database, clock, entropy)
    fill(tmp_path / "node", store, catalogue)
    port = free_port()
    peer = SimulatedArchive(tmp_path / "archive", report_to=("SAPI_NODE", "127.0.0.1", port))
    faults = Faults(bytes_per_s=LINE_BYTES_S, cut_every_s=CUT_EVERY_S, seed=1)
    with peer, faulty(peer.port, faults) as line:
        address = ArchiveAddress(peer.ae_title, "127.0.0.1", line.port)
        with DicomArchive(address, "SAPI_NODE", "127.0.0.1", port, timeouts=TIMEOUTS) as archive:
            outbox = Outbox(database, clock, jitter_of(entropy))
            forwarder = Forwarder("douai", archive, catalogue, outbox, disk, clock, events.append)
            commitment = Commitment("douai", archive, outbox, entropy, events.append, SILENCE_S)
            while database.rows(LAST)[0][0]:
                rest_s = forwarder.step()
                commitment.step()
                clock.sleep(JUMP_S if rest_s else 0.0)  # nobody waits for a retry here
        assert line.cuts >= 10, "the link was cut"
        there = peer.instances()
    ours = {
        row["sop_instance_uid"]: row["path"]
        for row in database.rows("SELECT sop_instance_uid, path FROM instance")
    }
    assert set(there) == set(ours)
    assert len(set(there.values())) == IMAGES, "none is there under another's pixels"
    database.close()
