"""The last image, or any: its page, its presets, and parts of its pixels."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from starlette.responses import RedirectResponse, Response

from firmware.index.database import Database
from firmware.web.page import NotThere, Visit
from firmware.web.pixels import PART_MAX_PX, Head, Open, Part, PixelReader, overview, read_head
from firmware.web.plain_text import day, person, plain
from firmware.web.shades import presets, voi_table
from hal.disk import FileReader
from hal.errors import Sentence

UID = re.compile(r"[0-9.]{1,64}")
FACTOR_MAX = 64
AROUND = 12
"""So many neighbours in its study are offered; a film series has two or four."""
NO_SUCH = Sentence(en="There is no such image here.", fr="Cette image n'est pas ici.")
NOT_HERE = Sentence(
    en="This image is not on this node any more: only the archive has it. "
    "`sapi-node index fetch` brings it back.",
    fr="Cette image n'est plus sur ce poste : seule l'archive la conserve. "
    "« sapi-node index fetch » la rapatrie.",
)


class ImagePages:
    def __init__(self) -> None:
        self._reader = PixelReader()

    def last(self, visit: Visit) -> Response:
        with visit.page.reading() as database:
            rows = database.rows(
                "SELECT sop_instance_uid FROM instance WHERE condition = 'good'"
                " ORDER BY stored_at DESC, rowid DESC LIMIT 1"
            )
        if not rows:
            return visit.html("told.html", sentence=visit.say.no_image)
        return RedirectResponse(f"/images/{rows[0]['sop_instance_uid']}", 303)

    def show(self, visit: Visit) -> Response:
        row, others, head, _ = self._found(visit)
        _note(visit, row)
        return visit.html(
            "image.html", image=row, head=_said(head.dataset), others=others, view=self._view(head)
        )

    def lut(self, visit: Visit) -> Response:
        _, _, head, _ = self._found(visit)
        if "VOILUTSequence" not in head.dataset:
            raise NotThere(NO_SUCH)
        return Response(voi_table(head), media_type="application/octet-stream")

    def part(self, visit: Visit) -> Response:
        """Its size and factor are in the answer's headers: whatever was asked is kept in bounds."""
        row, _, head, open_file = self._found(visit)
        _note(visit, row)
        part = _part(visit, head)
        data = self._reader.part(row["sha256"], open_file, head, part)
        columns, rows = part.size
        headers = {"X-Columns": str(columns), "X-Rows": str(rows)}
        return Response(data, headers=headers, media_type="application/octet-stream")

    def _view(self, head: Head) -> dict[str, Any]:
        """What the script needs to know of it."""
        whole = overview(head.columns, head.rows)
        return {
            "columns": head.columns,
            "rows": head.rows,
            "factor": whole.factor,
            "part": PART_MAX_PX // 2,
            "inverted": head.dataset.get("PhotometricInterpretation") == "MONOCHROME1",
            "presets": [{**preset, "name": plain(preset["name"], 40)} for preset in presets(head)],
        }

    def _found(self, visit: Visit) -> tuple[sqlite3.Row, list[sqlite3.Row], Head, Open]:
        uid = visit.request.path_params["uid"]
        with visit.page.reading() as database:
            row = _row(database, uid)
            others = database.rows(
                "SELECT sop_instance_uid, instance_number FROM instance"
                " JOIN series ON series_instance_uid = series WHERE study = ?"
                " AND condition = 'good' ORDER BY series_number, instance_number LIMIT ?",
                (row["study"], AROUND),
            )
        if row["condition"] != "good":
            raise NotThere(NOT_HERE)
        open_file: Callable[[], AbstractContextManager[FileReader]] = partial(
            visit.page.disk.open, row["path"]
        )
        return row, others, read_head(open_file), open_file


def _row(database: Database, uid: str) -> sqlite3.Row:
    rows = UID.fullmatch(uid) and database.rows(
        "SELECT instance.*, study, accession_number, description, priority, name, patient_id,"
        " birth_date, sex FROM instance JOIN series ON series_instance_uid = series"
        " JOIN study ON study_instance_uid = study JOIN patient ON patient.id = patient"
        " WHERE sop_instance_uid = ?",
        (uid,),
    )
    if not rows:
        raise NotThere(NO_SUCH)
    row: sqlite3.Row = rows[0]
    return row


def _note(visit: Visit, row: sqlite3.Row) -> None:
    """Each viewing is on the trail, once a session and image: not each tile of it."""
    if visit.session.views(row["sop_instance_uid"]):
        visit.page.trail(visit.session.actor, "image viewed", row["sop_instance_uid"])


def _said(dataset: Any) -> dict[str, str]:
    """Side and view from the header, and nothing that is not in it."""
    side = str(dataset.get("ImageLaterality") or dataset.get("Laterality") or "")
    view = str(dataset.get("ViewPosition") or "")
    return {
        "side": side if side in ("L", "R", "B") else "",
        "view": view,
        "body_part": str(dataset.get("BodyPartExamined") or ""),
        "name": person(str(dataset.get("PatientName") or "")),
        "birth_date": day(str(dataset.get("PatientBirthDate") or "")),
        "sex": str(dataset.get("PatientSex") or ""),
        "patient_id": str(dataset.get("PatientID") or ""),
        "accession": str(dataset.get("AccessionNumber") or ""),
        "station": str(dataset.get("StationName") or ""),
        "description": str(dataset.get("StudyDescription") or ""),
    }


def _part(visit: Visit, head: Head) -> Part:
    """Without a query the overview; else x, y, factor, kept within the image."""
    asked = visit.request.query_params
    if "factor" not in asked:
        return overview(head.columns, head.rows)
    factor = min(max(_number(asked.get("factor")), 1), FACTOR_MAX)
    side = factor * (PART_MAX_PX // 2)
    x = min(_number(asked.get("x")), head.columns - 1)
    y = min(_number(asked.get("y")), head.rows - 1)
    return Part(x, y, min(side, head.columns - x), min(side, head.rows - y), factor)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0
