from io import BytesIO

import numpy as np
import pydicom
import pytest

from firmware.dicom.film import FilmObject, film_dataset
from firmware.dicom.part10 import part10_header, pixel_padding
from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN, IMPLEMENTATION_CLASS_UID
from hal.errors import ConfigError
from tests.unit.dicom.films import film_file, film_image, read_back


@pytest.mark.parametrize("film_object", FilmObject)
def test_the_rows_are_the_pixels(film_object: FilmObject) -> None:
    image = read_back(film_image(film_object=film_object))
    assert image["PixelData"].VR == "OW"
    assert np.array_equal(image.pixel_array, np.arange(35).reshape(5, 7))


def test_the_file_begins_as_the_standard_has_it() -> None:
    """PS3.10 7.1 by hand: 128 zero bytes, DICM, (0002,0000) UL of 4 bytes, the group's length."""
    header = part10_header(film_dataset(film_image()), 70)
    assert header.data[:128] == bytes(128)
    assert header.data[128:140] == b"DICM" + b"\x02\0\0\0UL\x04\0"
    assert header.dataset_offset == 144 + int.from_bytes(header.data[140:144], "little")
    assert header.data[header.dataset_offset :][:8] == b"\x08\0\x05\0CS\x0a\0"


def test_it_ends_with_the_head_of_pixel_data() -> None:
    """PS3.5 7.1.2: tag, VR, two reserved bytes, a 32-bit length."""
    header = part10_header(film_dataset(film_image()), 70)
    assert header.data[-12:] == b"\xe0\x7f\x10\0OW\0\0\x46\0\0\0"


def test_what_is_sent_is_the_rest_of_the_file() -> None:
    image = film_image()
    header = part10_header(film_dataset(image), 70)
    sent = pydicom.dcmread(BytesIO(film_file(image)[header.dataset_offset :]), force=True)
    assert sent.SOPInstanceUID == image.sop_instance_uid


def test_the_meta_information_agrees_with_the_data_set() -> None:
    header = part10_header(film_dataset(film_image()), 70, source_ae_title="SAPI_FILM1")
    meta = pydicom.dcmread(BytesIO(header.data + bytes(70))).file_meta
    assert meta.MediaStorageSOPClassUID == header.sop_class_uid
    assert meta.MediaStorageSOPInstanceUID == header.sop_instance_uid == "2.25.2"
    assert meta.TransferSyntaxUID == header.transfer_syntax_uid == EXPLICIT_VR_LITTLE_ENDIAN
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.SourceApplicationEntityTitle == "SAPI_FILM1"


def test_the_same_image_gives_the_same_bytes() -> None:
    image = film_image()
    assert part10_header(film_dataset(image), 70) == part10_header(film_dataset(image), 70)


@pytest.mark.parametrize(("pixel_bytes", "padding", "length"), [(8, b"", 8), (7, b"\0", 8)])
def test_the_length_is_even(pixel_bytes: int, padding: bytes, length: int) -> None:
    header = part10_header(film_dataset(film_image()), pixel_bytes)
    assert pixel_padding(pixel_bytes) == padding
    assert header.data[-4:] == length.to_bytes(4, "little")


def test_more_pixels_than_a_length_can_say_are_refused() -> None:
    with pytest.raises(ConfigError, match="lower resolution"):
        part10_header(film_dataset(film_image()), 0xFFFFFFFF)
