"""What the demo shows: the rows as they come, then each hop with its time."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from firmware.events import (
    CommitmentAsked,
    Committed,
    Event,
    FilmFound,
    RowsArrived,
    ScanStarted,
    Sent,
    Stored,
)
from sim.demo import DemoPlan, DemoResult

HOPS = {
    "ScanStarted": "SCAN pressed; the scanner looks for the film",
    "FilmFound": "film found and cropped",
    "Stored": "stored: on disk, indexed, queued",
    "Sent": "sent: the archive accepted it",
    "CommitmentAsked": "commitment asked",
    "Committed": "committed: the archive keeps it",
}


class DemoView:
    """A listener that draws; the node does not wait for it."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} rows"),
            TextColumn("{task.fields[mb_per_s]:.0f} MB/s"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "DemoView":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def hear(self, event: Event) -> None:
        match event:
            case FilmFound():
                self._progress.console.print(f"  {HOPS['FilmFound']}")
                self._task = self._progress.add_task("scanning", total=event.rows, mb_per_s=0.0)
            case RowsArrived() if self._task is not None:
                rate = event.size_bytes / 1e6 / max(event.elapsed_s, 1e-6)
                self._progress.update(self._task, completed=event.rows, mb_per_s=rate)
            case ScanStarted() | Stored() | Sent() | CommitmentAsked() | Committed():
                self._progress.console.print(f"  {HOPS[type(event).__name__]}")
            case _:
                pass


def hop_table(plan: DemoPlan, result: DemoResult) -> Table:
    grid = Table(title=f"One film to {plan.archive.ae_title}", title_justify="left")
    grid.add_column("hop")
    grid.add_column("after the press", justify="right")
    for name, at_s in result.times_s:
        if name in HOPS:
            grid.add_row(HOPS[name], f"{at_s:.3f} s")
    if found := result.found:
        size = f"{found.film_size}, " if found.film_size else ""
        grid.add_row("", "")
        grid.add_row(
            "film", f"{size}{found.columns} x {found.rows} px at {found.resolution_dpi} dpi"
        )
    return grid
