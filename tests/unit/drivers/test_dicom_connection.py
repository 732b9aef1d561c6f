"""Buffers out, whole PDUs in, and a deadline on both."""

import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from drivers.dicom_connection import ArchiveSilent, Connection
from drivers.line import TIMEVAL, timeval, without
from hal.errors import PeerRetryable

BUFFERS = [b"abc", b"", b"de", b"f"]


@pytest.mark.parametrize("sent", range(7))
def test_nothing_is_lost_or_sent_twice(sent: int) -> None:
    left = without(BUFFERS, sent)
    assert b"".join(left) == b"abcdef"[sent:]
    assert all(left) or sent < 6


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, (0, 10_000)),
        (-3, (0, 10_000)),
        (1e-9, (0, 10_000)),
        (0.251, (0, 260_000)),
        (119.9996, (120, 0)),
        (120, (120, 0)),
    ],
)
def test_a_timeout_is_never_for_ever(seconds: float, expected: tuple[int, int]) -> None:
    assert TIMEVAL.unpack(timeval(seconds)) == expected


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connection = Connection.open(*listener.getsockname(), 5, send_timeout_s=0.2)
        peer, _ = listener.accept()
        with peer:
            yield connection, peer
        connection.close()


PDUS = b"\x04\0\0\0\0\x03abc" + b"\x05\0\0\0\0\0"


@pytest.mark.parametrize("piece_bytes", [1, 2, 5, len(PDUS)])
def test_pdus_in_pieces_or_together(
    piece_bytes: int, pair: tuple[Connection, socket.socket]
) -> None:
    connection, peer = pair
    for start in range(0, len(PDUS), piece_bytes):
        peer.sendall(PDUS[start : start + piece_bytes])
    assert connection.receive_pdu(5) == (4, b"abc")
    assert connection.receive_pdu(5) == (5, b"")


def test_silence_ends_in_time(pair: tuple[Connection, socket.socket]) -> None:
    connection, peer = pair
    peer.sendall(PDUS[:3])
    started_s = monotonic()
    with pytest.raises(ArchiveSilent):
        connection.receive_pdu(0.1)
    assert monotonic() - started_s < 2


def test_what_comes_after_the_wait_is_read_by_the_next(
    pair: tuple[Connection, socket.socket],
) -> None:
    connection, peer = pair
    peer.sendall(PDUS[:8])
    with pytest.raises(ArchiveSilent):
        connection.receive_pdu(0.05)
    peer.sendall(PDUS[8:])
    assert connection.receive_pdu(5) == (4, b"abc")
    assert connection.receive_pdu(5) == (5, b"")


def test_a_peer_that_takes_nothing(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    with pytest.raises(PeerRetryable, match="timeout"):
        for _ in range(1000):
            connection.send(bytes(1 << 20))
