"""Storage commitment when something is wrong: reports come as they are, or are turned away."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, build_role
from pynetdicom.association import Association

from drivers.dicom_address import ArchiveAddress, Timeouts
from drivers.dicom_commitment import REPORTS_MAX, SOP_CLASS, SOP_INSTANCE
from drivers.dicom_peer import DicomArchive
from hal.archive import CommitmentReport
from hal.errors import ConfigError, PeerRefused, PeerRetryable
from hal.values import SopReference, Uid
from sim.archive_faults import NO_FAULTS, ArchiveFaults
from sim.archive_peer import SimulatedArchive
from tests.instances import SECONDARY_CAPTURE, instance_file
from tests.peers import free_port, wait_until

HOST = "127.0.0.1"
SHORT = Timeouts(connect_s=5, association_s=5, send_s=5, response_s=2, release_s=1, linger_s=5)
ASKED = SopReference(Uid(SECONDARY_CAPTURE), Uid(generate_uid()))
REPORT_S = 10.0


@contextmanager
def pair(
    folder: Path, faults: ArchiveFaults = NO_FAULTS, listens: bool = False
) -> Iterator[tuple[SimulatedArchive, DicomArchive]]:
    """The archive reports on the same association, or on a new one when the node listens."""
    with SimulatedArchive(folder / "archive", faults) as peer:
        address = ArchiveAddress(peer.ae_title, peer.host, peer.port)
        port = 0 if listens else None
        with DicomArchive(address, "SAPI_NODE", HOST, port, timeouts=SHORT) as archive:
            if archive.listening_port:
                peer.report_to("SAPI_NODE", HOST, archive.listening_port)
            yield peer, archive


def asked(archive: DicomArchive, *references: SopReference) -> Uid:
    transaction_uid = Uid(generate_uid())
    archive.request_commitment(transaction_uid, references or (ASKED,))
    return transaction_uid


def reported(archive: DicomArchive) -> CommitmentReport:
    report = archive.next_report(REPORT_S)
    assert report is not None
    return report


both_ways = pytest.mark.parametrize("listens", [False, True], ids=["same", "new"])


@both_ways
class TestReports:
    def test_a_failure_says_so(self, listens: bool, tmp_path: Path) -> None:
        sent = instance_file(tmp_path / "a.dcm")
        with pair(tmp_path, ArchiveFaults(report_failure=True), listens) as (_, archive):
            assert next(archive.store([sent])).error is None
            transaction_uid = asked(archive, sent.reference)
            report = reported(archive)
        assert (report.transaction_uid, report.committed) == (transaction_uid, ())
        assert [failed.reference for failed in report.failed] == [sent.reference]

    def test_another_instance_comes_as_it_is(self, listens: bool, tmp_path: Path) -> None:
        """Not believed here: the one who asked compares."""
        sent = instance_file(tmp_path / "a.dcm")
        faults = ArchiveFaults(report_other_instance=True)
        with pair(tmp_path, faults, listens) as (_, archive):
            assert next(archive.store([sent])).error is None
            asked(archive, sent.reference)
            report = reported(archive)
        assert len(report.committed) == 1
        assert sent.reference not in report.committed

    def test_duplicates_come_twice(self, listens: bool, tmp_path: Path) -> None:
        with pair(tmp_path, ArchiveFaults(reports=2), listens) as (_, archive):
            asked(archive)
            assert reported(archive) == reported(archive)

    def test_late_is_not_lost(self, listens: bool, tmp_path: Path) -> None:
        with pair(tmp_path, ArchiveFaults(report_after_s=0.4), listens) as (_, archive):
            transaction_uid = asked(archive)
            assert archive.next_report(0) is None
            assert reported(archive).transaction_uid == transaction_uid

    @pytest.mark.parametrize(
        ("faults", "status"),
        [
            (ArchiveFaults(report_malformed=True), 0x0115),
            (ArchiveFaults(report_event_type=7), 0x0113),
        ],
    )
    def test_malformed_is_turned_away(
        self, faults: ArchiveFaults, status: int, listens: bool, tmp_path: Path
    ) -> None:
        with pair(tmp_path, faults, listens) as (peer, archive):
            asked(archive)
            wait_until(lambda: peer.report_answers, "the report is answered")
            assert peer.report_answers == [status]
            assert archive.next_report(0) is None
            archive.echo()

    def test_a_good_one_is_answered_with_success(self, listens: bool, tmp_path: Path) -> None:
        with pair(tmp_path, NO_FAULTS, listens) as (peer, archive):
            asked(archive)
            reported(archive)
            wait_until(lambda: peer.report_answers, "the report is answered")
            assert peer.report_answers == [0]


class TestRequests:
    def test_no_service(self, tmp_path: Path) -> None:
        with pair(tmp_path, ArchiveFaults(no_commitment_service=True)) as (_, archive):
            with pytest.raises(PeerRefused, match="no storage commitment") as caught:
                asked(archive)
            assert "Storage Commitment" in caught.value.sentence.fr

    def test_refused(self, tmp_path: Path) -> None:
        with pair(tmp_path, ArchiveFaults(commitment_status=0x0124)) as (_, archive):
            with pytest.raises(PeerRefused) as caught:
                asked(archive)
            assert caught.value.status == 0x0124
            assert archive.next_report(0) is None

    def test_out_of_resources(self, tmp_path: Path) -> None:
        faults = ArchiveFaults(commitment_status=0x0213)
        with pair(tmp_path, faults) as (_, archive), pytest.raises(PeerRetryable):
            asked(archive)

    def test_the_archive_is_down(self) -> None:
        archive = DicomArchive(ArchiveAddress("DOWN", HOST, free_port()), listen_port=None)
        with pytest.raises(PeerRetryable):
            asked(archive)

    def test_nothing_asked(self) -> None:
        archive = DicomArchive(ArchiveAddress("DOWN", HOST, free_port()), listen_port=None)
        with pytest.raises(ConfigError):
            archive.request_commitment(Uid(generate_uid()), ())

    def test_many_at_once(self, tmp_path: Path) -> None:
        """More than may linger: the rest are released, and report on a new association."""
        with pair(tmp_path, ArchiveFaults(report_after_s=0.05), listens=True) as (_, archive):
            transactions = {asked(archive) for _ in range(8)}
            assert {reported(archive).transaction_uid for _ in range(8)} == transactions

    def test_close_ends_what_lingers(self, tmp_path: Path) -> None:
        with pair(tmp_path, ArchiveFaults(reports=0)) as (_, archive):
            asked(archive)
            archive.close()
            assert archive.next_report(0) is None


@contextmanager
def calling(node: DicomArchive, ae_title: str, called: str = "SAPI_NODE") -> Iterator[Association]:
    assert node.listening_port
    entity = AE(ae_title)
    entity.add_requested_context(SOP_CLASS)
    entity.add_requested_context("1.2.840.10008.1.1")
    entity.add_requested_context(SECONDARY_CAPTURE)
    association = entity.associate(
        HOST, node.listening_port, ae_title=called, ext_neg=[build_role(SOP_CLASS, scp_role=True)]
    )
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def report() -> Dataset:
    information = Dataset()
    information.TransactionUID = generate_uid()
    return information


class TestListener:
    @pytest.fixture
    def node(self) -> Iterator[DicomArchive]:
        address = ArchiveAddress("ARCHIVE", HOST, free_port())
        with DicomArchive(
            address, "SAPI_NODE", HOST, 0, reporting_ae_titles=("ARCHIVE_2",)
        ) as node:
            yield node

    @pytest.mark.parametrize("ae_title", ["ARCHIVE", "ARCHIVE_2"])
    def test_it_takes_the_archives(self, ae_title: str, node: DicomArchive) -> None:
        with calling(node, ae_title) as association:
            assert association.is_established
            assert association.send_c_echo().Status == 0
            accepted = {context.abstract_syntax for context in association.accepted_contexts}
        assert accepted == {SOP_CLASS, "1.2.840.10008.1.1"}

    @pytest.mark.parametrize(
        ("ae_title", "called"), [("STRANGER", "SAPI_NODE"), ("ARCHIVE", "OTHER")]
    )
    def test_it_rejects_others(self, ae_title: str, called: str, node: DicomArchive) -> None:
        with calling(node, ae_title, called) as association:
            assert association.is_rejected

    def test_a_report_on_an_association_without_roles(self, node: DicomArchive) -> None:
        assert node.listening_port
        entity = AE("ARCHIVE")
        entity.add_requested_context(SOP_CLASS)
        association = entity.associate(HOST, node.listening_port, ae_title="SAPI_NODE")
        assert association.is_established
        status, _ = association.send_n_event_report(report(), 1, SOP_CLASS, SOP_INSTANCE)
        association.release()
        assert status.Status == 0
        assert reported(node).committed == ()

    def test_what_nobody_takes_is_bounded(self, node: DicomArchive) -> None:
        with calling(node, "ARCHIVE") as association:
            statuses = [
                association.send_n_event_report(report(), 1, SOP_CLASS, SOP_INSTANCE)[0].Status
                for _ in range(REPORTS_MAX + 1)
            ]
        assert statuses == [0] * REPORTS_MAX + [0x0213]

    @pytest.mark.parametrize(
        "rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\x01\x00\x00\x00\x00\x04abcd", b"", bytes(64)]
    )
    def test_rubbish_does_not_stop_it(self, rubbish: bytes, node: DicomArchive) -> None:
        assert node.listening_port
        with socket.create_connection((HOST, node.listening_port), 5) as line:
            line.sendall(rubbish)
        with calling(node, "ARCHIVE") as association:
            assert association.send_c_echo().Status == 0

    def test_a_taken_port_is_told(self, node: DicomArchive) -> None:
        address = ArchiveAddress("ARCHIVE", HOST, free_port())
        with pytest.raises(ConfigError, match=f"Port {node.listening_port} .* is taken"):
            DicomArchive(address, "SAPI_NODE", HOST, node.listening_port)

    def test_an_address_that_is_not_ours_is_told(self) -> None:
        address = ArchiveAddress("ARCHIVE", HOST, free_port())
        with pytest.raises(ConfigError, match="cannot listen"):
            DicomArchive(address, "SAPI_NODE", "192.0.2.1", free_port())

    def test_close_frees_the_port(self) -> None:
        address, port = ArchiveAddress("ARCHIVE", HOST, free_port()), free_port()
        for _ in range(2):
            DicomArchive(address, "SAPI_NODE", HOST, port).close()
