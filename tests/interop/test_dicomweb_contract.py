"""The archive contract over STOW-RS and QIDO-RS, against Orthanc and its DICOMweb plug-in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from drivers.dicomweb import WebArchive
from hal.archive_query import StudyInstance
from hal.errors import PeerRefused
from hal.values import SopReference, Uid
from hal.web_archive import WebAddress
from tests.contracts.archive import WithoutCommitmentContract
from tests.instances import SECONDARY_CAPTURE, instance_file
from tests.interop.archive_pair import many_blocks
from tests.peers import Orthanc, orthanc, program

pytestmark = pytest.mark.peer("Orthanc", "libOrthancDicomWeb.so")
USER, PASSWORD = "node", "for tests only"


def with_dicom_web(**options: object) -> dict[str, object]:
    return {"Plugins": [program("libOrthancDicomWeb.so")], **options}


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc"), 1, **with_dicom_web()) as peer:
        yield peer


@pytest.fixture
def archive(peer: Orthanc) -> WebArchive:
    return WebArchive(WebAddress(peer.dicom_web))


class TestContract(WithoutCommitmentContract):
    pass


class TestStored:
    def test_the_same_file_is_there(
        self, archive: WebArchive, peer: Orthanc, tmp_path: Path
    ) -> None:
        peer.remove_all()
        sent = many_blocks(tmp_path / "a.dcm")
        assert [outcome.error for outcome in archive.store([sent])] == [None]
        name = json.loads(peer.rest("/instances"))[0]
        assert peer.rest(f"/instances/{name}/file") == (tmp_path / "a.dcm").read_bytes()

    def test_holds_what_was_stored_and_nothing_else(
        self, archive: WebArchive, tmp_path: Path
    ) -> None:
        kept = in_study(instance_file(tmp_path / "a.dcm").reference, tmp_path / "a.dcm")
        assert archive.holds((kept,)) == frozenset()
        sent = [instance_file(tmp_path / f"{n}.dcm") for n in range(2)]
        list(archive.store(sent))
        asked = [in_study(one.reference, tmp_path / f"{n}.dcm") for n, one in enumerate(sent)]
        assert archive.holds((*asked, kept)) == {one.reference for one in sent}

    def test_another_class_under_the_same_uid_is_not_it(
        self, archive: WebArchive, tmp_path: Path
    ) -> None:
        sent = instance_file(tmp_path / "a.dcm")
        list(archive.store([sent]))
        other = SopReference(Uid(SECONDARY_CAPTURE), sent.reference.sop_instance_uid)
        assert archive.holds((in_study(other, tmp_path / "a.dcm"),)) == frozenset()


def in_study(reference: SopReference, path: Path) -> StudyInstance:
    image = dcmread(path, stop_before_pixels=True)
    return StudyInstance(Uid(image.StudyInstanceUID), Uid(image.SeriesInstanceUID), reference)


def test_no_service_at_that_path(peer: Orthanc) -> None:
    with pytest.raises(PeerRefused, match="no DICOMweb service"):
        WebArchive(WebAddress(f"{peer.url}/another")).echo()


def test_credentials(tmp_path: Path) -> None:
    """Without TLS: Debian's Orthanc 1.10.1 falls over at the first HTTPS connection."""
    options = with_dicom_web(AuthenticationEnabled=True, RegisteredUsers={USER: PASSWORD})
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{PASSWORD}\n")
    wrong.write_text("guessed")
    with orthanc(tmp_path / "orthanc", 1, **options) as peer:
        sent = instance_file(tmp_path / "a.dcm")
        archive = WebArchive(WebAddress(peer.dicom_web, USER, right))
        assert [outcome.error for outcome in archive.store([sent])] == [None]
        guessing = WebArchive(WebAddress(peer.dicom_web, USER, wrong))
        with pytest.raises(PeerRefused, match="credentials"):
            next(guessing.store([sent]))
        with pytest.raises(PeerRefused, match="cannot be read"):
            WebArchive(WebAddress(peer.dicom_web, USER, tmp_path / "none")).echo()
