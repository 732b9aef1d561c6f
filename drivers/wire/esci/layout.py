"""Records whose fields say where they lie, so that a layout reads like the manual's table.

A record is a frozen dataclass; `at(offset, code)` gives a field its place and its `struct` code.
Bytes between the fields are written as 0 and not looked at when read.
"""

import struct
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Self

LITTLE_ENDIAN = "<"
TEXT_PADDING = b" \0"


class EsciFormatError(ValueError):
    """These bytes are not such a message, or this value does not fit in one."""


def at(offset: int, code: str, default: int | str = 0) -> Any:
    """A field at `offset`, of `struct` code B, H or I; `16s` and the like is ASCII text."""
    return field(default=default, metadata={"offset": offset, "code": code})


@dataclass(frozen=True)
class Record:
    """Base of the fixed-size messages; `SIZE` in bytes."""

    SIZE: ClassVar[int]

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        """Raises EsciFormatError unless it is exactly one such message."""
        if len(data) != cls.SIZE:
            raise EsciFormatError(f"{cls.__name__} has {cls.SIZE} bytes, not {len(data)}")
        places, form = _form(cls)
        values = zip(places, form.unpack(data), strict=True)
        return cls(**{place.name: _value(raw) for place, raw in values})

    def to_bytes(self) -> bytes:
        """Raises EsciFormatError when a value is too large for its field."""
        places, form = _form(type(self))
        try:
            return form.pack(*(_raw(getattr(self, p.name), p.metadata["code"]) for p in places))
        except (struct.error, UnicodeEncodeError) as error:
            raise EsciFormatError(f"{self} does not fit: {error}") from error


_Form = tuple[tuple[Field[Any], ...], struct.Struct]
_forms: dict[type[Record], _Form] = {}  # one a record class, made when first met


def _form(record: type[Record]) -> _Form:
    if record not in _forms:
        _forms[record] = _make_form(record)
    return _forms[record]


def _make_form(record: type[Record]) -> _Form:
    places = tuple(sorted(fields(record), key=lambda place: place.metadata["offset"]))
    codes, end = LITTLE_ENDIAN, 0
    for place in places:
        offset, code = place.metadata["offset"], place.metadata["code"]
        codes += f"{offset - end}x{code}"
        end = offset + struct.calcsize(LITTLE_ENDIAN + code)
    return places, struct.Struct(f"{codes}{record.SIZE - end}x")


def _value(raw: int | bytes) -> int | str:
    if isinstance(raw, int):
        return raw
    try:
        return raw.rstrip(TEXT_PADDING).decode("ascii")
    except UnicodeDecodeError as error:
        raise EsciFormatError(f"not ASCII: {raw!r}") from error


def _raw(value: int | str, code: str) -> int | bytes:
    if isinstance(value, int):
        return value
    text = value.encode("ascii")
    if len(text) > struct.calcsize(code):  # struct would cut it without a word
        raise EsciFormatError(f"{value!r} is longer than {struct.calcsize(code)} bytes")
    return text
