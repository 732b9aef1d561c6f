"""An archive that says what a transcript says, whatever it hears; what it heard is kept."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from drivers.dicom_address import ArchiveAddress

WAIT_S = 10.0
"""A transcript is over in milliseconds; this only ends a test that would hang."""


@dataclass
class Heard:
    address: ArchiveAddress
    pdus: list[bytes] = field(default_factory=list)


@contextmanager
def archive_saying(*answers: bytes | None, piece_bytes: int = 65536) -> Iterator[Heard]:
    """One answer after each PDU heard: b"" says nothing, None hangs up. Then listens to the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        port = listener.getsockname()[1]
        heard = Heard(ArchiveAddress("SIM_ARCHIVE", "127.0.0.1", port))
        thread = Thread(target=_serve, args=(listener, answers, heard, piece_bytes), daemon=True)
        thread.start()
        yield heard
        thread.join(WAIT_S)
        assert not thread.is_alive()


def _serve(
    listener: socket.socket, answers: tuple[bytes | None, ...], heard: Heard, piece_bytes: int
) -> None:
    line, _ = listener.accept()
    with line:
        line.settimeout(WAIT_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for answer in answers:
            pdu = read_pdu(line)
            if pdu is None:
                return
            heard.pdus.append(pdu)
            if answer is None:
                return
            for start in range(0, len(answer), piece_bytes):
                line.sendall(answer[start : start + piece_bytes])
        while (pdu := read_pdu(line)) is not None:
            heard.pdus.append(pdu)


def read_pdu(line: socket.socket) -> bytes | None:
    header = exactly(line, 6)
    if len(header) < 6:
        return None
    return header + exactly(line, int.from_bytes(header[2:], "big"))


def exactly(line: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        try:
            chunk = line.recv(size - len(received))
        except ConnectionError:
            break
        if not chunk:
            break
        received += chunk
    return received
