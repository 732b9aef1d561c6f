"""Rows of the index as a table in the terminal, 80 columns wide where that can be."""

from rich import box
from rich.console import RenderableType
from rich.table import Table

from firmware.panel_workflow import spoken_name
from firmware.reports import Row

HEADINGS = {"accession_number": "accession", "instances": "images", "last_error": "why"}
TO_SECONDS = len("2026-11-24T07:48:45")


def table(title: str, columns: tuple[str, ...], rows: list[Row]) -> RenderableType:
    if not rows:
        return f"{title}: nothing"
    grid = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        heading = HEADINGS.get(column, column.replace("_", " ").removesuffix(" at"))
        grid.add_column(heading, overflow="fold", no_wrap=_is_time(column))
    for row in rows:
        grid.add_row(*(_cell(column, row[column]) for column in columns))
    return grid


def _is_time(column: str) -> bool:
    return column == "at" or column.endswith("_at")


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if _is_time(column):  # UTC, as it is stored
        return str(value)[:TO_SECONDS].replace("T", " ")
    return spoken_name(str(value)) if column == "name" else str(value)
