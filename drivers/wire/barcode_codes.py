"""What a barcode reader has to say, and the limits that both of its protocols keep."""

from dataclasses import dataclass
from enum import Enum

CODE_BYTES_MAX = 256
"""An SSI packet carries 250, and a wristband's identity in a Data Matrix about 200."""
IDLE_S = 0.5
"""Half a code after such a silence is dropped: at 9600 baud a whole one takes 0.27 s."""
GROUP_SEPARATOR = "\x1d"
"""What readers send for FNC1 between two elements of a GS1 code (GS1 General Specifications
7.8.6): the one control character that a code may have."""


class Symbology(Enum):
    """As far as it changes what the characters mean."""

    UNKNOWN = "unknown"
    PLAIN = "plain"
    GS1 = "gs1"
    CODABAR = "codabar"


@dataclass(frozen=True)
class Code:
    text: str
    symbology: Symbology = Symbology.UNKNOWN


class Refusal(Enum):
    TOO_LONG = "too long"
    NOT_TEXT = "not text"


@dataclass(frozen=True)
class Refused:
    """Something was read that is no wristband and no order: it is said, not dropped."""

    why: Refusal


def as_code(data: bytes, symbology: Symbology = Symbology.UNKNOWN) -> Code | Refused:
    """UTF-8, and Latin-1 where it is not; no control character but the group separator."""
    if len(data) > CODE_BYTES_MAX:
        return Refused(Refusal.TOO_LONG)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if not text.replace(GROUP_SEPARATOR, "").isprintable():
        return Refused(Refusal.NOT_TEXT)
    return Code(text, symbology)
