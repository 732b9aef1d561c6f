"""The product's own films, sent to real archives and fetched back: the same file, to the bit.

What each archive does to the bytes is noted where it was found out.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.dicom_peer import ArchiveAddress, DicomArchive
from drivers.posix_disk import PosixDisk
from firmware.bring_back import NOT_IDENTICAL, bring_back
from firmware.dicom.file_meta import Implementation, file_meta, this_release
from firmware.dicom.film import FilmImage, FilmObject
from firmware.index.fetches import Fetch
from firmware.index.keeping import Kept
from firmware.keeping import Condition
from firmware.store import PublishedFile, Store
from hal.archive import InstanceFile, Wanted
from hal.errors import PeerRefused
from hal.film_scanner import ScanRequest
from hal.values import SopReference, Uid
from sim.archive_peer import SimulatedArchive
from tests.peers import dcmqrscp, free_port, orthanc, storescp
from tests.unit.dicom.films import WEDGE, film_file, film_image
from tests.unit.dicom.test_returned import data_set_of

SYNTAX = Uid("1.2.840.10008.1.2.1")
WRITTEN_BY = (this_release("ANOTHER_AE"), this_release(""))
"""`film_file` names no source: the second is right."""
BIG = ScanRequest(resolution_dpi=300, left=0, top=0, columns=1024, rows=1200)
FILMS = {
    "multi-frame": film_image(calibration=WEDGE, sop_instance_uid=Uid("2.25.77")),
    "secondary capture": film_image(
        film_object=FilmObject.SECONDARY_CAPTURE,
        sop_instance_uid=Uid("2.25.78"),
        series_instance_uid=Uid("2.25.79"),
    ),
    "of several blocks": film_image(
        sop_instance_uid=Uid("2.25.80"), series_instance_uid=Uid("2.25.81"), request=BIG
    ),
}


@contextmanager
def sim_archive(folder: Path) -> Iterator[ArchiveAddress]:
    with SimulatedArchive(folder) as peer:
        yield ArchiveAddress(peer.ae_title, peer.host, peer.port)


@contextmanager
def orthanc_archive(folder: Path) -> Iterator[ArchiveAddress]:
    with orthanc(folder, free_port()) as peer:
        yield peer.address


# Orthanc 1.10.1 and dcmqrscp 3.6.7 as installed give back the very bytes of the data set.
PEERS = [
    pytest.param(sim_archive, id="simulated"),
    pytest.param(orthanc_archive, id="Orthanc", marks=pytest.mark.peer("Orthanc")),
    pytest.param(dcmqrscp, id="dcmqrscp", marks=pytest.mark.peer("dcmqrscp")),
]
# Told to write group lengths, it gives them back too, and the file is written again as this node
# writes. Told to write undefined lengths it does so in its files, but sends explicit ones.
RECODING = [
    pytest.param("+g", True, id="group lengths"),
    pytest.param("-e", False, id="undefined lengths"),
]


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("image", FILMS.values(), ids=list(FILMS))
def test_the_same_file_comes_back_to_the_bit(
    peer: Callable[[Path], AbstractContextManager[ArchiveAddress]],
    image: FilmImage,
    tmp_path: Path,
) -> None:
    store, content = opened(tmp_path), film_file(image)
    received: list[int] = []
    with peer(tmp_path / "archive") as address, reached(address) as archive:
        fetch = sent(archive, image, content, tmp_path)
        bring_back(fetch, archive, store, WRITTEN_BY, received.append)
    assert (tmp_path / "node" / fetch.kept.file.path).read_bytes() == content
    assert received == sorted(received)
    assert store.disk.names("fetching") == []


@pytest.mark.peer("dcmqrscp")
@pytest.mark.parametrize(("option", "comes_otherwise"), RECODING)
@pytest.mark.parametrize("image", FILMS.values(), ids=list(FILMS))
def test_what_an_archive_wrote_otherwise_comes_back_to_the_bit(
    option: str, comes_otherwise: bool, image: FilmImage, tmp_path: Path
) -> None:
    store, content = opened(tmp_path), film_file(image)
    with dcmqrscp(tmp_path / "archive", option) as address, reached(address) as archive:
        fetch = sent(archive, image, content, tmp_path)
        bring_back(fetch, archive, store, WRITTEN_BY, lambda _: None)
        came = b"".join(archive.retrieve(wanted(fetch)))
    assert (came != data_set_of(content)) is comes_otherwise
    assert (tmp_path / "node" / fetch.kept.file.path).read_bytes() == content


@pytest.mark.parametrize("peer", PEERS)
def test_what_is_not_there_is_refused_and_leaves_nothing(
    peer: Callable[[Path], AbstractContextManager[ArchiveAddress]], tmp_path: Path
) -> None:
    store, image = opened(tmp_path), FILMS["multi-frame"]
    with peer(tmp_path / "archive") as address, reached(address) as archive:
        fetch = sent(archive, image, film_file(image), tmp_path)
        other = replace(
            fetch, reference=SopReference(fetch.reference.sop_class_uid, Uid("2.25.999"))
        )
        with pytest.raises(PeerRefused, match=r"did not give image 2\.25\.999"):
            bring_back(other, archive, store, WRITTEN_BY, lambda _: None)
    assert store.published() == []
    assert store.disk.names("fetching") == []


@pytest.mark.peer("storescp")
def test_an_archive_that_only_stores_says_so(tmp_path: Path) -> None:
    store, image = opened(tmp_path), FILMS["multi-frame"]
    with storescp(tmp_path / "archive") as address, reached(address) as archive:
        fetch = sent(archive, image, film_file(image), tmp_path)
        with pytest.raises(PeerRefused, match="no C-GET"):
            bring_back(fetch, archive, store, WRITTEN_BY, lambda _: None)


def test_a_file_of_another_release_comes_back_when_that_one_is_remembered(tmp_path: Path) -> None:
    store, image = opened(tmp_path), FILMS["multi-frame"]
    reference = SopReference(image.film_object.sop_class_uid, image.sop_instance_uid)
    now, older = film_file(image), Implementation(Uid("2.25.99"), "SAPI_NODE_0_0", "FORMER")
    meta_bytes = len(file_meta(reference, SYNTAX, this_release("")))
    content = file_meta(reference, SYNTAX, older) + now[meta_bytes:]
    with sim_archive(tmp_path / "archive") as address, reached(address) as archive:
        fetch = sent(archive, image, content, tmp_path)
        with pytest.raises(PeerRefused) as refused:
            bring_back(fetch, archive, store, WRITTEN_BY, lambda _: None)
        assert refused.value.sentence == NOT_IDENTICAL.fill(uid=image.sop_instance_uid)
        bring_back(fetch, archive, store, (*WRITTEN_BY, older), lambda _: None)
    assert (tmp_path / "node" / fetch.kept.file.path).read_bytes() == content


def test_more_than_was_stored_is_cut_off(tmp_path: Path) -> None:
    image = FILMS["of several blocks"]
    with sim_archive(tmp_path / "archive") as address, reached(address) as archive:
        fetch = sent(archive, image, film_file(image), tmp_path)
        with pytest.raises(PeerRefused, match="sends more"):
            for _ in archive.retrieve(replace(wanted(fetch), data_set_bytes_max=500_000)):
                pass
        archive.echo()


def test_who_asks_may_stop_half_way(tmp_path: Path) -> None:
    image = FILMS["of several blocks"]
    with sim_archive(tmp_path / "archive") as address, reached(address) as archive:
        fetch = sent(archive, image, film_file(image), tmp_path)
        blocks = archive.retrieve(wanted(fetch))
        assert len(next(iter(blocks))) < fetch.kept.file.size_bytes
        del blocks
        archive.echo()


def wanted(fetch: Fetch) -> Wanted:
    return Wanted(
        fetch.reference,
        fetch.study_instance_uid,
        fetch.series_instance_uid,
        SYNTAX,
        data_set_bytes_max=2 * fetch.kept.file.size_bytes,
    )


def opened(folder: Path) -> Store:
    store = Store(PosixDisk(folder / "node"), reserve_bytes=0)
    store.prepare()
    return store


def reached(address: ArchiveAddress) -> DicomArchive:
    return DicomArchive(address, "SAPI_NODE", listen_port=None)


def sent(archive: DicomArchive, image: FilmImage, content: bytes, folder: Path) -> Fetch:
    """At the archive, and not here."""
    path = folder / "sent.dcm"
    path.write_bytes(content)
    file = InstanceFile(
        reference=SopReference(image.film_object.sop_class_uid, image.sop_instance_uid),
        transfer_syntax_uid=SYNTAX,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        open=lambda: path.open("rb", buffering=0),
    )
    assert [outcome.error for outcome in archive.store([file])] == [None]
    return Fetch(
        kept=Kept(
            image.sop_instance_uid,
            PublishedFile(
                f"instances/00/{image.sop_instance_uid}.dcm", file.size_bytes, file.sha256
            ),
        ),
        condition=Condition.EVICTED,
        reference=file.reference,
        study_instance_uid=Uid("1.2.3.4"),
        series_instance_uid=image.series_instance_uid,
        transfer_syntax_uid=SYNTAX,
        tries=0,
        kept_at=("ARCHIVE",),
    )
