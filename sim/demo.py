"""One press, one film, safe in two places: the whole node on simulated devices, once.

The node is the product's own; what is simulated is the scanner behind its real USB driver, the
panel, the order and, unless one is named, the archive.
"""

import queue
import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.config import (
    DPI_MAX,
    DPI_MIN,
    ArchiveSection,
    FilmSection,
    NodeConfig,
    SimSection,
    StationSection,
    StoreSection,
)
from firmware.config_panel import PanelSection
from firmware.dicom.film import FilmObject
from firmware.events import (
    CommitmentAsked,
    CommitmentNotTaken,
    Committed,
    Event,
    FilmFound,
    Listener,
    NotSent,
    ScanFailed,
    Sent,
    Stored,
)
from firmware.node import Node
from firmware.panel_screens import NO_ORDERS
from firmware.wiring import device_settings
from hal.clock import Clock
from hal.devices import Devices
from hal.panel import Button, Lamp, Screen
from sim.backend import open_simulated
from sim.films import open_film
from sim.panel_device import SimulatedPanel

RESERVE_MIB = 64
READY_S = 30.0  # for the orders to be there
LOOK_S = 0.01
ARCHIVE = "archive"
"""There is one here, and it needs no better name."""


@dataclass(frozen=True)
class ArchiveName:
    """AET@HOST:PORT."""

    ae_title: str
    host: str
    port: int

    @property
    def section(self) -> ArchiveSection:
        return ArchiveSection(
            ae_title=self.ae_title, host=self.host, port=self.port, compression="none"
        )


@dataclass(frozen=True)
class DemoPlan:
    film: Path | None
    """None: the example."""
    film_dpi: int | None
    resolution_dpi: int | None
    """None: the film's own."""
    film_object: FilmObject
    folder: Path
    archive: ArchiveName
    listen_port: int
    wait_s: float
    """For each of: sent, committed."""


@dataclass
class DemoResult:
    """What the node itself said, event by event; nothing here is assumed."""

    stored: Stored | None = None
    found: FilmFound | None = None
    sent: Sent | None = None
    committed: bool = False
    commit_s: float = 0.0
    why: str = ""
    """Why it went no further; empty when the archive has committed."""
    commitment_offered: bool = True
    times_s: list[tuple[str, float]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """As far as this archive can go: one without commitment can only receive."""
        return self.sent is not None and (self.committed or not self.commitment_offered)


def run_demo(plan: DemoPlan, listener: Listener) -> DemoResult:
    """Press SCAN, and wait until the archive has committed or there is a reason why not."""
    config = _config(plan)
    devices, _ = open_simulated(device_settings(config))
    events: queue.Queue[Event] = queue.Queue()

    def hear(event: Event) -> None:
        listener(event)
        events.put(event)

    try:
        node = Node(config, devices, hear)
        node.start()
        try:
            return _press_and_follow(devices, events, plan.wait_s)
        finally:
            node.stop()
    finally:
        devices.close()


def _press_and_follow(devices: Devices, events: "queue.Queue[Event]", wait_s: float) -> DemoResult:
    clock, result = devices.clock, DemoResult()
    pressed_s = clock.monotonic_s()
    panel = devices.panel
    assert isinstance(panel, SimulatedPanel)  # noqa: S101 -- open_simulated made it
    _choose_and_confirm(panel, clock)
    asked_s = deadline_s = float("inf")
    while not result.committed and not result.why:
        try:
            event = events.get(timeout=min(wait_s, 0.5))
        except queue.Empty:
            if clock.monotonic_s() > deadline_s:
                what = "commit" if result.sent else "answer"
                result.why = f"the archive did not {what} within {wait_s:g} s"
            continue
        if _is_of_an_earlier_run(result, event):
            continue
        now_s = clock.monotonic_s()
        _take(result, event)
        if isinstance(event, Stored | Sent):
            deadline_s = now_s + wait_s
        if isinstance(event, CommitmentAsked):
            asked_s = now_s
        if isinstance(event, Committed):
            result.commit_s = now_s - asked_s
        result.times_s.append((type(event).__name__, now_s - pressed_s))
    return result


def _choose_and_confirm(panel: SimulatedPanel, clock: Clock) -> None:
    """SCAN for each thing that the display says, until it scans."""
    deadline_s = clock.monotonic_s() + READY_S
    pressed: Screen | None = None
    while not panel.lamps.get(Lamp.WORKING) and clock.monotonic_s() < deadline_s:
        screen = panel.screens[-1] if panel.screens else None
        if screen is not None and screen.message != NO_ORDERS and screen is not pressed:
            panel.press(Button.SCAN)
            pressed = screen
        clock.sleep(LOOK_S)


def _is_of_an_earlier_run(result: DemoResult, event: Event) -> bool:
    """The folder keeps its queue: what became of an older image says nothing of this one."""
    match event:
        case Sent() | NotSent() | Committed():
            return result.stored is None or event.sop_instance_uid != result.stored.sop_instance_uid
        case CommitmentAsked() | CommitmentNotTaken():
            return result.sent is None
        case _:
            return False


def _take(result: DemoResult, event: Event) -> None:
    match event:
        case FilmFound():
            result.found = event
        case Stored():
            result.stored = event
        case Sent():
            result.sent = event
        case Committed():
            result.committed = True
        case ScanFailed() | NotSent():
            result.why = str(event.sentence)
        case CommitmentNotTaken():
            result.why = str(event.sentence)
            result.commitment_offered = not event.refused


def as_json(plan: DemoPlan, result: DemoResult, preview: Path | None) -> dict[str, Any]:
    stored, found, sent = result.stored, result.found, result.sent
    return {
        "sop_instance_uid": stored and stored.sop_instance_uid,
        "file": stored and str((plan.folder / "node" / stored.path).resolve()),
        "preview": preview and str(preview),
        "rows": stored and stored.rows,
        "columns": stored and stored.columns,
        "film_size": found and found.film_size,
        "resolution_dpi": found and found.resolution_dpi,
        "sha256": stored and stored.sha256,
        "archive": plan.archive.ae_title,
        "stored": stored is not None,
        "sent": sent is not None,
        "committed": result.committed,
        "why": result.why,
        "seconds": {
            "scan": stored and round(stored.scan_s, 4),
            "last_row_to_durable": stored and round(stored.last_row_to_durable_s, 4),
            "send": sent and round(sent.send_s, 4),
            "commit": round(result.commit_s, 4) if result.committed else None,
        },
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _config(plan: DemoPlan) -> NodeConfig:
    film = open_film(plan.film, plan.film_dpi)
    return NodeConfig(
        backend="sim",
        station=StationSection(
            institution_name="Hôpital de démonstration",
            listen_host="127.0.0.1",
            listen_port=plan.listen_port,
        ),
        store=StoreSection(path=str(plan.folder / "node"), reserve_mib=RESERVE_MIB),
        film=FilmSection(
            resolution_dpi=plan.resolution_dpi or min(max(film.dpi, DPI_MIN), DPI_MAX),
            object=plan.film_object.value,
        ),
        archives={ARCHIVE: plan.archive.section},
        panel=PanelSection(look_s=0.0),
        sim=SimSection(film=str(plan.film or ""), film_dpi=film.dpi),
    )
