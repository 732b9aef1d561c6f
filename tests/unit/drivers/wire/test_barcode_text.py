"""Plain readers: framing, limits, silences; and what is taken off a code."""

import pytest

from drivers.wire.barcode_codes import CODE_BYTES_MAX, Code, Refusal, Refused, Symbology
from drivers.wire.barcode_meaning import meant
from drivers.wire.barcode_text import TextCodes

LONGEST = b"7" * CODE_BYTES_MAX


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"A12\r", [Code("A12")]),
        (b"A12\n", [Code("A12")]),
        (b"A12\r\nA13\r\n", [Code("A12"), Code("A13")]),
        (b"\x02A12\x03", [Code("A12")]),
        (b"\x02A12\x03\r\n", [Code("A12")]),
        (b"cut of\x02A12\x03", [Code("A12")]),
        (b"\r\n\r\n\x03", []),
        (b"A12", []),
        (LONGEST + b"\r", [Code(LONGEST.decode())]),
        (LONGEST + b"7\rA12\r", [Refused(Refusal.TOO_LONG), Code("A12")]),
        (b"\x02A\r\x03", [Refused(Refusal.NOT_TEXT)]),
        (b"A\x1b[2J\r", [Refused(Refusal.NOT_TEXT)]),
        ("André\r".encode(), [Code("André")]),
        ("André\r".encode("latin-1"), [Code("André")]),
    ],
)
def test_lines_and_frames(sent: bytes, read: list[object]) -> None:
    assert TextCodes().feed(sent, 0.0) == read


def test_a_silence_completes_nothing() -> None:
    """A reader that was pulled out in the middle of one wristband, and read the next."""
    codes = TextCodes()
    assert codes.feed(b"1234", 0.0) == []
    assert codes.feed(b"5678\r", 1.0) == [Code("5678")]
    assert codes.feed(b"12", 2.0) == []
    assert codes.feed(b"34\r", 2.1) == [Code("1234")]


@pytest.mark.parametrize(
    ("read", "number"),
    [
        (Code("A12"), "A12"),
        (Code(" a12 "), "a12"),
        (Code("]C0A12"), "A12"),
        (Code("]A1A12K"), "A12"),
        (Code("]A0A12K"), "A12K"),
        (Code("]I112345"), "1234"),
        (Code("]F0A123B"), "123"),
        (Code("]F2A1234B"), "123"),
        (Code("A123B", Symbology.CODABAR), "123"),
        (Code("A123B", Symbology.PLAIN), "A123B"),
        (Code("]C18018378012345678901237"), "378012345678901237"),
        (Code("8018378012345678901237\x1d80190001", Symbology.GS1), "378012345678901237"),
        (Code("]d2\x1d8017378012345678901237"), "378012345678901237"),
        (Code("8018378012345678901237"), "8018378012345678901237"),
        (Code("]C110ABC\x1d21X"), "10ABC\x1d21X"),
        (Code("]C1"), ""),
    ],
)
def test_what_the_reader_added_is_taken_off(read: Code, number: str) -> None:
    assert meant(read) == number
