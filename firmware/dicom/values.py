"""Values from orders made fit for DICOM (PS3.5 6.2), by one rule for each kind.

Words for people (names, descriptions) are cleaned and cut: a film must not wait for a comma.
They are cut by bytes of UTF-8: PS3.5 6.2 counts characters, but validators (dciodvfy, pydicom)
and archives' columns count bytes, and what fits the smaller measure fits both.
Identifiers are never changed, for a cut identifier is somebody else's: what does not fit is
refused. Codes that are none are left out, and nothing is guessed in their place.
"""

import re
import unicodedata
from datetime import datetime

from firmware.dicom.charset import mend_text
from hal.errors import ConfigError, Sentence

LONG_STRING_MAX = 64
SHORT_STRING_MAX = 16
NAME_GROUP_MAX = 64  # PS3.5 6.2: of a component group of a PN
NAME_GROUPS_MAX = 3  # alphabetic, ideographic, phonetic
NAME_COMPONENTS_MAX = 5  # family, given, middle, prefix, suffix

BAD_IDENTIFIER = Sentence(
    en="The {field} of this order, {value!r}, does not fit in DICOM ({limit} characters at most, "
    "no backslash); correct it where the order was made.",
    fr="Ce champ de la demande ne tient pas dans DICOM : {field}, {value!r} ({limit} caractères "
    "au plus, sans barre oblique inverse) ; corrigez-le à la source de la demande.",
)

CODE = re.compile(r"[A-Z0-9 _]{1,16}")
UID = re.compile(r"(?=.{1,64}\Z)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
DATE = re.compile(r"(1[89]|20|21)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")

UNPRINTABLE = ("Cc", "Cs", "Cn", "Co")  # control, surrogate, unassigned, private use


def text(value: str, length_max: int = LONG_STRING_MAX) -> str:
    """One line without control characters or backslashes, cut to `length_max` bytes."""
    printable = (
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", mend_text(value))
        if letter.isspace() or unicodedata.category(letter) not in UNPRINTABLE
    )
    one_line = " ".join("".join(printable).replace("\\", "/").split())
    return _cut(one_line, length_max).rstrip()


def person_name(value: str) -> str:
    """FAMILY^Given^Middle^Prefix^Suffix, groups of at most 64 bytes.

    Components past the fifth join the fifth, groups past the third are dropped, and what is
    over 64 bytes is cut from the end, where prefix and suffix are.
    """
    groups = [_name_group(group) for group in value.split("=")[:NAME_GROUPS_MAX]]
    return "=".join(groups).rstrip("=")


def _name_group(group: str) -> str:
    components = [text(component) for component in group.split("^")]
    last = " ".join(filter(None, components[NAME_COMPONENTS_MAX - 1 :]))
    kept = [*components[: NAME_COMPONENTS_MAX - 1], last]
    return _cut("^".join(kept), NAME_GROUP_MAX).rstrip("^ ")


def _cut(value: str, bytes_max: int) -> str:
    return value.encode()[:bytes_max].decode(errors="ignore")  # half a letter at the end is none


def identifier(value: str, field: Sentence, length_max: int = LONG_STRING_MAX) -> str:
    """`value` as it is, but for the blanks around it. Raises ConfigError when it does not fit."""
    stripped = value.strip(" ")
    printable = all(unicodedata.category(letter) not in UNPRINTABLE for letter in stripped)
    if len(stripped) > length_max or "\\" in stripped or not printable:
        raise ConfigError(BAD_IDENTIFIER.fill(field=field, value=value, limit=length_max))
    return stripped


def uid(value: str, field: Sentence) -> str:
    """A UID as it is. Raises ConfigError when it is none (PS3.5 9.1)."""
    if not UID.fullmatch(value):
        raise ConfigError(BAD_IDENTIFIER.fill(field=field, value=value, limit=LONG_STRING_MAX))
    return value


def code_string(value: str) -> str:
    """A CS in capitals, or empty when it cannot be one."""
    capitals = value.strip().upper()
    return capitals if CODE.fullmatch(capitals) else ""


def date(value: str) -> str:
    """A DA, or empty when it is not a date that exists."""
    stripped = value.strip()
    if not DATE.fullmatch(stripped):
        return ""
    try:
        datetime.strptime(stripped, "%Y%m%d")
    except ValueError:
        return ""
    return stripped
