"""Attributes of a data set that a peer made, as text, without believing what it says of itself.

Text is taken from the bytes by drivers/wire/charset.py, and never by pydicom, which believes
Specific Character Set. Nothing here judges a value; whatever cannot be read raises MalformedPdu.
"""

from collections.abc import Iterator
from itertools import islice

from pydicom import Dataset

from drivers.wire.charset import decode_text
from drivers.wire.p_data import MalformedPdu

ITEMS_MAX = 16
"""Of one sequence: an order has one or two codes and identities."""


class ToldValues:
    """A data set, or an item of one, which inherits the character sets around it (PS3.5 7.5.3)."""

    def __init__(self, data_set: Dataset, declared: tuple[str, ...] = ()) -> None:
        self._data_set = data_set
        self._declared = tuple(_ascii(data_set, "SpecificCharacterSet")) or declared

    def text(self, keyword: str) -> str:
        """The first value, without the blanks around it; empty when absent."""
        raw = _raw(self._data_set, keyword)
        return decode_text(raw, self._declared).split("\\")[0].strip() if raw else ""

    def items(self, keyword: str) -> Iterator["ToldValues"]:
        """At most ITEMS_MAX of them."""
        try:
            found = self._data_set.get(keyword)
            items = list(islice(found or (), ITEMS_MAX))
        except Exception as error:  # pydicom raises whatever the bytes make it stumble over
            raise MalformedPdu(f"{keyword} cannot be read") from error
        for item in items:
            if not isinstance(item, Dataset):
                raise MalformedPdu(f"{keyword} is no sequence")
            yield ToldValues(item, self._declared)


def _ascii(data_set: Dataset, keyword: str) -> list[str]:
    raw = _raw(data_set, keyword)
    return [name.strip(" \0") for name in raw.decode("ascii", "replace").split("\\")] if raw else []


def _raw(data_set: Dataset, keyword: str) -> bytes:
    try:
        element: object = data_set.get_item(keyword)
    except Exception as error:  # as above
        raise MalformedPdu(f"{keyword} cannot be read") from error
    value = getattr(element, "value", None)
    if not value:
        return b""
    if not isinstance(value, bytes):
        raise MalformedPdu(f"{keyword} is no text")
    return value
