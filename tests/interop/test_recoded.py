"""Compressed films: dciodvfy finds no error, Orthanc takes them and decodes the same pixels."""

import hashlib
import json
import subprocess
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import generate_frames

from firmware.dicom.recode import Recoded, recoded
from firmware.imaging.lossless import Codec
from hal.archive import InstanceFile
from tests.conftest import debian_program
from tests.interop.archive_pair import kinds, reached
from tests.peers import orthanc, storescp
from tests.unit.dicom.films import film_file, film_image

CONTENT = film_file(film_image())
HTJ2K_UID, JPEG_2000_UID = b"1.2.840.10008.1.2.4.201\0", b"1.2.840.10008.1.2.4.90\0\0"
SAMPLES = dcmread(BytesIO(CONTENT)).pixel_array


def written(path: Path, codec: Codec) -> InstanceFile:
    made: Recoded = recoded(BytesIO(CONTENT), hashlib.sha256(CONTENT).hexdigest(), codec)
    path.write_bytes(b"".join(made.parts()))
    return InstanceFile(
        made.reference,
        made.transfer_syntax_uid,
        made.size_bytes,
        made.sha256,
        lambda: path.open("rb", buffering=0),
    )


@pytest.mark.peer("dciodvfy")
@pytest.mark.parametrize("codec", Codec)
def test_dciodvfy_finds_no_error(codec: Codec, tmp_path: Path) -> None:
    """It is older than HTJ2K, and is told that the codestream is JPEG 2000."""
    written(tmp_path / "a.dcm", codec)
    as_known = (tmp_path / "a.dcm").read_bytes().replace(HTJ2K_UID, JPEG_2000_UID)
    (tmp_path / "a.dcm").write_bytes(as_known)
    verify = subprocess.run(
        [str(debian_program("dciodvfy")), "-new", str(tmp_path / "a.dcm")],
        capture_output=True,
        text=True,
        check=False,
    )
    told = verify.stdout + verify.stderr
    assert "MultiframeGrayscaleWordSCImage" in told
    assert [line for line in told.splitlines() if line.startswith("Error")] == []


@pytest.mark.peer("Orthanc")
def test_orthanc_decodes_the_same_pixels(tmp_path: Path) -> None:
    """JPEG-LS: Debian's Orthanc 1.10 is older than HTJ2K."""
    sent = written(tmp_path / "a.dcm", Codec.JPEG_LS)
    with orthanc(tmp_path / "orthanc", 1) as peer:
        assert kinds(list(reached(peer.address).store([sent]))) == [None]
        name = json.loads(peer.rest("/instances"))[0]
        kept = peer.rest(f"/instances/{name}/file")
        png = peer.rest(f"/instances/{name}/frames/0/image-uint16")
    assert dcmread(BytesIO(kept)) == dcmread(tmp_path / "a.dcm")
    assert np.array_equal(np.asarray(Image.open(BytesIO(png)), np.uint16), SAMPLES)


@pytest.mark.peer("dcmdjpls")
def test_dcmtk_decodes_the_same_pixels(tmp_path: Path) -> None:
    written(tmp_path / "a.dcm", Codec.JPEG_LS)
    command = [str(debian_program("dcmdjpls")), str(tmp_path / "a.dcm"), str(tmp_path / "b.dcm")]
    subprocess.run(command, check=True)
    assert np.array_equal(dcmread(tmp_path / "b.dcm").pixel_array, SAMPLES)


def test_openjpeg_decodes_the_same_pixels(tmp_path: Path) -> None:
    """The encoder is OpenJPH's: another implementation of HTJ2K reads it."""
    written(tmp_path / "a.dcm", Codec.HTJ2K)
    (frame,) = generate_frames(dcmread(tmp_path / "a.dcm").PixelData, number_of_frames=1)
    assert np.array_equal(imagecodecs.jpeg2k_decode(frame), SAMPLES)


@pytest.mark.peer("storescp")
def test_storescp_takes_jpeg_ls_as_it_is(tmp_path: Path) -> None:
    sent = written(tmp_path / "a.dcm", Codec.JPEG_LS)
    with storescp(tmp_path / "received", "+xt", "+B") as address:
        assert kinds(list(reached(address).store([sent]))) == [None]
    (kept,) = (tmp_path / "received").iterdir()
    assert dcmread(kept).PixelData == dcmread(tmp_path / "a.dcm").PixelData
