"""Which orders an image without one most likely belongs to. Pure; a person chooses among them.

It only sorts: nothing is left out, for the right order may be the one that looks least like it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from hal.values import Order


@dataclass(frozen=True)
class Looked:
    """What is known of the study, as its images say it."""

    day: date
    """Local."""
    modality: str
    body_parts: frozenset[str] = frozenset()
    study_instance_uid: str = ""


def ranked(orders: Iterable[Order], looked: Looked) -> tuple[Order, ...]:
    """The most likely first; those that are alike stay in the worklist's order."""
    return tuple(sorted(orders, key=lambda order: _distance(order, looked)))


def _distance(order: Order, looked: Looked) -> tuple[int, int, int]:
    """Days apart, then modality, then body part: 0 the same, 1 not said, 2 another."""
    body_part = order.body_part_examined.upper()
    return (
        _days_apart(order, looked.day),
        _unlike(order.modality.upper(), {looked.modality.upper()}),
        _unlike(body_part, set(looked.body_parts)),
    )


def _days_apart(order: Order, day: date) -> int:
    """An order that does not say its day is taken as today's, behind those that do say it."""
    try:
        scheduled = datetime.strptime(order.scheduled_date, "%Y%m%d").date()
    except ValueError:
        return 1
    return 2 * abs((scheduled - day).days)


def _unlike(said: str, seen: set[str]) -> int:
    if not said or not any(seen):
        return 1
    return 0 if said in seen else 2
