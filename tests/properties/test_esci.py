"""ESC/I records and IS frames: there and back, any bytes at all, split anywhere."""

from dataclasses import fields
from itertools import pairwise
from struct import calcsize
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.wire.esci import codes, messages
from drivers.wire.esci.layout import EsciFormatError, Record
from drivers.wire.esci.messages import Capabilities
from drivers.wire.esci_net import (
    PAYLOAD_MAX_BYTES,
    EsciNetError,
    Frame,
    FrameDecoder,
    PassPayload,
)
from sim.film_scanner_device import FilmScannerDevice
from tests.film_scanner_kit import SleptClock, noise_film

RECORDS: list[type[Record]] = [
    messages.ClassicStatus,
    messages.InfoHeader,
    messages.DetailedStatus,
    messages.HardwareProperties,
    messages.ExtendedIdentity,
    messages.ExtendedStatus,
    messages.ScanParameters,
    messages.ExtendedScanStart,
    messages.ClassicBlockHeader,
]
PRINTABLE = st.characters(min_codepoint=33, max_codepoint=126)
FRAMES = st.lists(
    st.builds(Frame, st.integers(0, 0xFFFF), st.binary(max_size=64)), min_size=1, max_size=5
)


def field_values(code: str) -> st.SearchStrategy[Any]:
    if code.endswith("s"):
        return st.text(PRINTABLE, max_size=int(code[:-1]))
    return st.integers(0, 256 ** calcsize(f"<{code}") - 1)


@st.composite
def records(draw: st.DrawFn, kind: type[Record]) -> Record:
    values = {
        place.name: codes.STX if place.name == "stx" else draw(field_values(place.metadata["code"]))
        for place in fields(kind)
    }
    return kind(**values)


@pytest.mark.parametrize("kind", RECORDS)
@given(data=st.data())
def test_records_come_back_as_they_were(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    raw = record.to_bytes()
    assert len(raw) == kind.SIZE
    assert kind.from_bytes(raw) == record


@pytest.mark.parametrize("kind", [*RECORDS, Capabilities])
@given(raw=st.binary(max_size=100))
def test_any_bytes_are_a_value_or_an_error_of_our_own(kind: Any, raw: bytes) -> None:
    try:
        value = kind.from_bytes(raw)
    except EsciFormatError:
        return
    assert kind.from_bytes(value.to_bytes()) == value


@pytest.mark.parametrize("kind", RECORDS)
@given(data=st.data())
def test_any_bytes_of_the_right_length_too(kind: type[Record], data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=kind.SIZE, max_size=kind.SIZE))
    try:
        value = kind.from_bytes(raw)
    except EsciFormatError:
        return
    assert kind.from_bytes(value.to_bytes()) == value


@given(
    st.text(PRINTABLE, min_size=2, max_size=2),
    st.lists(st.integers(0, 0xFFFF), max_size=20),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF),
)
def test_capabilities_come_back(level: str, dpi: list[int], columns: int, rows: int) -> None:
    capabilities = Capabilities(level, tuple(dpi), columns, rows)
    assert Capabilities.from_bytes(capabilities.to_bytes()) == capabilities


@given(st.integers(min_value=0x1_0000_0000))
def test_what_does_not_fit_is_not_cut(columns: int) -> None:
    with pytest.raises(EsciFormatError):
        messages.ScanParameters(columns=columns).to_bytes()


@given(st.text(min_size=17))
def test_a_name_that_does_not_fit_is_not_cut(model: str) -> None:
    with pytest.raises(EsciFormatError):
        messages.ExtendedIdentity(model=model).to_bytes()


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


@given(FRAMES, st.lists(st.integers(0)))
def test_frames_may_be_split_anywhere(frames: list[Frame], cuts: list[int]) -> None:
    decoder, heard = FrameDecoder(), []
    for piece in split(b"".join(frame.to_bytes() for frame in frames), cuts):
        heard += list(decoder.feed(piece))
    assert heard == frames


@given(st.binary(max_size=100))
def test_any_bytes_are_frames_or_an_error_of_our_own(raw: bytes) -> None:
    try:
        frames = list(FrameDecoder().feed(raw))
    except EsciNetError:
        return
    assert all(len(frame.payload) <= PAYLOAD_MAX_BYTES for frame in frames)


@given(st.integers(PAYLOAD_MAX_BYTES + 1, 0xFFFFFFFF))
def test_a_frame_is_bounded_before_it_is_read(length: int) -> None:
    header = b"IS\x20\x00\x00\x0c" + length.to_bytes(4, "big") + b"\x00\x00"
    with pytest.raises(EsciNetError):
        list(FrameDecoder().feed(header))


@given(st.binary(max_size=40), st.integers(0, 0xFFFFFFFF))
def test_pass_payloads_come_back(data: bytes, wanted: int) -> None:
    payload = PassPayload(data, wanted)
    assert PassPayload.from_bytes(payload.to_bytes()) == payload


@given(st.binary(max_size=40))
def test_any_payload_is_a_request_or_an_error_of_our_own(raw: bytes) -> None:
    try:
        payload = PassPayload.from_bytes(raw)
    except EsciNetError:
        return
    assert payload.to_bytes() == raw


COMMANDS = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [
            codes.RESET,
            codes.STATUS,
            codes.CAPABILITIES,
            codes.DETAILED_STATUS,
            codes.HARDWARE,
            codes.EXTENDED_IDENTITY,
            codes.EXTENDED_STATUS,
            codes.GET_PARAMETERS,
            codes.EXTENDED_START,
            codes.CLASSIC_START,
            codes.ACK,
            codes.CAN,
            *codes.INFO_BLOCK_BYTES,
        ]
    ),
    st.sampled_from(sorted(codes.PARAMETER_BYTES.items())).flatmap(
        lambda item: st.binary(min_size=item[1], max_size=item[1]).map(item[0].__add__)
    ),
    st.builds(
        lambda lines: (
            codes.SET_PARAMETERS
            + messages.ScanParameters(
                300, 300, columns=8, rows=9, depth=16, source=1, lines_per_block=lines
            ).to_bytes()
        ),
        st.integers(0, 255),
    ),
)


@given(st.lists(COMMANDS, max_size=12), st.lists(st.integers(0)))
def test_the_simulated_device_hears_the_same_however_it_is_split(
    said: list[bytes], cuts: list[int]
) -> None:
    """And survives anything a host may say."""
    data = b"".join(said)
    assume(data)
    film = noise_film(rows=12, columns=10)
    whole, pieces = (FilmScannerDevice(film, SleptClock()) for _ in range(2))
    answers = [chunk for piece in split(data, cuts) for chunk in pieces.feed(piece)]
    assert answers == whole.feed(data)
