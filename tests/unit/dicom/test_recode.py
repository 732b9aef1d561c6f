"""The same instance in a lossless syntax: pixels identical, everything else byte for byte."""

import hashlib
from io import BytesIO

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import ImplicitVRLittleEndian

from firmware.dicom import recode
from firmware.dicom.encapsulated import offset_table, pixel_data
from firmware.dicom.film import FilmObject
from firmware.dicom.recode import NotRecodable, Recoded, recoded
from firmware.imaging.lossless import Codec, decoded
from hal.errors import StorageCorrupt
from tests.unit.dicom.films import film_file, film_image


def recode_bytes(content: bytes, codec: Codec = Codec.JPEG_LS) -> Recoded:
    return recoded(BytesIO(content), hashlib.sha256(content).hexdigest(), codec)


def whole(made: Recoded) -> bytes:
    return b"".join(made.parts())


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("film_object", FilmObject)
def test_only_syntax_and_pixels_change(codec: Codec, film_object: FilmObject) -> None:
    content = film_file(film_image(film_object=film_object))
    made = recode_bytes(content, codec)
    before, after = dcmread(BytesIO(content)), dcmread(BytesIO(whole(made)))
    assert after.file_meta.TransferSyntaxUID == codec.transfer_syntax_uid
    assert after["PixelData"].VR == "OB"
    (frame,) = generate_frames(after.PixelData, number_of_frames=1)
    assert np.array_equal(decoded(frame.rstrip(b"\0"), codec), before.pixel_array)
    del before.PixelData, after.PixelData
    assert before == after
    assert made.reference.sop_instance_uid == before.SOPInstanceUID


def test_length_and_digest_are_of_the_file() -> None:
    made = recode_bytes(film_file(film_image()))
    assert made.size_bytes == len(whole(made))
    assert made.sha256 == hashlib.sha256(whole(made)).hexdigest()


def test_frames_have_their_offsets() -> None:
    image = dcmread(BytesIO(film_file(film_image())))
    image.NumberOfFrames = 3
    image.PixelData = image.PixelData + bytes(2 * len(image.PixelData))
    made = recode_bytes(saved(image))
    after = dcmread(BytesIO(whole(made)))
    frames = list(generate_frames(after.PixelData, number_of_frames=3))
    assert [len(frame) % 2 for frame in frames] == [0, 0, 0]
    shape = image.Rows, image.Columns
    stack = np.frombuffer(image.PixelData, "<u2").reshape(3, *shape)
    for frame, samples in zip(frames, stack, strict=True):
        assert np.array_equal(decoded(frame, Codec.JPEG_LS), samples)


def test_odd_frames_are_padded_and_the_table_counts_that() -> None:
    """Two items of 8 + 4 and 8 + 2 bytes (PS3.5 A.4, tables A.4-1 and A.4-2)."""
    frames = (b"abc", b"de")
    assert offset_table(frames) == bytes.fromhex("00000000 0c000000")
    assert b"".join(pixel_data(frames)) == bytes.fromhex(
        "e07f1000 4f420000 ffffffff"
        "feff00e0 08000000 00000000 0c000000"
        "feff00e0 04000000 61626300"
        "feff00e0 02000000 6465"
        "feffdde0 00000000"
    )


def saved(image: Dataset) -> bytes:
    out = BytesIO()
    image.save_as(out, enforce_file_format=True)
    return out.getvalue()


def unfit(**elements: object) -> bytes:
    image = dcmread(BytesIO(film_file(film_image())))
    for keyword, value in elements.items():
        setattr(image, keyword, value)
    return saved(image)


def implicit() -> bytes:
    image = dcmread(BytesIO(film_file(film_image())))
    image.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    out = BytesIO()
    image.save_as(out, implicit_vr=True, little_endian=True)
    return out.getvalue()


UNFIT = {
    "signed": (unfit(PixelRepresentation=1), "PixelRepresentation is 1"),
    "12 bits": (unfit(BitsStored=12, HighBit=11), "BitsStored is 12"),
    "colour": (unfit(SamplesPerPixel=3), "SamplesPerPixel is 3"),
    "rows that are not there": (unfit(Rows=9999), "bytes of pixels, not"),
    "something behind the pixels": (unfit(DataSetTrailingPadding=b"\0\0"), "behind the pixels"),
    "implicit VR": (implicit(), "TransferSyntaxUID"),
    "cut": (film_file(film_image())[:-10], "end early"),
    "no pixels": (film_file(film_image())[:400], ""),
    "no DICOM": (b"\x89PNG" * 100, "cannot be read"),
    "empty": (b"", "cannot be read"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_does_not_fit_is_left_as_it_is(what: str) -> None:
    content, says = UNFIT[what]
    with pytest.raises(NotRecodable, match=says):
        recode_bytes(content)


def test_an_image_too_large_to_hold_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recode, "PIXEL_BYTES_MAX", 10)
    with pytest.raises(NotRecodable, match="more than 10 at once"):
        recode_bytes(film_file(film_image()))


@pytest.mark.parametrize("position", [0, 200, -1])
def test_a_file_that_is_not_what_was_stored(position: int) -> None:
    content = bytearray(film_file(film_image()))
    digest = hashlib.sha256(content).hexdigest()
    content[position] ^= 1
    with pytest.raises((StorageCorrupt, NotRecodable)):
        recoded(BytesIO(content), digest, Codec.JPEG_LS)
