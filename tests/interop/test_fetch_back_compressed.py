"""Sent small, fetched back: the very file that is stored, from archives that keep what they get."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from drivers.dicom_peer import ArchiveAddress
from firmware.bring_back import bring_back
from firmware.dicom.film import FilmImage
from firmware.dicom.recode import recoded
from firmware.imaging.lossless import Codec
from firmware.index.fetches import Fetch
from firmware.index.keeping import Kept
from firmware.keeping import Condition
from firmware.store import PublishedFile
from hal.archive import InstanceFile
from hal.errors import PeerRefused
from hal.values import Uid
from tests.interop.test_fetch_back_peers import (
    FILMS,
    SYNTAX,
    WRITTEN_BY,
    opened,
    orthanc_archive,
    reached,
    sim_archive,
)
from tests.unit.dicom.films import film_file

PEERS = [
    pytest.param(sim_archive, Codec.JPEG_LS, id="simulated, JPEG-LS"),
    pytest.param(sim_archive, Codec.HTJ2K, id="simulated, HTJ2K"),
    # Debian's 1.10.1 knows no HTJ2K. It gives JPEG-LS back as it came.
    pytest.param(
        orthanc_archive, Codec.JPEG_LS, id="Orthanc, JPEG-LS", marks=pytest.mark.peer("Orthanc")
    ),
]
Peer = Callable[[Path], AbstractContextManager[ArchiveAddress]]


def sent_small(content: bytes, codec: Codec) -> InstanceFile:
    made = recoded(BytesIO(content), hashlib.sha256(content).hexdigest(), codec)
    small = b"".join(made.parts())
    return InstanceFile(
        made.reference,
        made.transfer_syntax_uid,
        len(small),
        made.sha256,
        lambda: BytesIO(small),  # type: ignore[arg-type,return-value]  a file in memory
    )


def fetch_of(image: FilmImage, content: bytes, sent: InstanceFile) -> Fetch:
    uid = image.sop_instance_uid
    digest = hashlib.sha256(content).hexdigest()
    return Fetch(
        kept=Kept(uid, PublishedFile(f"instances/00/{uid}.dcm", len(content), digest)),
        condition=Condition.EVICTED,
        reference=sent.reference,
        study_instance_uid=Uid("1.2.3.4"),
        series_instance_uid=image.series_instance_uid,
        transfer_syntax_uid=SYNTAX,
        tries=0,
        kept_at=("ARCHIVE",),
        sent_as=(sent.transfer_syntax_uid,),
    )


@pytest.mark.parametrize(("peer", "codec"), PEERS)
def test_the_stored_file_comes_back_to_the_bit(peer: Peer, codec: Codec, tmp_path: Path) -> None:
    image, store = FILMS["of several blocks"], opened(tmp_path)
    content = film_file(image)
    sent = sent_small(content, codec)
    with peer(tmp_path / "archive") as address, reached(address) as archive:
        assert [outcome.error for outcome in archive.store([sent])] == [None]
        fetch = fetch_of(image, content, sent)
        bring_back(fetch, archive, store, WRITTEN_BY, lambda _: None)
    assert (tmp_path / "node" / fetch.kept.file.path).read_bytes() == content
    assert store.disk.names("fetching") == []


def test_other_samples_under_its_uid_are_refused(tmp_path: Path) -> None:
    image, store = FILMS["of several blocks"], opened(tmp_path)
    content = film_file(image)
    other = content[:-2] + bytes([content[-2] ^ 1, content[-1]])
    sent = sent_small(other, Codec.JPEG_LS)
    with sim_archive(tmp_path / "archive") as address, reached(address) as archive:
        assert [outcome.error for outcome in archive.store([sent])] == [None]
        with pytest.raises(PeerRefused, match="not bit for bit"):
            bring_back(fetch_of(image, content, sent), archive, store, WRITTEN_BY, lambda _: None)
    assert store.published() == []
    assert store.disk.names("fetching") == []


@pytest.mark.peer("Orthanc")
def test_without_the_syntax_that_it_was_sent_in_it_is_not_given_back_wrong(tmp_path: Path) -> None:
    """Either Orthanc decodes it, and then the digest is right, or it says that it cannot."""
    image, store = FILMS["of several blocks"], opened(tmp_path)
    content = film_file(image)
    sent = sent_small(content, Codec.JPEG_LS)
    with orthanc_archive(tmp_path / "archive") as address, reached(address) as archive:
        list(archive.store([sent]))
        fetch = replace(fetch_of(image, content, sent), sent_as=())
        try:
            bring_back(fetch, archive, store, WRITTEN_BY, lambda _: None)
        except PeerRefused:
            assert store.published() == []
        else:
            assert (tmp_path / "node" / fetch.kept.file.path).read_bytes() == content
