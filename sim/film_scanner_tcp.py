"""The simulated film scanner on TCP, as SANE's `epson2:net:` client expects a network scanner.

One client at a time, as the lock of the protocol wants it. A client that breaks the framing is
hung up on.
"""

import socket
from collections import deque
from contextlib import suppress

from drivers.wire.esci import codes
from drivers.wire.esci_net import (
    Command,
    EsciNetError,
    Frame,
    FrameDecoder,
    PassPayload,
    frame_header,
)
from sim.film_scan_blocks import Chunk
from sim.film_scanner_device import FilmScannerDevice

CHUNK_BYTES = 1 << 16
WELCOME = Frame(Command.WELCOME, bytes(5))


class TcpFace:
    """One client's conversation: bytes in, bytes out."""

    def __init__(self, device: FilmScannerDevice) -> None:
        self._device = device
        self._decoder = FrameDecoder()
        self._sent: deque[Chunk] = deque()

    def feed(self, chunk: bytes) -> bytes:
        """Raises EsciNetError."""
        return b"".join(self._answer(frame) for frame in self._decoder.feed(chunk))

    def _answer(self, frame: Frame) -> bytes:
        if frame.command == Command.LOCK:
            return Frame(Command.LOCKED, codes.ACK).to_bytes()
        if frame.command == Command.UNLOCK:
            return Frame(Command.UNLOCKED).to_bytes()
        if frame.command != Command.PASS:
            raise EsciNetError(f"unknown command {frame.command:04X}h")
        request = PassPayload.from_bytes(frame.payload)
        self._sent += self._device.feed(request.data)
        if not request.reply_bytes:
            return b""
        reply = self._take(request.reply_bytes)
        return frame_header(Command.PASSED, len(reply)) + reply

    def _take(self, size_max: int) -> bytes:
        """Up to so many bytes of what the scanner sent: TCP knows no transfers."""
        parts: list[Chunk] = []
        while self._sent and size_max:
            transfer = memoryview(self._sent.popleft())
            parts.append(transfer[:size_max])
            if len(transfer) > size_max:
                self._sent.appendleft(transfer[size_max:])
            size_max -= len(parts[-1])
        return b"".join(parts)


def serve_tcp(listener: socket.socket, device: FilmScannerDevice) -> None:
    """Serve one client after another until `listener` is shut down."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(ConnectionError, EsciNetError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _converse(connection, device)


def _converse(connection: socket.socket, device: FilmScannerDevice) -> None:
    """Until the client hangs up, or the scanner is unplugged."""
    face, answer = TcpFace(device), WELCOME.to_bytes()
    while device.plugged:
        connection.sendall(answer)
        chunk = connection.recv(CHUNK_BYTES)
        if not chunk:
            return
        answer = face.feed(chunk)
