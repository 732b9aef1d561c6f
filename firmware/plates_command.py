"""`sapi-node plates`: each CR plate's life, and what it asks of a person. Changes nothing."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware.config import load_config
from firmware.index.plate_ledger import PlateLedger, Reading
from firmware.plate_care import PlateCare, Urgency, age, cared_for, signed
from firmware.plate_wiring import SIMULATED
from firmware.reports import open_index
from firmware.told_plainly import Speech, print_json, told_plainly
from firmware.wiring import open_clock
from hal.errors import Sentence

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The node's configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
DEFAULT_CONFIG = Path("node.toml")
STYLES = {Urgency.NOW: "red", Urgency.BEFORE_USE: "yellow", Urgency.WATCH: "bold"}
NOT_KNOWN = "-"

NONE = Sentence(en="No plate was read yet.", fr="Aucune plaque n'a encore été lue.")
TITLE = Sentence(
    en="Plates, what needs care first", fr="Plaques, celles qui demandent un soin d'abord"
)
NAMELESS = Sentence(en="(no number)", fr="(sans numéro)")
HEADINGS = (
    Sentence(en="plate", fr="plaque"),
    Sentence(en="read", fr="lectures"),
    Sentence(en="erased", fr="effacements"),
    Sentence(en="since", fr="depuis"),
    Sentence(en="stopped", fr="arrêts"),
    Sentence(en="rejected", fr="rejets"),
    Sentence(en="EI", fr="IE"),
    Sentence(en="DI", fr="ID"),
    Sentence(en="trend", fr="dérive"),
)


def plates(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """CR plates: readings, erasures, rejects, exposure index; what needs care first."""
    with told_plainly() as speech:
        loaded = load_config(config)
        speech.language = loaded.station.language
        section = loaded.cassette_reader or SIMULATED
        database = open_index(Path(loaded.store.path))
        try:
            known = PlateLedger(database).plates()
        finally:
            database.close()
        now = open_clock(loaded).now()
        found = cared_for(known, now, section.ghost_hours, loaded.station.zone)
    if as_json:
        return print_json([as_row(care) for care in found])
    return show(found, speech, Console())


def show(found: list[PlateCare], speech: Speech, console: Console) -> None:
    if not found:
        console.print(speech.told(NONE))
        return
    grid = Table(title=speech.told(TITLE), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(HEADINGS):
        grid.add_column(speech.told(heading), justify="right" if place else "left")
    for care in found:
        grid.add_row(*_cells(care, speech), style=STYLES.get(care.urgency))
    console.print(grid)
    for care in found:
        for need in care.needs:
            line = Text(f"{_name(care, speech)}: ", STYLES[need.urgency])
            console.print(line.append(Text(speech.told(need.sentence), "default")))


def _name(care: PlateCare, speech: Speech) -> str:
    return care.plate.plate_id or speech.told(NAMELESS)


def _cells(care: PlateCare, speech: Speech) -> list[str]:
    plate = care.plate
    return [
        _name(care, speech),
        str(plate.readings),
        str(plate.erasures),
        NOT_KNOWN if care.age_h is None else speech.told(age(care.age_h)),
        str(plate.stops),
        NOT_KNOWN if care.reject_rate is None else f"{100 * care.reject_rate:.0f} %",
        NOT_KNOWN if care.index is None else f"{care.index:.0f}",
        NOT_KNOWN if care.deviation is None else speech.told(signed(care.deviation)),
        NOT_KNOWN if care.trend is None else speech.told(signed(care.trend)),
    ]


def as_row(care: PlateCare) -> dict[str, Any]:
    """`deviation`, `index`: medians of the last readings; `trend`: a difference of deviations."""
    plate = care.plate
    last = plate.recent[0] if plate.recent else None
    stop = plate.last_stop
    return {
        "plate_id": plate.plate_id,
        "plate_type": plate.plate_type,
        "width_mm": plate.width_mm,
        "height_mm": plate.height_mm,
        "readings": plate.readings,
        "images": plate.images,
        "exposures": plate.exposures,
        "erasures": plate.erasures,
        "erased_at": _iso(last.erased_at if last else None),
        "hours_since_erased": None if care.age_h is None else round(care.age_h, 1),
        "stops": plate.stops,
        "stopped": stop and {"at": _iso(stop.at), "why": stop.doubt.value},
        "rejected": plate.rejected,
        "reject_rate": care.reject_rate,
        "index": care.index,
        "deviation": care.deviation,
        "trend": care.trend,
        "urgency": care.urgency.name.lower(),
        "needs": [{"en": need.sentence.en, "fr": need.sentence.fr} for need in care.needs],
        "recent": [_reading(reading) for reading in plate.recent],
    }


def _reading(reading: Reading) -> dict[str, Any]:
    exposure = reading.exposure
    return {
        "at": _iso(reading.begun_at),
        "state": reading.state.value,
        "exposure_index": exposure and exposure.index,
        "target_index": exposure and exposure.target,
        "deviation_index": exposure and exposure.deviation,
        "was_erased": reading.was_erased,
        "rejected": reading.is_rejected,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
