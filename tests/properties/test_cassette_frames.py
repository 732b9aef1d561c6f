"""No bytes on the line hang the parser, grow it, or make it raise; whole frames come out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.wire import cobs
from drivers.wire.cassette_bodies import Malformed, body_of, message_of
from drivers.wire.cassette_frames import CODED_BYTES_MAX, SAMPLES_BYTES_MAX, Frame, FrameReader
from drivers.wire.cassette_messages import (
    Error,
    Identity,
    Kind,
    Loaded,
    Message,
    Missing,
    Read,
    Samples,
    State,
)
from drivers.wire.cassette_samples import scramble

U8, U16, U32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
TEXT = st.text(max_size=16)  # at most 64 bytes of UTF-8
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Read, U32, U32, U16, U16, U16, U32),
    st.builds(Missing, U32, st.lists(st.tuples(U32, U32), min_size=1, max_size=32).map(tuple)),
    st.builds(Samples, U32, U32, st.binary(min_size=1, max_size=400).map(lambda b: b + b)),
    st.builds(
        Identity,
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        U8,
        st.lists(U16, min_size=1, max_size=16).map(tuple),
        U16,
        U16,
    ),
    st.builds(Loaded, TEXT, TEXT, U16, U16, U32, U8),
    st.builds(State, U8, U8, U32),
    st.builds(Error, U16, TEXT),
)


def on_the_line(message: Message, sequence: int = 0) -> bytes:
    kind, body = body_of(message)
    return Frame(kind, sequence, body).to_bytes()


@given(st.binary(max_size=2000))
def test_cobs_there_and_back(data: bytes) -> None:
    coded = cobs.encode(data)
    assert 0 not in coded
    assert len(coded) <= len(data) + len(data) // 254 + 1
    assert cobs.decode(coded) == data


@given(st.binary(max_size=600))
@example(b"\x05abc")  # the last block ends one byte beyond
@example(b"\xffabc")
@example(b"\x01\x00\x01")
def test_any_bytes_are_cobs_or_not(coded: bytes) -> None:
    try:
        plain = cobs.decode(coded)
    except cobs.NotCobs:
        return
    assert 0 not in coded
    assert len(plain) <= len(coded)
    assert cobs.decode(cobs.encode(plain)) == plain


@pytest.mark.parametrize("coded", [b"\x00", b"\x02", b"\x05abc", b"\xff" + 253 * b"a"])
def test_what_is_cut_off_is_not_cobs(coded: bytes) -> None:
    with pytest.raises(cobs.NotCobs):
        cobs.decode(coded)


@given(st.binary(max_size=SAMPLES_BYTES_MAX))
def test_scrambled_twice_is_as_before(data: bytes) -> None:
    assert scramble(scramble(data)) == data


@given(MESSAGES, U16)
def test_message_there_and_back(message: Message, sequence: int) -> None:
    (frame,) = FrameReader().feed(on_the_line(message, sequence))
    assert frame.sequence == sequence
    assert message_of(frame.kind, frame.body) == message


@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(1, 50), min_size=1))
def test_cut_anywhere_the_same_frames_come(messages: list[Message], sizes: list[int]) -> None:
    line, reader, came, at = b"".join(map(on_the_line, messages)), FrameReader(), [], 0
    while at < len(line):
        size = sizes[at % len(sizes)]
        came += reader.feed(line[at : at + size])
        at += size
    assert [message_of(frame.kind, frame.body) for frame in came] == messages
    assert reader.dropped == 0


@given(MESSAGES, st.data())
def test_one_changed_byte_costs_at_most_its_frame(message: Message, data: st.DataObject) -> None:
    line = bytearray(on_the_line(message))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    last = on_the_line(State(0, 0, 0))
    came = FrameReader().feed(bytes(line) + b"\0" + last)
    assert message_of(came[-1].kind, came[-1].body) == State(0, 0, 0)
    assert len(came) == 1


@given(U8, st.binary(max_size=300))
def test_any_body_is_a_message_or_malformed(kind: int, body: bytes) -> None:
    try:
        message = message_of(kind, body)
    except Malformed:
        return
    assert body_of(message) == (Kind(kind), body)


@given(st.lists(st.binary(max_size=3000), max_size=40))
def test_noise_neither_raises_nor_grows(chunks: list[bytes]) -> None:
    reader = FrameReader()
    for chunk in chunks:
        reader.feed(chunk)
        held = sum(len(piece) for piece in reader._pieces)
        assert held <= CODED_BYTES_MAX + 3000


def test_an_endless_frame_is_not_kept() -> None:
    reader = FrameReader()
    for _ in range(100):
        assert reader.feed(b"\x01" * 4096) == []
    assert sum(len(piece) for piece in reader._pieces) <= CODED_BYTES_MAX + 4096
    (frame,) = reader.feed(b"\0" + on_the_line(State(0, 0, 0)))
    assert frame.kind == Kind.STATE
    assert reader.dropped == 1
