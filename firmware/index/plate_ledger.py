"""What the index knows of each plate: its readings, its erasures, where one was stopped. Read only.

No patient is in it: a plate's number is a thing's. Files alone do not bring it back.
"""

from dataclasses import dataclass
from datetime import datetime

from firmware.imaging.exposure_index import Exposure
from firmware.index.database import Database, moment
from firmware.index.plate_reads import PLATE_OBJECT, STOPPED
from firmware.plate_doubts import Doubt
from firmware.plate_moves import ReadState

PLATES_MAX = 200  # a large film room has 60; the ones read last
RECENT_MAX = 100  # readings of each plate that trends and plots are made of

TOTALS = (
    "SELECT plate_id, count(*) AS readings, sum(state IN ('stored', 'erased')) AS images,"
    " sum(erased_at IS NOT NULL) AS erasures, max(exposures) AS exposures,"
    " sum(EXISTS (SELECT 1 FROM looked_at"
    "  WHERE instance = sop_instance_uid AND verdict = 'rejected')) AS rejected"
    " FROM plate_read GROUP BY plate_id ORDER BY max(number) DESC LIMIT ?"
)
RECENT = (
    "SELECT *, EXISTS (SELECT 1 FROM looked_at"
    "  WHERE instance = sop_instance_uid AND verdict = 'rejected') AS is_rejected"
    " FROM plate_read WHERE plate_id = ? ORDER BY number DESC LIMIT ?"
)
STOPS = (  # a range over the index on audit.object; ';' is the character after ':'
    "SELECT object, max(at) AS at, detail, count(*) AS stops FROM audit"
    " WHERE object >= 'plate:' AND object < 'plate;' AND action = ? GROUP BY object"
)


@dataclass(frozen=True)
class Reading:
    begun_at: datetime
    state: ReadState
    was_erased: bool
    """As the reader said before it."""
    stored_at: datetime | None
    erased_at: datetime | None
    exposure: Exposure | None
    is_rejected: bool


@dataclass(frozen=True)
class Stop:
    """A plate that was in the reader and was not read."""

    at: datetime
    doubt: Doubt


@dataclass(frozen=True)
class PlateHistory:
    plate_id: str
    """Empty: of images that a reader kept, and nobody here had them read."""
    plate_type: str = ""
    width_mm: int = 0
    height_mm: int = 0
    readings: int = 0
    images: int = 0
    erasures: int = 0
    rejected: int = 0
    exposures: int = 0
    """By the plate's own counter, when it was last read."""
    stops: int = 0
    last_stop: Stop | None = None
    recent: tuple[Reading, ...] = ()
    """The newest first; at most RECENT_MAX."""


class PlateLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def plates(self) -> list[PlateHistory]:
        """The ones read last first, at most PLATES_MAX; then those that were only ever stopped."""
        stops = self._stops()
        known = [
            self._history(dict(row), stops.pop(row["plate_id"], (0, None)))
            for row in self._database.rows(TOTALS, (PLATES_MAX,))
        ]
        only_stopped = [
            PlateHistory(plate_id, stops=count, last_stop=last)
            for plate_id, (count, last) in stops.items()
        ]
        return known + only_stopped[: max(0, PLATES_MAX - len(known))]

    def exposures_of(self, plate_id: str) -> int:
        """The plate's own counter when it was last read; 0: it never was."""
        ((count,),) = self._database.rows(
            "SELECT coalesce(max(exposures), 0) FROM plate_read WHERE plate_id = ?", (plate_id,)
        )
        return int(count)

    def _history(self, totals: dict[str, int], stops: tuple[int, Stop | None]) -> PlateHistory:
        plate_id = str(totals["plate_id"])
        rows = self._database.rows(RECENT, (plate_id, RECENT_MAX))
        newest = rows[0]
        return PlateHistory(
            plate_id=plate_id,
            plate_type=newest["plate_type"],
            width_mm=newest["width_mm"],
            height_mm=newest["height_mm"],
            readings=totals["readings"],
            images=totals["images"],
            erasures=totals["erasures"],
            rejected=totals["rejected"],
            exposures=totals["exposures"],
            stops=stops[0],
            last_stop=stops[1],
            recent=tuple(_reading(dict(row)) for row in rows),
        )

    def _stops(self) -> dict[str, tuple[int, Stop | None]]:
        """By plate: how often, and the last one."""
        return {
            row["object"].removeprefix(PLATE_OBJECT): (
                row["stops"],
                Stop(moment(row["at"]), Doubt(row["detail"])),
            )
            for row in self._database.rows(STOPS, (STOPPED,))
        }


def _reading(row: dict[str, object]) -> Reading:
    index, target, deviation = (
        row[key] for key in ("exposure_index", "target_index", "deviation_index")
    )
    exposure = None
    if isinstance(index, float):
        exposure = Exposure(
            index,
            target if isinstance(target, float) else None,
            deviation if isinstance(deviation, float) else None,
        )
    return Reading(
        begun_at=moment(str(row["begun_at"])),
        state=ReadState(row["state"]),
        was_erased=bool(row["is_erased"]),
        stored_at=_moment(row["stored_at"]),
        erased_at=_moment(row["erased_at"]),
        exposure=exposure,
        is_rejected=bool(row["is_rejected"]),
    )


def _moment(stamped: object) -> datetime | None:
    return moment(str(stamped)) if stamped else None
