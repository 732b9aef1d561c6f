"""The newest events for the page's log: one line each, UIDs and figures, never a name."""

from collections import deque
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from firmware.event_log import line
from firmware.events import Event, RowsArrived
from firmware.index.database import stamp
from hal.errors import Sentence

LINES_MAX = 500  # a busy day; the whole log is in the journal of the system


@dataclass(frozen=True)
class Line:
    at: str
    what: str
    text: str
    is_trouble: bool


class Journal:
    """Appended by any worker, read by the page: a deque does both atomically."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=LINES_MAX)

    def hear(self, event: Event, at: datetime) -> bool:
        """True when it is worth a look at the lists."""
        if isinstance(event, RowsArrived):
            return False  # hundreds a film
        what = type(event).__name__
        text = line(event).removeprefix(f"event={what}").strip()
        self._lines.append(Line(stamp(at), what, text, _has_sentence(event)))
        return True

    def newest(self) -> list[Line]:
        return list(reversed(self._lines))


def _has_sentence(event: Any) -> bool:
    """Only what needs somebody's eye has a sentence for them."""
    return any(isinstance(getattr(event, field.name), Sentence) for field in fields(event))
