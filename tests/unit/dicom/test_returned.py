"""The bytes that an archive gives back are made into the file again, whatever it did to them."""

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from firmware.dicom.file_meta import PREAMBLE, Implementation, file_meta, implementation_of
from firmware.dicom.film import FilmImage, FilmObject
from firmware.dicom.returned import encodings
from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN
from hal.values import SopReference, Uid
from tests.unit.dicom.films import URGENT, WEDGE, film_file, film_image

IMAGES = {
    "multi-frame": film_image(calibration=WEDGE),
    "secondary capture": film_image(film_object=FilmObject.SECONDARY_CAPTURE),
    "urgent": film_image(URGENT),
}
GROUP_LENGTH_OF_8 = bytes.fromhex("0800 0000 554c 0400 10000000")


def data_set_of(file: bytes) -> bytes:
    meta_bytes = int.from_bytes(file[140:144], "little")
    return file[144 + meta_bytes :]


def written(dataset: Dataset) -> bytes:
    out = DicomBytesIO()
    out.is_little_endian, out.is_implicit_VR = True, False
    write_dataset(out, dataset)
    return out.getvalue()


def undefined_lengths(file: bytes) -> bytes:
    dataset = dcmread(BytesIO(file))
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
    return written(dataset)


def private_as_un(file: bytes) -> bytes:
    content = data_set_of(file)
    for number in (0x01, 0x02, 0x03, 0x04, 0x05, 0x06):
        tag = bytes([0x77, 0x00, number, 0x10])
        at = content.find(tag)
        if at < 0:
            continue
        vr, body = content[at + 4 : at + 6], at + 8
        if vr != b"UT":
            short = content[at + 6 : at + 8]
            content = content[:at] + tag + b"UN\0\0" + short + b"\0\0" + content[body:]
        else:
            content = content[: at + 4] + b"UN" + content[at + 6 :]
    return content


def with_group_length(file: bytes) -> bytes:
    return GROUP_LENGTH_OF_8 + data_set_of(file)


def with_trailing_padding(file: bytes) -> bytes:
    """Data Set Trailing Padding (FFFC,FFFC), PS3.10 7.2."""
    return data_set_of(file) + bytes.fromhex("fcff fcff 4f42 0000 04000000 00000000")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "as it was": data_set_of,
    "sequences of undefined length": undefined_lengths,
    "group length": with_group_length,
    "trailing padding": with_trailing_padding,
    "private values as UN": private_as_un,
}


def proposed(data_set: bytes) -> list[bytes]:
    found = encodings(BytesIO(data_set), len(data_set))
    return [each.head + data_set[each.start : each.end] for each in found]


@pytest.mark.parametrize("image", IMAGES.values(), ids=list(IMAGES))
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_an_archive_did_to_it_is_undone(
    image: FilmImage, change: Callable[[bytes], bytes]
) -> None:
    file = film_file(image)
    original = data_set_of(file)
    returned = change(file)
    if change is not data_set_of:
        assert returned != original
    assert original in proposed(returned)


def test_the_sizes_are_told_without_reading() -> None:
    data_set = with_trailing_padding(film_file(film_image()))
    for each in encodings(BytesIO(data_set), len(data_set)):
        assert each.size_bytes == len(each.head + data_set[each.start : each.end])


def test_another_value_is_never_proposed_as_the_original() -> None:
    file = film_file(film_image())
    original = data_set_of(file)
    altered = original.replace(b"A2026-0042", b"A2026-0043")
    assert altered != original
    assert original not in proposed(altered)


@pytest.mark.parametrize("junk", [b"", b"\0" * 20, b"not a data set at all", bytes(range(256))])
def test_what_is_no_data_set_is_proposed_as_it_came_and_no_more(junk: bytes) -> None:
    assert proposed(junk) == [junk]


def test_the_file_meta_is_made_again_as_another_release_wrote_it() -> None:
    dataset = dcmread(BytesIO(film_file(film_image())))
    reference = SopReference(Uid(dataset.SOPClassUID), Uid(dataset.SOPInstanceUID))
    older = Implementation(Uid("2.25.99"), "SAPI_NODE_0_0", "FORMER_AE")
    meta = file_meta(reference, EXPLICIT_VR_LITTLE_ENDIAN, older)
    assert meta.startswith(PREAMBLE)
    assert implementation_of(meta + written(dataset)[:2000]) == older


def test_the_meta_of_this_release_has_not_changed() -> None:
    """Bytes that files in the field begin with: a new writer must still make them."""
    meta = file_meta(
        SopReference(Uid("1.2.840.10008.5.1.4.1.1.7"), Uid("2.25.2")),
        EXPLICIT_VR_LITTLE_ENDIAN,
        Implementation(
            Uid("2.25.270730845011167448792139881171964064753"), "SAPI_NODE_0_1", "SAPI_NODE"
        ),
    )
    elements = (
        b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01"
        b"\x02\0\x02\0UI\x1a\x001.2.840.10008.5.1.4.1.1.7\0"
        b"\x02\0\x03\0UI\x06\x002.25.2"
        b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
        b"\x02\0\x12\0UI\x2c\x002.25.270730845011167448792139881171964064753"
        b"\x02\0\x13\0SH\x0e\0SAPI_NODE_0_1 "
        b"\x02\0\x16\0AE\x0a\0SAPI_NODE "
    )
    group_length = b"\x02\0\0\0UL\x04\0" + len(elements).to_bytes(4, "little")
    assert meta == bytes(128) + b"DICM" + group_length + elements


@pytest.mark.filterwarnings("ignore")
def test_no_rotten_bit_of_a_head_raises_anything_but_what_is_caught() -> None:
    """Seed 253 of the seeded world: a VR of the meta was not one any more."""
    reference = SopReference(Uid("1.2.840.10008.5.1.4.1.1.7"), Uid("2.25.2"))
    written_by = Implementation(Uid("2.25.99"), "SAPI_NODE_0_0", "SAPI_NODE")
    head = file_meta(reference, EXPLICIT_VR_LITTLE_ENDIAN, written_by)
    read = 0
    for bit in range(8 * 128, 8 * len(head)):
        rotten = bytearray(head + GROUP_LENGTH_OF_8)
        rotten[bit // 8] ^= 1 << bit % 8
        found = implementation_of(bytes(rotten))
        if found is not None:
            read += 1
            with suppress(ValueError):
                file_meta(reference, EXPLICIT_VR_LITTLE_ENDIAN, found)
    assert read > 500


def test_a_head_that_cannot_be_read_is_nobodys() -> None:
    assert implementation_of(b"\0" * 200) is None
    assert implementation_of(b"") is None
