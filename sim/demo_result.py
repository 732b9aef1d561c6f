"""What a demo's node said, event by event, and what it comes to; nothing here is assumed."""

import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom

from firmware.events import (
    CommitmentAsked,
    CommitmentNotTaken,
    Committed,
    Event,
    FilmFound,
    NotSent,
    ScanFailed,
    Sent,
    Stored,
)
from firmware.plate_events import PlateErased, PlateFound, PlateTrouble
from sim.demo_plan import DemoPlan

NO_ANSWER = "the archive did not {what} within {wait_s:g} s"
NOT_ERASED = "the reader did not erase the plate within {wait_s:g} s"
INDICES = {
    "exposure_index": "ExposureIndex",
    "target_index": "TargetExposureIndex",
    "deviation_index": "DeviationIndex",
}


@dataclass
class DemoResult:
    is_plate: bool = False
    stored: Stored | None = None
    found: FilmFound | PlateFound | None = None
    sent: Sent | None = None
    committed: bool = False
    commit_s: float = 0.0
    why: str = ""
    """Why it went no further; empty when the archive has committed."""
    commitment_offered: bool = True
    erased: bool = False
    erase_s: float = 0.0
    """From durable to erased."""
    trouble: str = ""
    """Why the plate was not erased, though its image is stored."""
    times_s: list[tuple[str, float]] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """As far as this archive can go: one without commitment can only receive."""
        is_done = self.committed or not self.commitment_offered
        return self.sent is not None and is_done and (self.erased or not self.is_plate)

    @property
    def is_over(self) -> bool:
        """For the archive, and for the reader where a plate was stored."""
        waits_for_reader = self.is_plate and self.stored is not None
        is_reader_done = self.erased or self.trouble or not waits_for_reader
        return bool((self.committed or self.why) and is_reader_done)

    def time_is_up(self, wait_s: float) -> None:
        if self.committed or self.why:
            self.trouble = NOT_ERASED.format(wait_s=wait_s)
        else:
            self.why = NO_ANSWER.format(what="commit" if self.sent else "answer", wait_s=wait_s)

    def is_of_another(self, event: Event) -> bool:
        """The folder keeps its queue: what became of an older image says nothing of this one."""
        match event:
            case Sent() | NotSent() | Committed() | PlateErased():
                return self.stored is None or event.sop_instance_uid != self.stored.sop_instance_uid
            case CommitmentAsked() | CommitmentNotTaken():
                return self.sent is None
            case PlateTrouble():
                return self.stored is None
            case _:
                return False

    def take(self, event: Event) -> None:
        match event:
            case FilmFound() | PlateFound():
                self.found = event
            case Stored():
                self.stored = event
            case Sent():
                self.sent = event
            case Committed():
                self.committed = True
            case PlateErased():
                self.erased = True
            case PlateTrouble():
                self.trouble = str(event.sentence)
            case ScanFailed() | NotSent():
                self.why = str(event.sentence)
            case CommitmentNotTaken():
                self.why = str(event.sentence)
                self.commitment_offered = not event.refused
            case _:
                pass


def as_json(plan: DemoPlan, result: DemoResult, preview: Path | None) -> dict[str, Any]:
    stored, sent = result.stored, result.sent
    return {
        "sop_instance_uid": stored and stored.sop_instance_uid,
        "file": stored and str((plan.store / stored.path).resolve()),
        "preview": preview and str(preview),
        "rows": stored and stored.rows,
        "columns": stored and stored.columns,
        **(_of_plate(plan, result) if result.is_plate else _of_film(result)),
        "sha256": stored and stored.sha256,
        "archive": plan.archive.ae_title,
        "stored": stored is not None,
        "sent": sent is not None,
        "committed": result.committed,
        "why": result.why or result.trouble,
        "seconds": _seconds(result),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _seconds(result: DemoResult) -> dict[str, float | None]:
    stored, sent = result.stored, result.sent
    seconds = {
        "scan": round(stored.scan_s, 4) if stored else None,
        "last_row_to_durable": round(stored.last_row_to_durable_s, 4) if stored else None,
        "send": round(sent.send_s, 4) if sent else None,
        "commit": round(result.commit_s, 4) if result.committed else None,
    }
    if result.is_plate:
        seconds["erase"] = round(result.erase_s, 4) if result.erased else None
    return seconds


def _of_film(result: DemoResult) -> dict[str, Any]:
    found = result.found if isinstance(result.found, FilmFound) else None
    return {
        "film_size": found and found.film_size,
        "resolution_dpi": found and found.resolution_dpi,
    }


def _of_plate(plan: DemoPlan, result: DemoResult) -> dict[str, Any]:
    found = result.found if isinstance(result.found, PlateFound) else None
    return {
        "plate_id": found and found.plate_id,
        "pitch_um": found and found.pitch_um,
        **indices_of(plan, result),
        "erased": result.erased,
    }


def indices_of(plan: DemoPlan, result: DemoResult) -> dict[str, float | None]:
    """Exposure index, target and deviation, as the stored file says them (PS3.3 C.8.1.2)."""
    if result.stored is None:
        return dict.fromkeys(INDICES)
    header = pydicom.dcmread(plan.store / result.stored.path, stop_before_pixels=True)
    said = {key: header.get(keyword) for key, keyword in INDICES.items()}
    return {key: None if value is None else float(value) for key, value in said.items()}
