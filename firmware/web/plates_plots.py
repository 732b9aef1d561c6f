"""The plots of a plate, as places in an SVG: made here, drawn by the template. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil, floor, log10

WIDTH, HEIGHT = 460.0, 160.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 10.0, 10.0, 24.0
DEVIATION_SHOWN = 6.0  # four times, or a quarter: what is further lies on the edge
LIMITS = {-3.0: "−3", -1.0: "", 0.0: "0", 1.0: "", 3.0: "+3"}
"""As firmware/plate_care.py judges; those without a label would stand upon each other."""
INDEX_STEPS = ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7))
"""The finer ones where the coarse give too few."""
INDEX_LINES_MIN, INDEX_LINES_MAX = 3, 5
POINTS_MIN = 2  # one reading is a figure and no course of things


@dataclass(frozen=True)
class Point:
    at: datetime
    value: float
    is_rejected: bool


@dataclass(frozen=True)
class Mark:
    x: float
    y: float
    is_rejected: bool


@dataclass(frozen=True)
class Line:
    y: float
    label: str
    is_target: bool = False


@dataclass(frozen=True)
class Plot:
    marks: tuple[Mark, ...]
    """The oldest first."""
    lines: tuple[Line, ...]
    first: datetime
    last: datetime
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM

    @property
    def steps(self) -> tuple[tuple[Mark, Mark], ...]:
        """From each mark to the next."""
        return tuple(pairwise(self.marks))


def index_plot(points: Sequence[Point], target: float | None) -> Plot | None:
    """Exposure indices on a logarithmic scale: twice the exposure is as far everywhere."""
    points = [point for point in points if point.value > 0]
    if len(points) < POINTS_MIN:
        return None
    values = [point.value for point in points] + ([target] if target else [])
    low, high = log10(min(values) / 1.3), log10(max(values) * 1.3)
    lines = [Line(_y(log10(value), low, high), f"{value:g}") for value in _round(low, high)]
    if target:
        lines.append(Line(_y(log10(target), low, high), "", is_target=True))
    return _plot(points, [log10(point.value) for point in points], low, high, lines)


def deviation_plot(points: Sequence[Point]) -> Plot | None:
    if len(points) < POINTS_MIN:
        return None
    shown = DEVIATION_SHOWN
    heights = [min(max(point.value, -shown), shown) for point in points]
    lines = [
        Line(_y(limit, -shown, shown), label, is_target=not limit)
        for limit, label in LIMITS.items()
    ]
    return _plot(points, heights, -shown, shown, lines)


def _plot(
    points: Sequence[Point], heights: Sequence[float], low: float, high: float, lines: list[Line]
) -> Plot:
    first = min(point.at for point in points)
    last = max(point.at for point in points)
    span_s = (last - first).total_seconds()
    marks = []
    for point, height in sorted(zip(points, heights, strict=True), key=lambda pair: pair[0].at):
        share = (point.at - first).total_seconds() / span_s if span_s else 0.5
        x = LEFT + 6 + share * (WIDTH - LEFT - RIGHT - 12)
        marks.append(Mark(x, _y(height, low, high), point.is_rejected))
    return Plot(tuple(marks), tuple(lines), first, last)


def _y(value: float, low: float, high: float) -> float:
    return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _round(low: float, high: float) -> list[float]:
    """Round figures between; at most INDEX_LINES_MAX."""
    decades = range(floor(low), ceil(high) + 1)
    within: list[float] = []
    for steps in INDEX_STEPS:
        found = [step * 10.0**decade for decade in decades for step in steps]
        within = [value for value in found if low <= log10(value) <= high]
        if len(within) >= INDEX_LINES_MIN:
            break
    return within[:: ceil(len(within) / INDEX_LINES_MAX)] if within else []
