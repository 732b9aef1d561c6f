"""Mutual TLS to real peers: who is not proven is not spoken to, and told why."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pynetdicom import AE, evt

from drivers.dicom_address import ArchiveAddress
from drivers.dicom_connection import PDU_BYTES_MAX
from drivers.dicom_peer import DicomArchive
from drivers.wire.dimse import VERIFICATION
from hal.errors import PeerRefused, PeerRetryable
from hal.tls import CertificateOf, TlsSettings
from tests.certificates import ANOTHER_HOST, Authority, Issued
from tests.instances import SOP_CLASSES, instance_file
from tests.interop.archive_pair import SHORT, kinds, many_blocks
from tests.interop.tls_hospital import Hospital, founded, server_side
from tests.peers import orthanc, storescp


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return founded(tmp_path_factory.mktemp("hospital"))


@contextmanager
def pynetdicom_archive(context: ssl.SSLContext | None) -> Iterator[ArchiveAddress]:
    entity = AE("PEER")
    entity.maximum_pdu_size = PDU_BYTES_MAX
    for abstract_syntax in (VERIFICATION, *SOP_CLASSES):
        entity.add_supported_context(abstract_syntax)
    handlers: list[Any] = [(evt.EVT_C_STORE, lambda _: 0)]
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=context
    )
    assert server
    try:
        yield ArchiveAddress("PEER", "127.0.0.1", server.server_address[1])
    finally:
        entity.shutdown()


def reached(address: ArchiveAddress, settings: TlsSettings) -> DicomArchive:
    return DicomArchive(address, listen_port=None, timeouts=SHORT, tls=settings)


def stores_through(archive: DicomArchive, folder: Path) -> None:
    archive.echo()
    sent = [instance_file(folder / "small.dcm"), many_blocks(folder / "large.dcm")]
    assert kinds(list(archive.store(sent))) == [None, None]


class TestWithPynetdicom:
    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_stores(self, version: ssl.TLSVersion, hospital: Hospital, tmp_path: Path) -> None:
        context = server_side(hospital.authority, hospital.archive)
        context.minimum_version = context.maximum_version = version
        with pynetdicom_archive(context) as address:
            stores_through(reached(address, hospital.settings), tmp_path)

    def test_the_peers_certificate_is_remembered(self, hospital: Hospital) -> None:
        with pynetdicom_archive(server_side(hospital.authority, hospital.archive)) as address:
            archive = reached(address, hospital.settings)
            archive.echo()
        lives = archive.certificates(datetime.now(UTC))
        assert {one.whose for one in lives} == set(CertificateOf)
        assert [one.subject for one in lives] == ["node", "Test Authority", "archive"]

    def test_by_name_where_the_certificate_has_one(
        self, hospital: Hospital, tmp_path: Path
    ) -> None:
        shown = hospital.authority.issue("named", ANOTHER_HOST)
        with pynetdicom_archive(server_side(hospital.authority, shown)) as address:
            settings = replace(hospital.settings, host_name=ANOTHER_HOST.value)
            stores_through(reached(address, settings), tmp_path)


Shown = Callable[[Hospital], Issued]
THEIR_FAULTS: dict[str, tuple[Shown, str]] = {
    "another authority": (lambda h: h.stranger.issue("archive"), "not issued by an authority"),
    "another host": (lambda h: h.authority.issue("other", ANOTHER_HOST), "for another name than"),
    "expired": (lambda h: h.authority.issue("old", days_to=-0.5), "has expired"),
    "not yet valid": (lambda h: h.authority.issue("new", days_from=1), "not valid yet"),
}


class TestWhomTheNodeDoesNotSpeakTo:
    @pytest.mark.parametrize("fault", THEIR_FAULTS)
    def test_a_certificate_with_a_fault(
        self, fault: str, hospital: Hospital, tmp_path: Path
    ) -> None:
        shown, says = THEIR_FAULTS[fault]
        with (
            pynetdicom_archive(server_side(hospital.authority, shown(hospital))) as address,
            pytest.raises(PeerRefused, match=says),
        ):
            next(reached(address, hospital.settings).store([instance_file(tmp_path / "a")]))

    def test_one_that_speaks_no_tls(self, hospital: Hospital) -> None:
        with (
            greeted_by(b"\x07\0\0\0\0\x04\0\0\0\0") as address,
            pytest.raises(PeerRefused, match="does not speak TLS"),
        ):  # A-ABORT, PS3.8 9.3.8
            reached(address, hospital.settings).echo()

    def test_one_that_hangs_up(self, hospital: Hospital) -> None:
        with (
            greeted_by(b"") as address,
            pytest.raises(PeerRetryable, match="broke off the TLS greeting"),
        ):
            reached(address, hospital.settings).echo()

    def test_one_that_says_nothing(self, hospital: Hospital) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = ArchiveAddress("SILENT", "127.0.0.1", silent.getsockname()[1])
            archive = DicomArchive(
                address,
                listen_port=None,
                timeouts=replace(SHORT, connect_s=0.2),
                tls=hospital.settings,
            )
            with pytest.raises(PeerRetryable, match="timeout"):
                archive.echo()

    def test_only_tls_1_1(self, hospital: Hospital) -> None:
        old = server_side(hospital.authority, hospital.archive, ssl.TLSVersion.TLSv1_1)
        with (
            handshaking(old) as address,
            pytest.raises(PeerRefused, match="only an old version of TLS"),
        ):
            reached(address, hospital.settings).echo()


@contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[ArchiveAddress]:
    """One connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def accept() -> None:
            line, _ = listener.accept()
            with line:
                line.settimeout(10)
                serve(line)

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield ArchiveAddress("PEER", "127.0.0.1", listener.getsockname()[1])
        thread.join(10)
        assert not thread.is_alive()


def greeted_by(answer: bytes) -> Any:
    def serve(line: socket.socket) -> None:
        line.recv(65536)
        line.sendall(answer)

    return serving(serve)


def handshaking(context: ssl.SSLContext) -> Any:
    def serve(line: socket.socket) -> None:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(line, server_side=True)

    return serving(serve)


@pytest.mark.peer("storescp")
class TestWithStorescp:
    """Its default is the Non-Downgrading BCP 195 profile (PS3.15 B.10), certificate required."""

    def options(self, authority: Authority, shown: Issued) -> list[str]:
        files = [str(shown.key), str(shown.certificate)]
        return ["+tls", *files, "+cf", str(authority.certificate)]

    def test_stores(self, hospital: Hospital, tmp_path: Path) -> None:
        options = self.options(hospital.authority, hospital.archive)
        with storescp(tmp_path / "received", *options) as address:
            stores_through(reached(address, hospital.settings), tmp_path)
        assert len(list((tmp_path / "received").iterdir())) == 2

    def test_trusts_another_authority(self, hospital: Hospital, tmp_path: Path) -> None:
        options = self.options(hospital.stranger, hospital.archive)
        with (
            storescp(tmp_path / "received", *options) as address,
            pytest.raises(PeerRefused, match="does not trust the authority of this node"),
        ):
            reached(address, hospital.settings).echo()

    def test_without_tls(self, hospital: Hospital, tmp_path: Path) -> None:
        with (
            storescp(tmp_path / "received") as address,
            pytest.raises((PeerRefused, PeerRetryable), match="TLS"),
        ):
            reached(address, hospital.settings).echo()

    def test_plain_text_to_it(self, hospital: Hospital, tmp_path: Path) -> None:
        options = self.options(hospital.authority, hospital.archive)
        with storescp(tmp_path / "received", *options) as address, pytest.raises(PeerRetryable):
            DicomArchive(address, listen_port=None, timeouts=SHORT).echo()


@pytest.mark.peer("Orthanc")
class TestWithOrthanc:
    def test_stores_and_commits(self, hospital: Hospital, tmp_path: Path) -> None:
        with orthanc(tmp_path / "orthanc", 1, **of_orthanc(hospital)) as peer:
            with reached(peer.address, hospital.settings) as archive:
                stores_through(archive, tmp_path)
            assert len(peer.instances()) == 2

    def test_trusts_another_authority(self, hospital: Hospital, tmp_path: Path) -> None:
        other = of_orthanc(hospital) | {
            "DicomTlsTrustedCertificates": str(hospital.stranger.certificate)
        }
        with (
            orthanc(tmp_path / "orthanc", 1, **other) as peer,
            pytest.raises(PeerRefused, match="does not trust the authority of this node"),
        ):
            reached(peer.address, hospital.settings).echo()


def of_orthanc(hospital: Hospital) -> dict[str, object]:
    return {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(hospital.archive.certificate),
        "DicomTlsPrivateKey": str(hospital.archive.key),
        "DicomTlsTrustedCertificates": str(hospital.authority.certificate),
    }
