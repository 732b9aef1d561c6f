"""Bytes of a barcode reader that sends plain text: lines, or STX to ETX.

Lines end with CR, LF or both. Time is an argument; what a silence cut in two is never put
together, since its halves may be of two patients.
"""

from dataclasses import dataclass, field

from drivers.wire.barcode_codes import CODE_BYTES_MAX, IDLE_S, Code, Refusal, Refused, as_code

STX, ETX, LF, CR = 0x02, 0x03, 0x0A, 0x0D


@dataclass
class TextCodes:
    _data: bytearray = field(default_factory=bytearray, init=False)
    _framed: bool = field(default=False, init=False)
    """An STX came: only ETX ends it."""
    _too_long: bool = field(default=False, init=False)
    _fed_s: float | None = field(default=None, init=False)

    def feed(self, data: bytes, now_s: float) -> list[Code | Refused]:
        """The codes that end in `data`. Never raises, never keeps more than one code."""
        if self._fed_s is not None and now_s - self._fed_s > IDLE_S:
            self._start(framed=False)
        self._fed_s = now_s
        return [code for byte in data if (code := self._take(byte)) is not None]

    def _take(self, byte: int) -> Code | Refused | None:
        if byte == STX:
            self._start(framed=True)
        elif byte == ETX or (byte in (CR, LF) and not self._framed):
            return self._end()
        elif len(self._data) < CODE_BYTES_MAX:
            self._data.append(byte)
        else:
            self._too_long = True
        return None

    def _start(self, framed: bool) -> None:
        self._data.clear()
        self._framed, self._too_long = framed, False

    def _end(self) -> Code | Refused | None:
        """Nothing between two ends is no code: CR LF, or ETX CR."""
        data, too_long = bytes(self._data), self._too_long
        self._start(framed=False)
        if too_long:
            return Refused(Refusal.TOO_LONG)
        return as_code(data) if data else None
