"""The front panel: buttons in, lamps and a small display out."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from hal.errors import Sentence


class Button(Enum):
    SCAN = "scan"
    NEXT = "next"
    BACK = "back"
    REJECT = "reject"
    URGENT = "urgent"
    SEND = "send"


class Lamp(Enum):
    READY = "ready"
    WORKING = "working"
    FAULT = "fault"
    NETWORK = "network"


@dataclass(frozen=True)
class ButtonPress:
    button: Button
    held_s: float = 0.0
    pressed_s: float | None = None
    """When, on the clock's monotonic scale; None: as it is taken."""


class Panel(Protocol):
    def next_press(self, timeout_s: float) -> ButtonPress | None:
        """The next press, or None after `timeout_s`."""

    def show(self, message: Sentence) -> None:
        """Put a sentence on the display, in the panel's language."""

    def light(self, lamp: Lamp, on: bool) -> None: ...
