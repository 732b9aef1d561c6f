"""However a message is cut into fragments, the same command and the same bytes come out."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.dimse import Message, c_get_request, c_store_request, encode_command
from drivers.wire.message_stream import MessageStream, Piece
from drivers.wire.p_data import MalformedPdu, Pdv
from hal.values import Uid

STORE = c_store_request(3, Uid("1.2.840.10008.5.1.4.1.1.7"), Uid("2.25.77"))
ENDS_AT_ONCE = {"CommandField": 0x8010, "CommandDataSetType": 0x0101, "Status": 0}


def cut(data: bytes, sizes: list[int], *, is_command: bool) -> list[Pdv]:
    """The last fragment may be empty, as PS3.8 allows."""
    fragments = []
    for size in sizes:
        fragments.append(data[:size])
        data = data[size:]
    fragments.append(data)
    last = len(fragments) - 1
    return [Pdv(1, is_command, number == last, part) for number, part in enumerate(fragments)]


sizes = st.lists(st.integers(0, 60), max_size=6)


@given(st.binary(max_size=200), sizes, sizes)
def test_any_cut_gives_the_same_message(data: bytes, cuts: list[int], more: list[int]) -> None:
    stream = MessageStream()
    fragments = cut(encode_command(STORE), cuts, is_command=True) + cut(
        data, more, is_command=False
    )
    told = [item for pdv in fragments if (item := stream.feed(pdv)) is not None]
    message, *pieces = told
    assert message == Message(1, STORE, None)
    assert all(isinstance(piece, Piece) for piece in pieces)
    assert b"".join(piece.data for piece in pieces if isinstance(piece, Piece)) == data
    ends = [piece.is_last for piece in pieces if isinstance(piece, Piece)]
    assert ends == [False] * (len(ends) - 1) + [True]
    (end,) = (stream.feed(pdv) for pdv in cut(encode_command(ENDS_AT_ONCE), [], is_command=True))
    assert end == Message(1, ENDS_AT_ONCE, None), "and the stream goes on"


@given(
    st.lists(
        st.builds(Pdv, st.integers(0, 3), st.booleans(), st.booleans(), st.binary(max_size=40)),
        max_size=10,
    )
)
def test_any_fragments_are_a_message_a_piece_or_malformed(fragments: list[Pdv]) -> None:
    stream = MessageStream()
    for pdv in fragments:
        try:
            item = stream.feed(pdv)
        except MalformedPdu:
            return
        assert item is None or isinstance(item, Message | Piece)


def test_the_request_is_as_the_standard_has_it() -> None:
    """PS3.7 table 9.3-6, in Implicit VR Little Endian, written by hand."""
    elements = (
        bytes.fromhex("0000 0200 1c000000")
        + b"1.2.840.10008.5.1.4.1.2.2.3\0"
        + bytes.fromhex("0000 0001 02000000 1000")
        + bytes.fromhex("0000 1001 02000000 0700")
        + bytes.fromhex("0000 0007 02000000 0000")
        + bytes.fromhex("0000 0008 02000000 0100")
    )
    group_length = bytes.fromhex("0000 0000 04000000") + len(elements).to_bytes(4, "little")
    request = c_get_request(7, "1.2.840.10008.5.1.4.1.2.2.3")
    assert encode_command(request) == group_length + elements
