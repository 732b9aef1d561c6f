"""Rows of the index for the terminal, 80 columns wide, each UID whole on one line: it is copied.

Short values stand in columns; what is long (a UID, a sentence) goes below its row.
"""

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from firmware.panel_workflow import spoken_name
from firmware.reports import Row
from hal.errors import Sentence

HEADINGS = {
    "accession_number": Sentence("accession", "n° de demande"),
    "birth_date": Sentence("birth date", "né(e) le"),
    "images": Sentence("images", "images"),
    "instances": Sentence("images", "images"),
    "last_error": Sentence("why", "raison"),
    "last_image_at": Sentence("last image", "dernière image"),
    "name": Sentence("name", "nom"),
    "patient_id": Sentence("patient id", "n° du patient"),
    "scheduled_date": Sentence("scheduled date", "prévue le"),
}
"""A column that is not among them is called what the index calls it."""
NOTHING = Sentence("{title}: nothing", "{title} : rien")
TO_SECONDS = len("2026-11-24T07:48:45")
GAP = "  "
INDENT = 4  # with a UID of 64 characters (PS3.5 9.1) within 80 columns


def table(
    title: str,
    columns: tuple[str, ...],
    rows: list[Row],
    below: tuple[str, ...] = (),
    language: str = "en",
) -> RenderableType:
    """The last of `columns` may be of any length."""
    if not rows:
        return NOTHING.fill(title=title).said(language)
    headings = [_heading(column, language) for column in columns]
    cells = [[_cell(column, row[column]) for column in columns] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(headings, *cells, strict=True)]
    parts: list[RenderableType] = [Text(title, "italic"), Text(_line(headings, widths), "bold")]
    for row, line in zip(rows, cells, strict=True):
        parts += [Text(_line(line, widths)), *_below(row, below)]
    return Group(*parts, "")


def steps_table(rows: list[Row]) -> RenderableType:
    """What the RIS is still to be told of examinations (MPPS), and what it refused."""
    below = ("sop_instance_uid", "last_error")
    return table("To tell the RIS", ("state", "tries", "opened_at", "due_at"), rows, below)


def _below(row: Row, columns: tuple[str, ...]) -> Iterator[RenderableType]:
    for column in columns:
        if said := _cell(column, row[column]):
            yield Padding(Text(said), (0, 0, 0, INDENT), expand=False)


def _line(cells: list[str], widths: list[int]) -> str:
    padded = (set_cell_size(cell, width) for cell, width in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()


def _heading(column: str, language: str) -> str:
    is_time = _is_time(column)
    own = column.removesuffix("at").removesuffix("_") if is_time else column.replace("_", " ")
    name = HEADINGS[column].said(language) if column in HEADINGS else own
    return f"{name} (UTC)".lstrip() if is_time else name


def _is_time(column: str) -> bool:
    return column == "at" or column.endswith("_at")


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if _is_time(column):
        return str(value)[:TO_SECONDS].replace("T", " ")
    return spoken_name(str(value)) if column == "name" else str(value)
