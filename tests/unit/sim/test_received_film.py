"""Whose film the archive got, read from bytes that no encoder of ours wrote."""

import pytest

from sim.received_film import UNREADABLE, ReceivedFilm, data_set_offset, read_film
from tests.unit.sim.archive_room import ONE, element, film_file

LONG = element(0x0009, 0x0010, b"OB", b"x" * 70_000)


def test_number_and_patient_come_from_the_bytes() -> None:
    assert read_film(film_file(ONE, 4711, "P000042")) == ReceivedFilm(
        ONE, "P000042", "A000001", 4711
    )


def test_elements_that_nobody_asked_for_are_passed_over() -> None:
    content = film_file(ONE, 5)
    offset = data_set_offset(content)
    assert read_film(content[:offset] + LONG + content[offset:]).film == 5


def test_encapsulated_pixels_show_no_number() -> None:
    content = film_file(ONE)
    pixels = content.rindex(b"\xe0\x7f\x10\x00OW")
    encapsulated = content[:pixels] + b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0"
    assert read_film(encapsulated) == ReceivedFilm(ONE, "P000001", "A000001", None)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 400, film_file(ONE)[:-1], film_file(ONE)[:200], film_file(ONE)[128:]],
    ids=["empty", "zeros", "cut in the pixels", "cut in the head", "no preamble"],
)
def test_what_is_no_whole_image_is_unreadable(content: bytes) -> None:
    assert read_film(content) == UNREADABLE
