"""Coded entries (PS3.3 8.8): the standard's own that we use, and any as a sequence's item."""

from collections.abc import Iterable

from pydicom.dataset import Dataset

from firmware.dicom import values
from hal.values import Code

FILM_DIGITIZER = Code("FILMD", "DCM", "Film Digitizer")  # PS3.16 CID 7005


def items(codes: Iterable[Code]) -> list[Dataset]:
    """Of those that can be said whole: a code with a part cut off is another code."""
    return [_item(code) for code in codes if is_whole(code)]


def is_whole(code: Code) -> bool:
    parts = (code.value, code.scheme, code.meaning)
    return all(parts) and all(values.text(part, 255) == part for part in parts[:2])


def _item(code: Code) -> Dataset:
    """PS3.3 table 8.8-1a: a value of more than 16 characters has an attribute of its own."""
    item = Dataset()
    is_long = len(code.value) > values.SHORT_STRING_MAX
    setattr(item, "LongCodeValue" if is_long else "CodeValue", code.value)
    item.CodingSchemeDesignator = code.scheme
    if code.scheme_version:
        item.CodingSchemeVersion = values.text(code.scheme_version, values.SHORT_STRING_MAX)
    item.CodeMeaning = values.text(code.meaning)
    return item
