"""TLS at the node's own port: who is not proven does not report."""

import socket
import ssl
from collections.abc import Callable, Iterator

import pytest
from pynetdicom import AE

from drivers.dicom_address import ArchiveAddress
from drivers.dicom_peer import DicomArchive
from drivers.wire.dimse import VERIFICATION
from tests.certificates import Issued
from tests.interop.tls_hospital import Hospital, founded

NODE = ("SAPI_NODE", "127.0.0.1")


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    return founded(tmp_path_factory.mktemp("hospital"))


def calling(
    hospital: Hospital, shown: Issued | None, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(hospital.authority.certificate)
    if shown:
        context.load_cert_chain(shown.certificate, shown.key)
    if version:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    return context


CALLERS: dict[str, Callable[[Hospital], ssl.SSLContext | None]] = {
    "no certificate": lambda h: calling(h, None),
    "another authority": lambda h: calling(h, h.stranger.issue("caller")),
    "expired": lambda h: calling(h, h.authority.issue("late", days_to=-0.5)),
    "TLS 1.1": lambda h: calling(h, h.archive, ssl.TLSVersion.TLSv1_1),
    "plain text": lambda _: None,
}


class TestOurPort:
    """Who may report there."""

    @pytest.fixture
    def archive(self, hospital: Hospital) -> Iterator[DicomArchive]:
        nowhere = ArchiveAddress("PEER", "127.0.0.1", 1)
        with DicomArchive(nowhere, *NODE, listen_port=0, tls=hospital.settings) as archive:
            yield archive

    def echoes(self, archive: DicomArchive, context: ssl.SSLContext | None) -> bool:
        entity = AE("PEER")
        entity.add_requested_context(VERIFICATION)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 5
        assert archive.listening_port
        association = entity.associate(
            "127.0.0.1",
            archive.listening_port,
            ae_title="SAPI_NODE",
            tls_args=(context, "127.0.0.1") if context else None,
        )
        if not association.is_established:
            return False
        answered = association.send_c_echo()
        association.release()
        return "Status" in answered

    def test_the_archive_is_let_in(self, archive: DicomArchive, hospital: Hospital) -> None:
        assert self.echoes(archive, calling(hospital, hospital.archive))

    @pytest.mark.parametrize("who", CALLERS)
    def test_nobody_else_is(self, who: str, archive: DicomArchive, hospital: Hospital) -> None:
        assert not self.echoes(archive, CALLERS[who](hospital))
        assert self.echoes(archive, calling(hospital, hospital.archive))

    def test_one_who_connects_and_says_nothing_keeps_nobody_out(
        self, archive: DicomArchive, hospital: Hospital
    ) -> None:
        assert archive.listening_port
        with socket.create_connection(("127.0.0.1", archive.listening_port)) as silent:
            assert self.echoes(archive, calling(hospital, hospital.archive))
            silent.close()
