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
from firmware.plate_acquisition import DEVICE as CASSETTE_READER
from firmware.plate_events import PlateErased, PlateFound
from sim.demo_plan import DemoPlan
from sim.demo_result import DemoResult, indices_of

HOPS = {
    "ScanStarted": "SCAN pressed; the scanner looks for the film",
    "FilmFound": "film found and cropped",
    "Stored": "stored: on disk, indexed, queued",
    "Sent": "sent: the archive accepted it",
    "CommitmentAsked": "commitment asked",
    "Committed": "committed: the archive keeps it",
    "PlateFound": "plate read, and looked at; its rows come",
    "PlateErased": "plate erased: its image is durable",
}
PLATE_STARTED = "SCAN pressed; the plate is read"


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
            case PlateFound():
                self._progress.console.print(f"  {HOPS['PlateFound']}")
                self._task = self._progress.add_task("reading", total=event.rows, mb_per_s=0.0)
            case ScanStarted(device=device) if device == CASSETTE_READER:
                self._progress.console.print(f"  {PLATE_STARTED}")
            case (
                ScanStarted() | Stored() | PlateErased() | Sent() | CommitmentAsked() | Committed()
            ):
                self._progress.console.print(f"  {HOPS[type(event).__name__]}")
            case _:
                pass


def hop_table(plan: DemoPlan, result: DemoResult) -> Table:
    what = "plate" if result.is_plate else "film"
    hops = {**HOPS, "ScanStarted": PLATE_STARTED} if result.is_plate else HOPS
    grid = Table(title=f"One {what} to {plan.archive.ae_title}", title_justify="left")
    grid.add_column("hop")
    grid.add_column("after the press", justify="right")
    for name, at_s in result.times_s:
        if name in hops:
            grid.add_row(hops[name], f"{at_s:.3f} s")
    grid.add_row("", "")
    match result.found:
        case FilmFound() as film:
            size = f"{film.film_size}, " if film.film_size else ""
            grid.add_row(
                what, f"{size}{film.columns} x {film.rows} px at {film.resolution_dpi} dpi"
            )
        case PlateFound() as plate:
            size = f"{plate.columns} x {plate.rows} px at {plate.pitch_um} um"
            grid.add_row(f"plate {plate.plate_id}", size)
            grid.add_row("exposure index", _indices(plan, result))
    return grid


def _indices(plan: DemoPlan, result: DemoResult) -> str:
    said = indices_of(plan, result)
    index, target, deviation = said.values()
    if index is None:
        return "none: the field says nothing"
    if target is None or deviation is None:
        return f"{index:.0f}"
    return f"{index:.0f}, target {target:.0f}, deviation {deviation:+.1f}"
