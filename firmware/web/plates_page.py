"""CR plates: what each needs, its readings and rejects, its exposure index over time. No patient is
on it: a plate's number is a thing's."""

from dataclasses import dataclass

from starlette.responses import Response

from firmware.index.plate_ledger import PlateLedger, Reading
from firmware.plate_care import PlateCare, Urgency, age, cared_for, signed
from firmware.web.page import Visit
from firmware.web.plates_plots import Plot, Point, deviation_plot, index_plot
from hal.errors import Sentence

LISTED_MAX = 20  # readings of each plate in words; the plots have them all
TAGS = {Urgency.NOW: "now", Urgency.BEFORE_USE: "before_use", Urgency.WATCH: "watch"}


@dataclass(frozen=True)
class ShownPlate:
    care: PlateCare
    index_plot: Plot | None
    deviation_plot: Plot | None
    target: float | None
    """Target Exposure Index of its last reading that had one."""

    @property
    def name(self) -> str:
        return self.care.plate.plate_id

    @property
    def urgency(self) -> str:
        """Of a tag and its words; empty: it needs nothing."""
        return TAGS.get(self.care.urgency, "")

    @property
    def age(self) -> Sentence | None:
        return None if self.care.age_h is None else age(self.care.age_h)

    @property
    def rejected_percent(self) -> int | None:
        rate = self.care.reject_rate
        return None if rate is None else round(100 * rate)

    @property
    def deviation(self) -> Sentence | None:
        return None if self.care.deviation is None else signed(self.care.deviation)

    @property
    def trend(self) -> Sentence | None:
        return None if self.care.trend is None else signed(self.care.trend)

    @property
    def readings(self) -> tuple[Reading, ...]:
        return self.care.plate.recent[:LISTED_MAX]


def show(visit: Visit) -> Response:
    page = visit.page
    with page.reading() as database:
        known = PlateLedger(database).plates()
    found = cared_for(known, page.now(), page.ghost_h or 0.0, page.zone)
    plates = [shown(care) for care in found]
    return visit.html(
        "plates.html",
        plates=plates,
        signed=signed,
        date=lambda at: f"{at.astimezone(page.zone):%d/%m/%Y}",
        date_time=lambda at: f"{at.astimezone(page.zone):%d/%m/%Y %H:%M}",
    )


def shown(care: PlateCare) -> ShownPlate:
    indices, deviations, target = [], [], None
    for reading in reversed(care.plate.recent):
        exposure = reading.exposure
        if exposure is None:
            continue
        indices.append(Point(reading.begun_at, exposure.index, reading.is_rejected))
        if exposure.deviation is not None:
            deviations.append(Point(reading.begun_at, exposure.deviation, reading.is_rejected))
        target = exposure.target or target
    plots = index_plot(indices, target), deviation_plot(deviations)
    return ShownPlate(care, *plots, target)
