"""What an archive lists when asked by C-FIND: Orthanc, and archives that answer wrongly."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid
from pynetdicom import AE, evt

from drivers.dicom_address import ArchiveAddress
from drivers.dicom_peer import DicomArchive
from drivers.dicom_query import MATCHES_MAX, STUDY_ROOT_FIND, UIDS_MAX, identifiers
from hal.archive_query import StudyInstance
from hal.errors import PeerError, PeerRefused, PeerRetryable
from hal.values import SopReference, Uid
from tests.instances import MULTI_FRAME_GRAYSCALE_WORD, SECONDARY_CAPTURE, instance_file
from tests.interop.archive_pair import kinds, reached
from tests.peers import orthanc, storescp

Answers = list[tuple[int, Dataset | None]]


def asked_for(count: int, series: str = "1.2.4") -> tuple[StudyInstance, ...]:
    references = [
        SopReference(Uid(MULTI_FRAME_GRAYSCALE_WORD), Uid(generate_uid())) for _ in range(count)
    ]
    return tuple(StudyInstance(Uid("1.2.3"), Uid(series), one) for one in references)


def match(reference: SopReference) -> Dataset:
    found = Dataset()
    found.SOPClassUID = reference.sop_class_uid
    found.SOPInstanceUID = reference.sop_instance_uid
    return found


@contextmanager
def answering(answers: Answers) -> Iterator[DicomArchive]:
    entity = AE("PEER")
    entity.add_supported_context(STUDY_ROOT_FIND)
    handlers: list[Any] = [(evt.EVT_C_FIND, lambda _: iter(answers))]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assert server
    try:
        yield reached(ArchiveAddress("PEER", "127.0.0.1", server.server_address[1]))
    finally:
        entity.shutdown()


class TestQueries:
    def test_one_a_series_with_all_keys_above(self) -> None:
        asked = (*asked_for(2, "1.2.5"), *asked_for(1, "1.2.4"))
        found = list(identifiers(asked))
        assert [keys.SeriesInstanceUID for keys, _ in found] == ["1.2.4", "1.2.5"]
        keys, references = found[1]
        assert keys.QueryRetrieveLevel == "IMAGE"
        assert keys.StudyInstanceUID == "1.2.3"
        assert set(keys.SOPInstanceUID) == {one.sop_instance_uid for one in references}

    def test_long_lists_are_split(self) -> None:
        sizes = [len(references) for _, references in identifiers(asked_for(2 * UIDS_MAX + 1))]
        assert sizes == [UIDS_MAX, UIDS_MAX, 1]


class TestAnswers:
    def test_only_what_was_asked_for_counts(self) -> None:
        kept, missing = asked_for(2)
        stranger = asked_for(1)[0]
        other_class = SopReference(Uid(SECONDARY_CAPTURE), missing.reference.sop_instance_uid)
        no_uid = Dataset()
        no_uid.PatientID = "SYNTHETIC"
        answers: Answers = [
            (0xFF00, match(kept.reference)),
            (0xFF01, match(stranger.reference)),
            (0xFF00, match(other_class)),
            (0xFF00, no_uid),
        ]
        with answering(answers) as archive:
            assert archive.holds((kept, missing)) == {kept.reference}

    @pytest.mark.parametrize(
        ("status", "error"), [(0xA700, PeerRetryable), (0xA900, PeerRefused), (0xC001, PeerRefused)]
    )
    def test_a_failure_tells_nothing_of_any(self, status: int, error: type[PeerError]) -> None:
        (kept,) = asked_for(1)
        with (
            answering([(0xFF00, match(kept.reference)), (status, None)]) as archive,
            pytest.raises(error),
        ):
            archive.holds((kept,))

    def test_endless_matches_are_cut(self) -> None:
        (kept,) = asked_for(1)
        answers: Answers = [(0xFF00, match(kept.reference))] * (MATCHES_MAX + 1)
        with answering(answers) as archive, pytest.raises(PeerRetryable, match="more than"):
            archive.holds((kept,))


@pytest.mark.peer("storescp")
def test_an_archive_without_queries(tmp_path: Path) -> None:
    with storescp(tmp_path / "received") as address, pytest.raises(PeerRefused, match="C-FIND"):
        reached(address).holds(asked_for(1))


@pytest.mark.peer("Orthanc")
def test_orthanc_lists_what_it_was_sent(tmp_path: Path) -> None:
    sent = [instance_file(tmp_path / f"{number}.dcm") for number in range(3)]
    asked = []
    for number, file in enumerate(sent):
        image = dcmread(tmp_path / f"{number}.dcm", stop_before_pixels=True)
        series = Uid(image.StudyInstanceUID), Uid(image.SeriesInstanceUID)
        asked.append(StudyInstance(*series, file.reference))
    with orthanc(tmp_path / "orthanc", 1, DicomAlwaysAllowFind=True) as peer:
        archive = reached(peer.address)
        assert archive.holds(tuple(asked)) == frozenset()
        assert kinds(list(archive.store(sent[:2]))) == [None, None]
        assert archive.holds(tuple(asked)) == {file.reference for file in sent[:2]}
