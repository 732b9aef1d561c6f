"""The protocol document's own frames, made by another program, against the codec, both ways."""

import re
import zlib
from pathlib import Path

import pytest

from drivers.wire import cobs
from drivers.wire.cassette_bodies import body_of, message_of
from drivers.wire.cassette_frames import Frame, FrameReader
from drivers.wire.cassette_messages import (
    Credit,
    Erase,
    Error,
    Identify,
    Identity,
    Loaded,
    Message,
    Missing,
    Read,
    ReadEnd,
    Reading,
    Samples,
    Status,
)

DOCUMENT = Path(__file__).parents[2] / "docs/protocols/cassette-reader.md"
READ = 0xC0FFEE01
# (sequence, message) of each line of the document's table, in its order.
SAYS: list[tuple[int, Message]] = [
    (1, Identify()),
    (65535, Status()),
    (258, Read(READ, 0, 100, 1000, 4096, 65536)),
    (259, Credit(READ, 40000, 105536)),
    (260, Missing(READ, ((8192, 2048), (20480, 1)))),
    (261, Erase(READ, 3599155, 0x89ABCDEF)),
    (1, Identity("SAPI", "sim-1", "0042", "1.0", 15, (100, 200), 500, 4000)),
    (3, Loaded("P-00017", "STANDARD", 350, 430, 1234, 0)),
    (258, Reading(READ, 1955, 1841, 100, 1000, 15)),
    (9, Samples(READ, 70000, b"\x00\x00\x01\x00\xff\x00\x00\x01\xff\x7f")),
    (258, ReadEnd(READ, 3599155, 0x89ABCDEF)),
    (260, Error(1, "capot levé")),
]


def vectors() -> list[tuple[bytes, bytes]]:
    """(before coding, on the line) of each line."""
    lines = re.findall(
        r"^\| .* \| `([0-9a-f ]+)` \| `([0-9a-f ]+)` \|$", DOCUMENT.read_text(), re.M
    )
    return [(bytes.fromhex(plain), bytes.fromhex(line)) for plain, line in lines]


def test_every_line_of_the_document_is_known_here() -> None:
    assert len(vectors()) == len(SAYS)


@pytest.mark.parametrize("number", range(len(SAYS)))
def test_line(number: int) -> None:
    (plain, line), (sequence, message) = vectors()[number], SAYS[number]
    assert cobs.encode(plain) + b"\0" == line
    assert cobs.decode(line[:-1]) == plain
    kind, body = body_of(message)
    assert Frame(kind, sequence, body).to_bytes() == line
    (frame,) = FrameReader().feed(line)
    assert (frame.sequence, message_of(frame.kind, frame.body)) == (sequence, message)


def test_the_scrambled_segment() -> None:
    kind, body = body_of(Samples(1, 0, bytes(512)))
    line = Frame(kind, 0, body).to_bytes()
    length, crc, head = re.search(  # type: ignore[union-attr]  # absent: the test fails
        r"On the line (\d+) bytes, whose CRC-32 is ([0-9a-f]{8}), and which begin `([0-9a-f ]+)`",
        DOCUMENT.read_text(),
    ).groups()
    assert (len(line), zlib.crc32(line)) == (int(length), int(crc, 16))
    assert line.startswith(bytes.fromhex(head))
