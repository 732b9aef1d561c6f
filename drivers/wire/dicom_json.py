"""DICOM JSON (PS3.18 annex F) as far as STOW-RS and QIDO-RS answer in it. Pure.

Reads what is there and believes nothing of it; what is not as PS3.18 has it is Malformed.
"""

import json
from dataclasses import dataclass
from typing import Any

from hal.values import SopReference, Uid

FAILED = "00081198"
REFERENCED = "00081199"
"""Failed SOP Sequence and Referenced SOP Sequence (PS3.3 C.14 and PS3.18 table I.2-1)."""
REFERENCED_CLASS = "00081150"
REFERENCED_INSTANCE = "00081155"
WARNING_REASON = "00081196"
FAILURE_REASON = "00081197"
SOP_CLASS = "00080016"
SOP_INSTANCE = "00080018"


class Malformed(ValueError):
    """Not an answer in DICOM JSON."""


@dataclass(frozen=True)
class StoreAnswer:
    """Reasons by SOP Instance UID."""

    stored: dict[Uid, int]
    """0, or the Warning Reason (0008,1196)."""
    failed: dict[Uid, int]
    """The Failure Reason (0008,1197)."""


def store_answer(body: bytes) -> StoreAnswer:
    """The Store Instances Response (PS3.18 I.2). Raises Malformed."""
    answer = parsed(body)
    if not isinstance(answer, dict):
        raise Malformed("not a data set")
    return StoreAnswer(
        _reasons(answer, REFERENCED, WARNING_REASON, otherwise=0),
        _reasons(answer, FAILED, FAILURE_REASON, otherwise=None),
    )


def listed(body: bytes) -> frozenset[SopReference]:
    """The instances of a QIDO-RS answer (PS3.18 10.6.3.3). Raises Malformed."""
    answer = parsed(body)
    if not isinstance(answer, list):
        raise Malformed("not a list of data sets")
    return frozenset(
        SopReference(Uid(str(_value(one, SOP_CLASS))), Uid(str(_value(one, SOP_INSTANCE))))
        for one in answer
    )


def parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error


def _reasons(
    answer: dict[str, Any], sequence: str, reason: str, otherwise: int | None
) -> dict[Uid, int]:
    items = _element(answer, sequence).get("Value", [])
    if not isinstance(items, list):
        raise Malformed(f"{sequence} is no sequence")
    found = {}
    for item in items:
        code = _value(item, reason, otherwise)
        if not isinstance(code, int):
            raise Malformed(f"{reason} is no number")
        found[Uid(str(_value(item, REFERENCED_INSTANCE)))] = code
    return found


def _element(data_set: Any, tag: str) -> dict[str, Any]:
    element = data_set.get(tag, {}) if isinstance(data_set, dict) else None
    if not isinstance(element, dict):
        raise Malformed(f"{tag} is no element")
    return element


def _value(data_set: Any, tag: str, otherwise: object = None) -> object:
    """The first value. Raises Malformed where there is none and nothing to take instead."""
    values = _element(data_set, tag).get("Value")
    value = values[0] if isinstance(values, list) and values else otherwise
    if value is None:
        raise Malformed(f"no {tag}")
    return value
