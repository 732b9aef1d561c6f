"""The archive contract, over the driver and each archive we have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from drivers.dicom_peer import ArchiveAddress, DicomArchive, Timeouts
from sim.archive_peer import SimulatedArchive
from tests.contracts.archive import CommitmentContract, WithoutCommitmentContract
from tests.instances import SOP_CLASSES, instance_file
from tests.peers import Orthanc, free_port, orthanc, storescp

NODE = ("SAPI_NODE", "127.0.0.1")


class TestSimulatedOnTheSameAssociation(CommitmentContract):
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Iterator[DicomArchive]:
        with SimulatedArchive(tmp_path / "archive") as peer:
            address = ArchiveAddress(peer.ae_title, peer.host, peer.port)
            with DicomArchive(address, listen_port=None) as archive:
                yield archive


class TestSimulatedOnAnotherAssociation(CommitmentContract):
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Iterator[DicomArchive]:
        with SimulatedArchive(tmp_path / "archive") as peer:
            address = ArchiveAddress(peer.ae_title, peer.host, peer.port)
            timeouts = Timeouts(linger_s=0)
            with DicomArchive(address, *NODE, listen_port=0, timeouts=timeouts) as archive:
                assert archive.listening_port
                peer.report_to(*NODE, archive.listening_port)
                yield archive


@pytest.fixture(scope="module")
def node_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def peer(node_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc"), node_port) as peer:
        yield peer


@pytest.mark.peer("Orthanc")
class TestOrthanc(CommitmentContract):
    @pytest.fixture
    def archive(self, peer: Orthanc, node_port: int) -> Iterator[DicomArchive]:
        with DicomArchive(peer.address, *NODE, listen_port=node_port) as archive:
            yield archive

    def test_pixel_data_reads_back_the_same(
        self, archive: DicomArchive, peer: Orthanc, tmp_path: Path
    ) -> None:
        sent = [
            instance_file(tmp_path / f"{n}.dcm", sop_class, rows=700, columns=701)
            for n, sop_class in enumerate(SOP_CLASSES)
        ]
        peer.remove_all()
        assert [outcome.error for outcome in archive.store(sent)] == [None, None]
        held = {instance.SOPInstanceUID: instance for instance in peer.instances()}
        assert set(held) == {file.reference.sop_instance_uid for file in sent}
        for number, file in enumerate(sent):
            kept = held[file.reference.sop_instance_uid]
            assert kept.PixelData == dcmread(tmp_path / f"{number}.dcm").PixelData
            assert kept.SOPClassUID == file.reference.sop_class_uid


@pytest.mark.peer("storescp")
class TestStorescp(WithoutCommitmentContract):
    @pytest.fixture
    def archive(self, tmp_path: Path) -> Iterator[DicomArchive]:
        with (
            storescp(tmp_path / "received") as address,
            DicomArchive(address, listen_port=None) as archive,
        ):
            yield archive
