"""Frames of the cassette reader's protocol: COBS, a header, a body, a CRC-32, a zero.

Pure. A frame that is wrong in any way is counted and dropped, as docs/protocols/cassette-reader.md
has it: who waits for it asks again. Nothing here raises, and nothing grows without bound.
"""

import struct
import zlib
from dataclasses import dataclass, field

from drivers.wire import cobs

VERSION = 1
HEADER = struct.Struct("<BBH")  # version, type, sequence
CRC = struct.Struct("<I")
SAMPLES_BYTES_MAX = 32_768
FRAME_BYTES_MAX = SAMPLES_BYTES_MAX + 32  # header, CRC, and the ten bytes before the samples
CODED_BYTES_MAX = FRAME_BYTES_MAX + FRAME_BYTES_MAX // cobs.BLOCK_MAX + 1
SEQUENCES = 1 << 16


@dataclass(frozen=True)
class Frame:
    kind: int
    sequence: int
    body: bytes

    def to_bytes(self) -> bytes:
        """As it stands on the line, with the zero that ends it."""
        plain = HEADER.pack(VERSION, self.kind, self.sequence % SEQUENCES) + self.body
        if len(plain) + CRC.size > FRAME_BYTES_MAX:
            raise ValueError(f"a body of {len(self.body)} bytes is too long for a frame")
        return cobs.encode(plain + CRC.pack(zlib.crc32(plain))) + b"\0"


@dataclass
class FrameReader:
    """Bytes in, whole frames out, wherever the bytes were cut."""

    dropped: int = field(default=0, init=False)
    """Frames that did not come whole: noise on the line."""
    _pieces: list[bytes] = field(default_factory=list, init=False)
    _held_bytes: int = field(default=0, init=False)

    def feed(self, chunk: bytes) -> list[Frame]:
        *ended, rest = chunk.split(b"\0")
        frames = []
        for piece in ended:
            self._hold(piece)
            if (frame := self._end()) is not None:
                frames.append(frame)
        self._hold(rest)
        return frames

    def _hold(self, piece: bytes) -> None:
        """Counts what is beyond the longest frame, and keeps none of it."""
        if self._held_bytes <= CODED_BYTES_MAX:
            self._pieces.append(piece)
        self._held_bytes += len(piece)

    def _end(self) -> Frame | None:
        coded, held_bytes = b"".join(self._pieces), self._held_bytes
        self._pieces.clear()
        self._held_bytes = 0
        if not held_bytes:
            return None  # two zeros: a sender that ends the noise before its frame
        frame = _parse(coded) if held_bytes <= CODED_BYTES_MAX else None
        self.dropped += frame is None
        return frame


def _parse(coded: bytes) -> Frame | None:
    try:
        plain = cobs.decode(coded)
    except cobs.NotCobs:
        return None
    if not HEADER.size + CRC.size <= len(plain) <= FRAME_BYTES_MAX:
        return None
    (crc,) = CRC.unpack_from(plain, len(plain) - CRC.size)
    version, kind, sequence = HEADER.unpack_from(plain)
    if version != VERSION or zlib.crc32(memoryview(plain)[: -CRC.size]) != crc:
        return None
    return Frame(kind, sequence, plain[HEADER.size : -CRC.size])
