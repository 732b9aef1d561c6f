"""Rows of the index as a table in the terminal."""

from rich.table import Table

from firmware.panel_workflow import spoken_name
from firmware.reports import Row

HEADINGS = {"accession_number": "accession", "instances": "images", "last_error": "why"}
TO_SECONDS = len("2026-11-24T07:48:45")


def table(title: str, columns: tuple[str, ...], rows: list[Row]) -> Table:
    grid = Table(title=title if rows else f"{title}: nothing", title_justify="left")
    for column in columns if rows else ():
        heading = HEADINGS.get(column, column.replace("_", " ").removesuffix(" at"))
        grid.add_column(heading, overflow="fold", no_wrap=column.endswith("_at"))
    for row in rows:
        grid.add_row(*(_cell(column, row[column]) for column in columns))
    return grid


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if column.endswith("_at"):  # UTC, as it is stored
        return str(value)[:TO_SECONDS].replace("T", " ")
    return spoken_name(str(value)) if column == "name" else str(value)
