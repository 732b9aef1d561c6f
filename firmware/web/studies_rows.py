"""Studies and where each one's images stand, per archive, with the time of the last step there.

Plain questions to the index; nothing is said that it does not know.
"""

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from firmware.index.database import Database, stamp

STUDIES_MAX = 200
"""A week of a busy room: more is no list for a person."""
IMAGES = (
    "SELECT study.*, patient.name, patient.patient_id, patient.birth_date, sop_instance_uid,"
    " stored_at, condition, destination, state, sent_at, committed_at, confirmed_at, due_at,"
    " last_error, tries, verdict, looked_at.at AS looked"
    " FROM ({studies} ORDER BY opened_at DESC LIMIT :count_max) AS study"
    " JOIN patient ON patient.id = study.patient"
    " JOIN series ON series.study = study_instance_uid"
    " JOIN instance ON instance.series = series_instance_uid"
    " LEFT JOIN outbox ON outbox.instance = sop_instance_uid"
    " LEFT JOIN looked_at ON looked_at.instance = sop_instance_uid"
    " ORDER BY opened_at DESC, study_instance_uid, series_number, instance_number, destination"
)
SINCE = IMAGES.format(studies="SELECT * FROM study WHERE opened_at >= :since")
OF_NAME = IMAGES.format(
    studies="SELECT * FROM study WHERE patient IN"
    " (SELECT rowid FROM patient_search WHERE patient_search MATCH :words)"
)


@dataclass
class Stands:
    """So many images of a study in one state on their way to one archive, and since when."""

    state: str
    count: int = 0
    at: str = ""


@dataclass
class StudyRow:
    uid: str
    name: str
    patient_id: str
    birth_date: str
    accession: str
    description: str
    urgent: bool
    opened_at: str
    images: list[str] = field(default_factory=list)
    conditions: Counter[str] = field(default_factory=Counter)
    """Of the files here, those that are not good."""
    ways: dict[str, dict[str, Stands]] = field(default_factory=dict)
    """archive -> state -> how many."""


def of_day(database: Database, now: datetime, zone: ZoneInfo) -> list[StudyRow]:
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return _studies(database, SINCE, {"since": stamp(midnight)})


def of_name(database: Database, name: str) -> list[StudyRow]:
    """By the beginnings of its parts, accents or not; empty when there is no letter in it."""
    words = " ".join(f'"{word}"*' for word in re.findall(r"\w+", name)[:8])
    return _studies(database, OF_NAME, {"words": words}) if words else []


def _studies(database: Database, question: str, named: dict[str, str]) -> list[StudyRow]:
    found: dict[str, StudyRow] = {}
    for row in database.rows(question, {**named, "count_max": str(STUDIES_MAX)}):
        uid = row["study_instance_uid"]
        if uid not in found:
            found[uid] = StudyRow(
                uid,
                row["name"],
                row["patient_id"],
                row["birth_date"],
                row["accession_number"],
                row["description"],
                row["priority"] == "urgent",
                row["opened_at"],
            )
        _add(found[uid], row)
    return list(found.values())


def _add(study: StudyRow, row: sqlite3.Row) -> None:
    of = dict(row)
    image = of["sop_instance_uid"]
    if image not in study.images:
        study.images.append(image)
        if of["condition"] != "good":
            study.conditions[of["condition"]] += 1
    if of["destination"] is None:
        return
    state, at = standing(of)
    stands = study.ways.setdefault(of["destination"], {}).setdefault(state, Stands(state))
    stands.count += 1
    stands.at = max(stands.at, at)


def standing(of: dict[str, Any]) -> tuple[str, str]:
    """(state as people see it, when it began)."""
    state = of["state"]
    if state == "queued" and of["verdict"] == "waiting":
        return "waiting", of["stored_at"]
    if of["verdict"] == "rejected" and state in ("queued", "withdrawn"):
        return "rejected", of["looked"]
    times = {
        "committed": of["committed_at"],
        "confirmed by query": of["confirmed_at"] or of["sent_at"],
        "sent": of["sent_at"],
        "awaiting": of["sent_at"],
        "unproven, awaiting": of["sent_at"],
    }
    return state, times.get(state) or of["stored_at"]
