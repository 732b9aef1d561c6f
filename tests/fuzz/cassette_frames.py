"""Coverage-guided bytes for the cassette reader's parser, longer and stranger than hypothesis's.

    pip install atheris
    python -m tests.fuzz.cassette_frames -max_total_time=600 -max_len=40000 -timeout=5

atheris has no wheel for every machine, so it is not among the project's dependencies, and `make
test` does not run this. A crash, a hang or an input that grows the parser is left in a file, which
given as an argument runs once more.
"""

import sys

import atheris

with atheris.instrument_imports(include=["drivers.wire"]):
    from drivers.wire import cobs
    from drivers.wire.cassette_bodies import Malformed, body_of, message_of
    from drivers.wire.cassette_frames import CODED_BYTES_MAX, Frame, FrameReader

PIECE_BYTES_MAX = 256


def parse(data: bytes) -> None:
    """The first byte says how the others are cut; the sum of a frame is also made right."""
    if not data:
        return
    size, line = 1 + data[0] % PIECE_BYTES_MAX, data[1:]
    whole, pieces = FrameReader(), FrameReader()
    frames = whole.feed(line)
    cut = [frame for at in range(0, len(line), size) for frame in pieces.feed(line[at : at + size])]
    assert (cut, pieces.dropped) == (frames, whole.dropped)
    assert sum(map(len, pieces._pieces)) <= CODED_BYTES_MAX + PIECE_BYTES_MAX
    judge(data[0], line)
    for frame in frames:
        judge(frame.kind, frame.body)
    decode(line)


def judge(kind: int, body: bytes) -> None:
    try:
        message = message_of(kind, body)
    except Malformed:
        return
    assert body_of(message) == (kind, body)
    (frame,) = FrameReader().feed(Frame(kind, 0, body).to_bytes())
    assert (frame.kind, frame.body) == (kind, body)


def decode(coded: bytes) -> None:
    try:
        plain = cobs.decode(coded)
    except cobs.NotCobs:
        return
    assert cobs.decode(cobs.encode(plain)) == plain


if __name__ == "__main__":
    atheris.Setup(sys.argv, parse)
    atheris.Fuzz()
