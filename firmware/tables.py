"""Rows of the index as a table in the terminal."""

from rich.table import Table

from firmware.reports import Row


def table(title: str, columns: tuple[str, ...], rows: list[Row]) -> Table:
    grid = Table(title=title, title_justify="left")
    for column in columns:
        grid.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        grid.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
    return grid
