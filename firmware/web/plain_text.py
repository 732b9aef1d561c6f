"""Text from outside as it may stand on a page: no control characters, no direction tricks, an end.

Markup is the templates' matter (autoescape); this is what escaping leaves through. Every value of
every template passes here, and every text of the JSON answers.
"""

import unicodedata
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from firmware.index.database import moment

SHOWN_MAX = 400
"""Longer than any sentence of the node; a name of 64 characters a component fits."""
REPLACED = "\N{REPLACEMENT CHARACTER}"
HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Control, format (the right-to-left override is one), private, surrogates, separators of lines."""


def plain(text: str, length_max: int = SHOWN_MAX) -> str:
    shown = "".join(REPLACED if unicodedata.category(one) in HIDDEN else one for one in text)
    return shown if len(shown) <= length_max else f"{shown[: length_max - 1]}…"


def finalize(value: Any) -> Any:
    """jinja's last word on each value, before it is escaped."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return plain(value)
    return "" if value is None else value


def plain_json(value: Any) -> Any:
    """The same, within lists and dictionaries."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: plain_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(one) for one in value]
    return value


def person(name: str) -> str:
    """FAMILY^Given^Middle, of its alphabetic group (PS3.5 6.2.1), as people write it."""
    return " ".join(part for part in _components(name) if part)


def family(name: str) -> str:
    """What a person types of it: the family name, or whatever stands first where there is none."""
    return next((part for part in _components(name) if part.strip()), "")


def _components(name: str) -> list[str]:
    """Of the first group that says something: an alphabetic one can be missing."""
    return next((group for group in name.split("=") if group.strip("^ ")), "").split("^")


def day(date: str) -> str:
    """YYYYMMDD as DD/MM/YYYY; anything else as it is."""
    if len(date) == 8 and date.isdigit():
        return f"{date[6:]}/{date[4:6]}/{date[:4]}"
    return date


def local_time(stamped: str, zone: ZoneInfo, now: datetime, *, seconds: bool = False) -> str:
    """Of the index's stamp: the hour of today, else with the day."""
    if not stamped:
        return ""
    try:
        local = moment(stamped).astimezone(zone)
    except ValueError:
        return stamped
    same_day = local.date() == now.astimezone(zone).date()
    hour = "%H:%M:%S" if seconds else "%H:%M"
    return local.strftime(hour if same_day else f"%d/%m/%Y {hour}")


def size(count: float, *, french: bool) -> str:
    """Bytes as a person reads them: 74,9 Go or 74.9 GB."""
    power = min(4, max(0, (len(str(int(count))) - 1) // 3))
    shown = f"{count / 1000**power:.{1 if power > 1 else 0}f}"
    unit = ("", "k", "M", "G", "T")[power]
    return f"{shown.replace('.', ',')} {unit}o" if french else f"{shown} {unit}B"
