"""The array's status as plain JSON: for `--json`, for the page, and kept for the next start."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from firmware.array_troubles import ALL_WELL, Trouble
from hal.errors import Sentence
from hal.storage_array import ArrayStatus, MemberHealth


def array_report(status: ArrayStatus, found: Iterable[Trouble] = ()) -> dict[str, Any]:
    told = list(found)
    return {
        "kind": status.kind,
        "state": status.state.value,
        "sentence": _sentence(told[0].sentence if told else ALL_WELL),
        "troubles": [
            {"kind": each.kind.value, "member": each.member, **_sentence(each.sentence)}
            for each in told
        ],
        "members": [_member(member) for member in status.members],
        "progress": _progress(status),
        "unmirrored_bytes": status.unmirrored_bytes,
        "scrub": asdict(status.scrub) if status.scrub else None,
    }


def no_array_report(reason: Sentence) -> dict[str, Any]:
    """For a store that is on a single disk."""
    return {"kind": "none", "state": "not mirrored", "sentence": _sentence(reason), "members": []}


def unreadable_report(found: Trouble) -> dict[str, Any]:
    """For an array that could not be asked."""
    return {
        "kind": "unknown",
        "state": "unknown",
        "sentence": _sentence(found.sentence),
        "members": [],
    }


def _member(member: MemberHealth) -> dict[str, Any]:
    return {
        "name": member.name,
        "device": member.device,
        "state": member.state.value,
        "errors": {**asdict(member.errors), "total": member.errors.total},
        "smart": member.smart.value,
        "smart_note": member.smart_note,
    }


def _progress(status: ArrayStatus) -> dict[str, Any] | None:
    if status.progress is None:
        return None
    return {"task": status.progress.task.value, "fraction": round(status.progress.fraction, 3)}


def _sentence(sentence: Sentence) -> dict[str, str]:
    return {"en": sentence.en, "fr": sentence.fr}
