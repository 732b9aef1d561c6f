"""A throttled association: every byte is counted before it goes, and the film arrives whole."""

from pathlib import Path

from drivers.dicom_peer import ArchiveAddress, DicomArchive
from sim.archive_peer import SimulatedArchive
from tests.instances import instance_file


def test_what_is_sent_passes_the_throttle(tmp_path: Path) -> None:
    counted: list[int] = []
    film = instance_file(tmp_path / "film.dcm", rows=500, columns=500)
    with SimulatedArchive(tmp_path / "archive") as peer:
        address = ArchiveAddress(peer.ae_title, "127.0.0.1", peer.port)
        with DicomArchive(address, listen_port=None, throttle=counted.append) as archive:
            (outcome,) = archive.store([film])
            assert outcome.error is None
        assert set(peer.instances()) == {film.reference.sop_instance_uid}
    assert film.size_bytes - 1000 < sum(counted) < film.size_bytes + 10_000
    assert max(counted) <= 128 * 1024 + 100, "in small pieces"
