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


class Sound(Enum):
    """What the buzzer says, told apart without looking."""

    TAKEN = "taken"
    """The press or the code was understood."""
    DONE = "done"
    STOP = "stop"
    """Look at the display before going on."""


@dataclass(frozen=True)
class PatientShown:
    """As people write it: FAMILY Given, DD/MM/YYYY."""

    name: str
    birth_date: str
    sex: str
    patient_id: str


@dataclass(frozen=True)
class Screen:
    """What the display has to say at one moment; each display lays it out as it can.

    `message` alone says all that matters, on a display of one line too.
    """

    message: Sentence
    """What happened, and what to do now."""
    heading: Sentence | None = None
    """Where one is in the work, in two words."""
    patient: PatientShown | None = None
    """Whom the next image is filed under."""
    examination: str = ""
    """What was ordered."""
    place: tuple[int, int] | None = None
    """This one of so many, from 1."""
    progress: float | None = None
    """Of a scan, 0 to 1."""
    keys: tuple[tuple[Button, Sentence], ...] = ()
    """What each button does now, in a word or two; the others answer with a sentence."""
    stops: bool = False
    """It must not be overlooked: another patient, a film that is not stored."""


@dataclass(frozen=True)
class ButtonPress:
    button: Button
    held_s: float = 0.0
    pressed_s: float | None = None
    """When, on the clock's monotonic scale; None: as it is taken."""


class Panel(Protocol):
    def next_press(self, timeout_s: float) -> ButtonPress | None:
        """The next press, or None after `timeout_s`."""

    def show(self, screen: Screen) -> None:
        """Put it on the display, in the panel's language."""

    def light(self, lamp: Lamp, on: bool) -> None: ...

    def sound(self, sound: Sound) -> None:
        """At once, and it does not wait for the end of it; silent where there is no buzzer."""
