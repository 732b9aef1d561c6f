"""Whatever a barcode reader sends: nothing raises, nothing grows, no split changes a code."""

import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.barcode_codes import CODE_BYTES_MAX, GROUP_SEPARATOR, Code, Symbology
from drivers.wire.barcode_meaning import meant
from drivers.wire.barcode_ssi import CONTINUED, DECODE_DATA, DECODER, SsiCodes, packet
from drivers.wire.barcode_text import TextCodes

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=80)
frames = st.sampled_from(
    [("", "\r"), ("", "\n"), ("", "\r\n"), ("\x02", "\x03"), ("\x02", "\x03\r\n")]
)
packets = st.tuples(
    st.sampled_from([DECODE_DATA, 0xD0, 0xF6]),
    st.binary(max_size=251),
    st.sampled_from([0, 1, CONTINUED]),
).map(lambda one: packet(one[0], one[1], DECODER, one[2]))
texts = st.binary(max_size=300) | st.tuples(printable, frames).map(
    lambda one: (one[1][0] + one[0] + one[1][1]).encode()
)
streams = st.lists(packets | texts, max_size=8).map(b"".join)
cuts = st.lists(st.integers(0, 2000), max_size=8)


def fed_in_pieces(codes: SsiCodes | TextCodes, stream: bytes, cuts: list[int]) -> list[object]:
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in itertools.pairwise(places)]
    return [event for piece in pieces for event in codes.feed(piece, 0.0)]


@pytest.mark.parametrize("kind", [SsiCodes, TextCodes])
@given(stream=streams, cuts=cuts)
def test_no_split_changes_what_is_read(
    kind: type[SsiCodes | TextCodes], stream: bytes, cuts: list[int]
) -> None:
    assert fed_in_pieces(kind(), stream, cuts) == fed_in_pieces(kind(), stream, [])


@pytest.mark.parametrize("kind", [SsiCodes, TextCodes])
@given(streams=st.lists(streams, min_size=1, max_size=10))
def test_it_keeps_no_more_than_one_code(
    kind: type[SsiCodes | TextCodes], streams: list[bytes]
) -> None:
    codes = kind()
    for stream in streams:
        codes.feed(stream, 0.0)
        assert len(pickle.dumps(codes)) < 4 * CODE_BYTES_MAX + 512


@given(st.lists(st.tuples(printable, frames), min_size=1, max_size=10))
def test_each_line_or_frame_is_its_code(sent: list[tuple[str, tuple[str, str]]]) -> None:
    stream = "".join(start + text + end for text, (start, end) in sent).encode()
    assert TextCodes().feed(stream, 0.0) == [Code(text) for text, _ in sent]


@given(st.lists(printable, min_size=1, max_size=5), st.binary(max_size=20))
def test_after_noise_and_a_silence_each_packet_is_its_code(sent: list[str], noise: bytes) -> None:
    codes = SsiCodes()
    codes.feed(noise, 0.0)
    stream = b"".join(packet(DECODE_DATA, b"\x03" + text.encode(), DECODER) for text in sent)
    read = [event for event in codes.feed(stream, 1.0) if isinstance(event, Code)]
    assert read == [Code(text, Symbology.PLAIN) for text in sent]


@given(st.text(max_size=60), st.sampled_from(Symbology))
def test_the_meaning_is_a_part_of_what_was_read(text: str, symbology: Symbology) -> None:
    assert meant(Code(text, symbology)).replace(GROUP_SEPARATOR, "") in text.replace(
        GROUP_SEPARATOR, ""
    )
