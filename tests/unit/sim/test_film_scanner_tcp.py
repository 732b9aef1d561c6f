"""The network face: what it does with clients that go away or speak something else."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from drivers.wire.esci import codes
from drivers.wire.esci_net import Command, EsciNetError, Frame, PassPayload
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_tcp import WELCOME, TcpFace, serve_tcp
from sim.listening import open_listener
from tests.film_scanner_kit import SleptClock, noise_film

LIMIT_S = 10


@pytest.fixture
def device() -> FilmScannerDevice:
    return FilmScannerDevice(noise_film(rows=9, columns=8), SleptClock())


@pytest.fixture
def address(device: FilmScannerDevice) -> Iterator[tuple[str, int]]:
    with open_listener("127.0.0.1:0") as listener:
        server = Thread(target=serve_tcp, args=(listener, device), daemon=True)
        server.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        server.join(LIMIT_S)
        assert not server.is_alive()


def asked(data: bytes, reply_bytes: int) -> bytes:
    return Frame(Command.PASS, PassPayload(data, reply_bytes).to_bytes()).to_bytes()


def welcomed(client: socket.socket) -> bool:
    size = len(WELCOME.to_bytes())
    return client.recv(size, socket.MSG_WAITALL) == WELCOME.to_bytes()


def test_replies_come_in_the_sizes_asked_for(device: FilmScannerDevice) -> None:
    face = TcpFace(device)
    first = face.feed(asked(codes.EXTENDED_IDENTITY, 50))
    rest = face.feed(asked(b"", 1000))
    header = 12
    assert (len(first) - header, len(rest) - header) == (50, 30)


def test_an_unknown_command_is_an_error(device: FilmScannerDevice) -> None:
    with pytest.raises(EsciNetError, match="2200h"):
        TcpFace(device).feed(Frame(0x2200).to_bytes())


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", bytes(12), b"\xff" * 12])
def test_a_client_of_another_protocol_is_hung_up_on(
    address: tuple[str, int], nonsense: bytes
) -> None:
    with socket.create_connection(address, timeout=LIMIT_S) as stranger:
        assert welcomed(stranger)
        stranger.sendall(nonsense)
        assert stranger.recv(1) == b""
    with socket.create_connection(address, timeout=LIMIT_S) as client:
        assert welcomed(client)


def test_a_client_that_goes_away_leaves_room_for_the_next(address: tuple[str, int]) -> None:
    for _ in range(3):
        with socket.create_connection(address, timeout=LIMIT_S) as client:
            assert welcomed(client)
            client.sendall(asked(codes.EXTENDED_IDENTITY, 80)[:15])


def test_unplugged_it_hangs_up(address: tuple[str, int], device: FilmScannerDevice) -> None:
    with socket.create_connection(address, timeout=LIMIT_S) as client:
        assert welcomed(client)
        device.unplug()
        client.sendall(asked(codes.RESET, 1))
        assert client.recv(1) == b""
