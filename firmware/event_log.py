"""One line an event, key=value, for the journal. UIDs and figures, never a name."""

import logging
from dataclasses import fields

from firmware.events import (
    CalibrationIgnored,
    CertificateEnds,
    CommitmentDenied,
    CommitmentNotTaken,
    Event,
    FellBack,
    FileDamaged,
    NotFetchedBack,
    NotSent,
    Recovered,
    RowsArrived,
    SaidDuplicate,
    SameFilm,
    ScanFailed,
    SpaceLow,
    WorkerFailed,
)
from firmware.plate_events import PlateTrouble
from hal.errors import Sentence

log = logging.getLogger("sapi.event")
_TROUBLE = (
    CalibrationIgnored,
    CertificateEnds,
    CommitmentDenied,
    CommitmentNotTaken,
    FellBack,
    FileDamaged,
    NotFetchedBack,
    NotSent,
    PlateTrouble,
    Recovered,
    SaidDuplicate,
    SameFilm,
    ScanFailed,
    SpaceLow,
    WorkerFailed,
)


def write_event(event: Event) -> None:
    if isinstance(event, RowsArrived):
        return  # hundreds a film; the end of the scan says how long it took
    level = logging.WARNING if isinstance(event, _TROUBLE) else logging.INFO
    log.log(level, "%s", line(event))


def line(event: Event) -> str:
    pairs = ((field.name, getattr(event, field.name)) for field in fields(event))
    return " ".join([f"event={type(event).__name__}", *(f"{n}={_text(v)}" for n, v in pairs)])


def _text(value: object) -> str:
    if isinstance(value, Sentence):
        return f'"{value.en}"'
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    return f'"{text}"' if " " in text or not text else text
