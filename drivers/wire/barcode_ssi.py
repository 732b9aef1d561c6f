"""Zebra's (Symbol's) Simple Serial Interface, as far as a host needs it that only listens.

A packet (SE 923 Integration Guide 70-37052-01, table 6-2): length of all but the checksum,
opcode, message source, status, data, and the 16-bit two's complement of the sum of all before it,
high byte first. Each DECODE_DATA is answered with CMD_ACK, or with CMD_NAK to have it again.
It never opens a port.
"""

from dataclasses import dataclass, field

from drivers.wire.barcode_codes import (
    CODE_BYTES_MAX,
    IDLE_S,
    Code,
    Refusal,
    Refused,
    Symbology,
    as_code,
)

CMD_ACK, CMD_NAK, DECODE_DATA = 0xD0, 0xD1, 0xF3
DECODER, HOST = 0x00, 0x04
RETRANSMIT, CONTINUED = 0x01, 0x02
"""Bits of the status. Continued: more packets of this message follow (DS9908 Reference Guide)."""
NAK_RESEND = 0x01
"""Cause: the checksum does not fit."""
HEAD_BYTES, CHECKSUM_BYTES = 4, 2
SYMBOLOGIES = {
    0x02: Symbology.CODABAR,
    0x0F: Symbology.GS1,  # GS1-128
    0x30: Symbology.GS1,  # GS1 DataBar
    0x31: Symbology.GS1,
    0x32: Symbology.GS1,
    0xC1: Symbology.GS1,  # GS1 Data Matrix
    0xC2: Symbology.GS1,  # GS1 QR
}
"""By the bar code type, the first byte of DECODE_DATA's data; all others are plain."""


def packet(opcode: int, data: bytes = b"", source: int = HOST, status: int = 0) -> bytes:
    """`data`: at most 251 bytes, the length is one byte."""
    head = bytes((HEAD_BYTES + len(data), opcode, source, status)) + data
    return head + checksum(head)


def checksum(head: bytes) -> bytes:
    return (-sum(head) & 0xFFFF).to_bytes(CHECKSUM_BYTES, "big")


ACK = packet(CMD_ACK)
NAK = packet(CMD_NAK, bytes((NAK_RESEND,)))


@dataclass(frozen=True)
class Reply:
    """To be written before anything else: the reader waits for it."""

    data: bytes


SsiEvent = Reply | Code | Refused


@dataclass
class SsiCodes:
    _waiting: bytearray = field(default_factory=bytearray, init=False)
    """Less than one packet."""
    _parts: bytearray = field(default_factory=bytearray, init=False)
    """Data of the packets that were to be continued."""
    _last: bytes = field(default=b"", init=False)
    """The last DECODE_DATA, to know it again when our answer was lost."""
    _fed_s: float | None = field(default=None, init=False)

    def feed(self, data: bytes, now_s: float) -> list[SsiEvent]:
        """What the packets in `data` come to. Never raises, never grows."""
        if self._fed_s is not None and now_s - self._fed_s > IDLE_S:
            self._waiting.clear()
        self._fed_s = now_s
        events: list[SsiEvent] = []
        for byte in data:
            self._waiting.append(byte)
            events += self._take()
        return events

    def _take(self) -> list[SsiEvent]:
        """One byte at a time is skipped until a packet's head can begin there."""
        while self._waiting and not _may_begin(self._waiting):
            del self._waiting[0]
        if not self._waiting or len(self._waiting) < self._waiting[0] + CHECKSUM_BYTES:
            return []
        whole = bytes(self._waiting)
        self._waiting.clear()
        head, check = whole[:-CHECKSUM_BYTES], whole[-CHECKSUM_BYTES:]
        if checksum(head) != check:
            return [Reply(NAK)]
        return self._hear(head)

    def _hear(self, head: bytes) -> list[SsiEvent]:
        opcode, status, data = head[1], head[3], head[HEAD_BYTES:]
        if opcode in (CMD_ACK, CMD_NAK):
            return []  # an answer to an answer would never end
        if opcode != DECODE_DATA or not data:
            return [Reply(ACK)]
        again = bool(status & RETRANSMIT) and _without_retransmit(head) == self._last
        self._last = _without_retransmit(head)
        return [Reply(ACK)] if again else [Reply(ACK), *self._decoded(data, status)]

    def _decoded(self, data: bytes, status: int) -> list[SsiEvent]:
        self._parts += data[1:] if len(self._parts) <= CODE_BYTES_MAX else b""
        if status & CONTINUED:
            return []
        code = bytes(self._parts)
        self._parts.clear()
        if len(code) > CODE_BYTES_MAX:
            return [Refused(Refusal.TOO_LONG)]
        return [as_code(code, SYMBOLOGIES.get(data[0], Symbology.PLAIN))] if code else []


def _may_begin(waiting: bytearray) -> bool:
    """A length that has room for a head, and the decoder as the source."""
    return waiting[0] >= HEAD_BYTES and (len(waiting) < 3 or waiting[2] == DECODER)


def _without_retransmit(head: bytes) -> bytes:
    return head[:3] + bytes((head[3] & ~RETRANSMIT,)) + head[HEAD_BYTES:]
