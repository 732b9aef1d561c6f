"""`make bench`: run every measurement, print the table, write bench/results.json."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figure import Figure

MEASUREMENTS = (
    "film_memory",
    "film_durable",
    "press",
    "syncs",
    "usb",
    "plate",
    "sending",
    "lossless",
    "thin_line",
    "recovery",
    "index_lookups",
    "scrub",
)
TABLE_COLUMNS = 150  # the longest names and references, unbroken
RESULTS = Path(__file__).parent / "results.json"


def measure(names: tuple[str, ...], console: Console) -> Iterator[Figure]:
    for name in names:
        with console.status(f"measuring {name} ..."):
            figures: Callable[[], Iterator[Figure]] = import_module(f"bench.{name}").figures
            yield from figures()


def table(figures: list[Figure]) -> Table:
    grid = Table(title="sapi-node, measured")
    for heading in ("what", "figure", "reference, same run", "ratio", "wanted", "met"):
        grid.add_column(heading, justify="left" if heading in ("what", "wanted") else "right")
    for figure in figures:
        reference = (
            "" if figure.reference is None else f"{figure.reference_name} {figure.reference:.4g}"
        )
        ratio = "" if figure.reference is None else f"{figure.judged:.2f}"
        wanted = "" if figure.wanted is None else f"{figure.wanted.value} {figure.limit:g}"
        met = {None: "", True: "yes", False: "NO"}[figure.met]
        grid.add_row(
            figure.name, f"{figure.value:.4g} {figure.unit}", reference, ratio, wanted, met
        )
    return grid


def main() -> None:
    console = Console(width=TABLE_COLUMNS)
    names = tuple(sys.argv[1:]) or MEASUREMENTS
    figures = list(measure(names, console))
    console.print(table(figures))
    rows = [asdict(f) | {"wanted": f.wanted and f.wanted.value, "met": f.met} for f in figures]
    RESULTS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    console.print(f"written: {RESULTS}")


if __name__ == "__main__":
    main()
