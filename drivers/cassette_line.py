"""The line to the cassette reader: a serial port by its stable name, a pty, or a TCP port.

pyserial opens and configures it. A line that goes away is DeviceUnavailable, and is opened again
at the next use: readers are unplugged and come back.
"""

import os
import select
from contextlib import suppress
from typing import Any

import serial

from drivers.cassette_sentences import LINE_LOST, LINE_NOT_THERE
from hal.errors import DeviceUnavailable

CHUNK_BYTES = 1 << 16
PTY_READ_BYTES = 4095  # what a pty gives at once, however much is there
WRITE_TIMEOUT_S = 5.0  # a request has 300 bytes: at 9600 baud it takes a third of a second
BITS_A_BYTE = 10  # 8N1 with its start and stop bits


class CassetteLine:
    def __init__(self, address: str, baud: int = 0) -> None:
        """`address`: a device (/dev/serial/by-id/...), or pyserial's socket://HOST:PORT.

        `baud`: of a plain UART; 0: as fast as it comes (USB CDC-ACM, pty, TCP).
        """
        self._address = address
        self._baud = baud
        self._port: serial.SerialBase | None = None

    @property
    def bytes_per_s(self) -> float | None:
        """None: faster than matters."""
        return self._baud / BITS_A_BYTE if self._baud else None

    def write(self, data: bytes) -> None:
        """Raises DeviceUnavailable."""
        port = self._open()
        try:
            port.write(data)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            self._lost(error)

    def read(self, timeout_s: float) -> bytes:
        """What came, at most 64 KiB; empty after `timeout_s`. Raises DeviceUnavailable."""
        port = self._open()
        try:
            ready, _, _ = select.select([port.fileno()], [], [], timeout_s)
            return _all_there(port.fileno()) if ready else b""
        except (OSError, ValueError) as error:
            return self._lost(error)

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _open(self) -> serial.SerialBase:
        if self._port is None:
            options: dict[str, Any] = {"baudrate": self._baud} if self._baud else {}
            if "://" not in self._address:
                options["exclusive"] = True
            try:
                self._port = serial.serial_for_url(
                    self._address, timeout=0, write_timeout=WRITE_TIMEOUT_S, **options
                )
            except (OSError, ValueError) as error:
                sentence = LINE_NOT_THERE.fill(address=self._address)
                raise DeviceUnavailable(sentence) from error
        return self._port

    def _lost(self, error: Exception) -> bytes:
        self.close()
        raise DeviceUnavailable(LINE_LOST) from error


def _all_there(port: int) -> bytes:
    """What a port that is ready has. pyserial's own read selects twice for each 4 KiB of a pty,
    which is half of the time that a plate takes; the port that it opened does not block.

    Raises OSError, at the end of the line too.
    """
    chunks = [os.read(port, CHUNK_BYTES)]
    if not chunks[0]:
        raise OSError("the other end is closed")
    with suppress(BlockingIOError):
        while len(chunks[-1]) >= PTY_READ_BYTES and len(chunks) * PTY_READ_BYTES < CHUNK_BYTES:
            chunks.append(os.read(port, CHUNK_BYTES))
    return b"".join(chunks)
