"""What archives take images in, as they say when asked."""

from pathlib import Path

import pytest

from drivers.dicom_address import ArchiveAddress
from firmware.imaging.lossless import Codec
from firmware.syntax_choice import syntax_of
from hal.errors import PeerRetryable
from hal.negotiation import NegotiatingArchive
from hal.values import Uid
from tests.interop.archive_pair import reached, simulated
from tests.peers import free_port, orthanc, storescp

FILM = Uid("1.2.840.10008.5.1.4.1.1.7.3")
PLAIN = Uid("1.2.840.10008.1.2.1")
JPEG_LS, HTJ2K = map(syntax_of, (Codec.JPEG_LS, Codec.HTJ2K))
ASKED = (PLAIN, JPEG_LS, HTJ2K)


def test_simulated_takes_all(tmp_path: Path) -> None:
    with simulated(tmp_path) as (_, archive):
        assert isinstance(archive, NegotiatingArchive)
        assert archive.accepts(FILM, ASKED) == set(ASKED)


@pytest.mark.peer("storescp")
@pytest.mark.parametrize(
    ("options", "taken"), [((), {PLAIN}), (("+xt",), {PLAIN, JPEG_LS})], ids=["plain", "+xt"]
)
def test_storescp(options: tuple[str, ...], taken: set[Uid], tmp_path: Path) -> None:
    with storescp(tmp_path / "received", *options) as address:
        assert reached(address).accepts(FILM, ASKED) == taken


@pytest.mark.peer("Orthanc")
def test_orthanc(tmp_path: Path) -> None:
    with orthanc(tmp_path / "orthanc", 1) as peer:
        assert reached(peer.address).accepts(FILM, ASKED) == {PLAIN, JPEG_LS}


def test_nobody_there() -> None:
    with pytest.raises(PeerRetryable):
        reached(ArchiveAddress("NOBODY", "127.0.0.1", free_port())).accepts(FILM, ASKED)
