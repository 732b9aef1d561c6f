"""The "IS" frames that carry ESC/I over TCP, as SANE's `epson2:net:` client speaks them.

Big-endian, unlike ESC/I itself. Frames and decoder only: what is answered to which is the
device's affair.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

MAGIC = b"IS"
HEADER = struct.Struct(">2sHHIH")
COUNTS = struct.Struct(">II")
PAYLOAD_MAX_BYTES = 1 << 20  # the client sizes its blocks to 32 KiB; the rest is another protocol


class EsciNetError(ValueError):
    """The stream is not IS frames; nothing after it can be read."""


class Command(IntEnum):
    WELCOME = 0x8000
    LOCK = 0x2100
    LOCKED = 0xA100
    UNLOCK = 0x2101
    UNLOCKED = 0xA101
    PASS = 0x2000
    PASSED = 0xA000


@dataclass(frozen=True)
class Frame:
    command: int
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        return frame_header(self.command, len(self.payload)) + self.payload


def frame_header(command: int, payload_bytes: int) -> bytes:
    return HEADER.pack(MAGIC, command, HEADER.size, payload_bytes, 0)


@dataclass(frozen=True)
class PassPayload:
    """Payload of PASS: bytes for the scanner, and how many bytes of reply are wanted."""

    data: bytes
    reply_bytes: int

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        if len(payload) < COUNTS.size:
            raise EsciNetError(f"two counts expected, not {payload!r}")
        length, reply_bytes = COUNTS.unpack_from(payload)
        data = payload[COUNTS.size :]
        if length != len(data):
            raise EsciNetError(f"{length} bytes announced, {len(data)} came")
        return cls(data, reply_bytes)

    def to_bytes(self) -> bytes:
        return COUNTS.pack(len(self.data), self.reply_bytes) + self.data


class FrameDecoder:
    """Bytes in, frames out; a frame may be split anywhere. After an error it stays failed."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Raises EsciNetError."""
        self._pending += chunk
        while len(self._pending) >= HEADER.size:
            magic, command, header_bytes, length, _ = HEADER.unpack_from(self._pending)
            if magic != MAGIC or header_bytes != HEADER.size or length > PAYLOAD_MAX_BYTES:
                raise EsciNetError(f"no IS frame: {bytes(self._pending[: HEADER.size])!r}")
            end = HEADER.size + length
            if len(self._pending) < end:
                return
            payload = bytes(self._pending[HEADER.size : end])
            del self._pending[:end]
            yield Frame(command, payload)
