"""Bodies of the cassette reader's messages, to bytes and back. Pure.

A body that is too short, too long or out of range is Malformed, and nothing else is ever raised
for what came from the line.
"""

import struct
from collections.abc import Callable
from dataclasses import astuple, fields

from drivers.wire.cassette_messages import (
    Cancel,
    Credit,
    Done,
    Eject,
    Erase,
    Error,
    Identify,
    Identity,
    Kind,
    Load,
    Loaded,
    Message,
    Missing,
    Read,
    ReadEnd,
    Reading,
    Samples,
    State,
    Status,
    Working,
)
from drivers.wire.cassette_samples import scramble

TEXT_BYTES_MAX = 64
PITCHES_MAX = 16  # a reader has two or three
MISSING_MAX = 32  # pieces asked for in one message


class Malformed(ValueError):
    """A frame came whole, and its body is not what its type says."""


NUMBERS: dict[Kind, tuple[type[Message], struct.Struct]] = {
    Kind.IDENTIFY: (Identify, struct.Struct("<")),
    Kind.STATUS: (Status, struct.Struct("<")),
    Kind.LOAD: (Load, struct.Struct("<")),
    Kind.READ: (Read, struct.Struct("<IIHHHI")),
    Kind.CREDIT: (Credit, struct.Struct("<III")),
    Kind.ERASE: (Erase, struct.Struct("<III")),
    Kind.EJECT: (Eject, struct.Struct("<")),
    Kind.CANCEL: (Cancel, struct.Struct("<I")),
    Kind.STATE: (State, struct.Struct("<BBI")),
    Kind.READING: (Reading, struct.Struct("<IIIHHB")),
    Kind.READ_END: (ReadEnd, struct.Struct("<III")),
    Kind.DONE: (Done, struct.Struct("<B")),
    Kind.WORKING: (Working, struct.Struct("<B")),
}
"""Bodies that are numbers only, in the order of the fields."""
_PIECE = struct.Struct("<II")
_SAMPLES_HEAD = struct.Struct("<II")
_PLATE = struct.Struct("<HHIB")
_GAINS = struct.Struct("<HH")


def body_of(message: Message) -> tuple[Kind, bytes]:
    """Raises struct.error or ValueError for a value that its field can't hold."""
    match message:
        case Missing():
            pieces = b"".join(_PIECE.pack(*piece) for piece in message.pieces)
            head = struct.pack("<IB", message.read, len(message.pieces))
            return Kind.MISSING, head + pieces
        case Samples():
            head = _SAMPLES_HEAD.pack(message.read, message.first_sample)
            return Kind.SAMPLES, head + scramble(message.samples)
        case Identity():
            return Kind.IDENTITY, _identity_body(message)
        case Loaded():
            texts = _text(message.plate_id) + _text(message.plate_type)
            numbers = (message.width_mm, message.height_mm, message.exposures, message.flags)
            return Kind.LOADED, texts + _PLATE.pack(*numbers)
        case Error():
            return Kind.ERROR, struct.pack("<H", message.code) + _text(message.detail)
    kind = _KIND_OF[type(message)]
    return kind, NUMBERS[kind][1].pack(*astuple(message))


def message_of(kind: int, body: bytes) -> Message:
    """Raises Malformed, and nothing else."""
    try:
        if kind in NUMBERS:
            made, layout = NUMBERS[Kind(kind)]
            return made(*layout.unpack(body))
        return _PARSERS[Kind(kind)](_Body(body))
    except (struct.error, ValueError, KeyError) as error:
        raise Malformed(f"type {kind:02X}, {len(body)} bytes: {error}") from error


_KIND_OF = {made: kind for kind, (made, _) in NUMBERS.items()}


class _Body:
    """Taken from the front; `end` says that nothing is left."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def text(self) -> str:
        (length,) = self.numbers("<B")
        raw = self._data[self._at : self._at + length]
        if length > TEXT_BYTES_MAX or len(raw) < length:
            raise ValueError("a text that is cut off or too long")
        self._at += length
        return raw.decode("utf-8")

    def rest(self) -> bytes:
        taken, self._at = self._data[self._at :], len(self._data)
        return taken

    def end(self) -> None:
        if self._at != len(self._data):
            raise ValueError(f"{len(self._data) - self._at} bytes too many")


def _text(text: str) -> bytes:
    raw = text.encode("utf-8")
    if len(raw) > TEXT_BYTES_MAX:
        raise ValueError(f"a text of {len(raw)} bytes")
    return bytes((len(raw),)) + raw


def _identity_body(identity: Identity) -> bytes:
    texts = b"".join(_text(getattr(identity, field.name)) for field in fields(identity)[:4])
    pitches = identity.pitches_um
    numbers = struct.pack(f"<BB{len(pitches)}H", identity.bits, len(pitches), *pitches)
    gains = (identity.gain_lowest_thousandths, identity.gain_highest_thousandths)
    return texts + numbers + _GAINS.pack(*gains)


def _identity(body: _Body) -> Identity:
    maker, model, serial_number, version = (body.text() for _ in range(4))
    bits, count = body.numbers("<BB")
    if not 1 <= count <= PITCHES_MAX:
        raise ValueError(f"{count} pitches")
    pitches = body.numbers(f"<{count}H")
    lowest, highest = body.numbers("<HH")
    body.end()
    return Identity(maker, model, serial_number, version, bits, pitches, lowest, highest)


def _loaded(body: _Body) -> Loaded:
    plate_id, plate_type = body.text(), body.text()
    loaded = Loaded(plate_id, plate_type, *body.numbers(_PLATE.format))
    body.end()
    return loaded


def _missing(body: _Body) -> Missing:
    read, count = body.numbers("<IB")
    if not 1 <= count <= MISSING_MAX:
        raise ValueError(f"{count} pieces")
    numbers = body.numbers(f"<{2 * count}I")
    body.end()
    return Missing(read, tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def _samples(body: _Body) -> Samples:
    read, first_sample = body.numbers(_SAMPLES_HEAD.format)
    scrambled = body.rest()
    if not scrambled or len(scrambled) % 2:
        raise ValueError("no whole samples")
    return Samples(read, first_sample, scramble(scrambled))


def _error(body: _Body) -> Error:
    (code,), detail = body.numbers("<H"), body.text()
    body.end()
    return Error(code, detail)


_PARSERS: dict[Kind, Callable[[_Body], Message]] = {
    Kind.IDENTITY: _identity,
    Kind.LOADED: _loaded,
    Kind.MISSING: _missing,
    Kind.SAMPLES: _samples,
    Kind.ERROR: _error,
}
