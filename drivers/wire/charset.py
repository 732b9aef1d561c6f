"""Text as a peer sends it, whatever character set it claims to be in.

What comes in is often declared wrongly: Latin-1 bytes under ISO_IR 192, UTF-8 under ISO_IR 100,
ISO 2022 IR 100 alone or in a list. So bytes are believed before the declaration: UTF-8 is hard to
be by accident. Nothing here ever raises.
"""

import unicodedata
import warnings
from collections.abc import Sequence

from pydicom.charset import convert_encodings, decode_bytes

ESCAPE = 0x1B
DELIMITERS = {0x5C, 0x5E, 0x3D}  # PS3.5 6.1.2.5.3: \ ^ = reset the character set in a PN
FALLBACK = "cp1252"
"""Latin-1, where French HIS say so or say nothing, with the oe ligature that Latin-1 lacks."""


def decode_text(raw: bytes, declared: Sequence[str] = ()) -> str:
    """`raw` as text, without its padding. `declared` is Specific Character Set (0008,0005).

    In this order: ISO 2022 escapes as declared, UTF-8 when it is valid UTF-8, the declared set
    when it fits, else Windows-1252, in which every byte that French needs means something.
    """
    value = raw.rstrip(b" \0")
    if ESCAPE not in value:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    as_declared = _decoded_as(value, declared)
    return as_declared if as_declared is not None else value.decode(FALLBACK, errors="replace")


def _decoded_as(value: bytes, declared: Sequence[str]) -> str | None:
    """None when the declaration is empty, unknown, or not what these bytes are in."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pydicom warns and goes on with replacement characters
        try:
            text: str = decode_bytes(value, convert_encodings(list(declared)), DELIMITERS)
        except (LookupError, UnicodeError, UserWarning, ValueError, TypeError, AttributeError):
            return None
    # ISO 8859 has control characters where Windows-1252 has letters: that is not a name in it.
    return None if not declared or any(_is_control(letter) for letter in text) else text


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc"
