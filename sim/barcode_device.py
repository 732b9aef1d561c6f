"""A barcode reader on a pseudo-terminal, plugged in under a name that stays, as udev gives it.

It speaks plain lines, STX to ETX, or the Simple Serial Interface; there it waits for the host's
answer, and sends a packet again that was not acknowledged.
"""

import os
import pty
import select
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.wire.barcode_ssi import ACK, DECODE_DATA, DECODER, RETRANSMIT, packet

ANSWER_S = 2.0
TRIES = 3
CODE_128 = b"\x03"
FRAMES: dict[str, Callable[[bytes], bytes]] = {
    "cr": lambda code: code + b"\r",
    "lf": lambda code: code + b"\n",
    "crlf": lambda code: code + b"\r\n",
    "stx": lambda code: b"\x02" + code + b"\x03",
}


class BarcodeDevice:
    def __init__(self, name: Path, framing: str = "cr") -> None:
        """`name`: a link to make, in a folder that is there. `framing`: of FRAMES, or "ssi"."""
        self.name, self.framing = name, framing
        self._reader = self._host = -1
        self.plug()

    def plug(self) -> None:
        self._reader, self._host = pty.openpty()
        tty.setraw(self._host)
        self.name.symlink_to(os.ttyname(self._host))

    def unplug(self) -> None:
        if self._reader >= 0:
            os.close(self._reader)
            os.close(self._host)
            self.name.unlink()
            self._reader = self._host = -1

    def scan(self, code: str) -> int:
        """How often it was sent. Raises TimeoutError if nobody acknowledged it (SSI only)."""
        if self.framing != "ssi":
            self.send(FRAMES[self.framing](code.encode()))
            return 1
        for tried in range(TRIES):
            status = RETRANSMIT if tried else 0
            self.send(packet(DECODE_DATA, CODE_128 + code.encode(), DECODER, status))
            if self.answer() == ACK:
                return tried + 1
        raise TimeoutError(code)

    def send(self, data: bytes) -> None:
        """As it is: noise, half a code."""
        os.write(self._reader, data)

    def answer(self, timeout_s: float = ANSWER_S) -> bytes:
        """What the host sent; empty after `timeout_s`."""
        ready, _, _ = select.select([self._reader], [], [], timeout_s)
        return os.read(self._reader, 256) if ready else b""
