"""How a `Screen` looks on each kind of display: sizes, places and colours, as data."""

from dataclasses import dataclass

from drivers.screen_text import BOLD, REGULAR, Face
from hal.panel import Button

Colour = tuple[int, int, int] | int
"""Red, green, blue; or 0 and 1 on a display of one colour."""


@dataclass(frozen=True)
class Colours:
    """Each of `text`, `heading` and `quiet` has 4.5 to 1 against `ground` (WCAG 2.2 AA 1.4.3);
    `bar` carries no text."""

    ground: Colour
    text: Colour
    heading: Colour
    heading_ground: Colour
    quiet: Colour
    bar: Colour


@dataclass(frozen=True)
class Look:
    mode: str
    """Pillow's: "1" or "RGB"."""
    size: tuple[int, int]
    margin: int
    heading: Face
    names: tuple[Face, ...]
    """The first that a name fits in whole; else it is shortened in the last."""
    details: Face
    messages: tuple[Face, ...]
    """The first in which it fits on one page; else pages of the last."""
    keys: Face
    leading: int
    """From one line's letters to the next line's."""
    bar_px: int
    key_columns: int
    """0: no place for all of them, they take turns."""
    calm: Colours
    stop: Colours


MONO = Look(
    mode="1",
    size=(128, 64),
    margin=1,
    heading=Face(BOLD, 10),
    names=(Face(BOLD, 10),),  # the regular O is a D at this size
    details=Face(REGULAR, 10),
    messages=(Face(REGULAR, 10),),
    keys=Face(REGULAR, 10),
    leading=0,
    bar_px=5,
    key_columns=0,
    calm=Colours(ground=0, text=1, heading=1, heading_ground=0, quiet=1, bar=1),
    stop=Colours(ground=1, text=0, heading=1, heading_ground=0, quiet=0, bar=0),
)
COLOUR = Look(
    mode="RGB",
    size=(320, 240),
    margin=6,
    heading=Face(BOLD, 16),
    names=(Face(BOLD, 22), Face(BOLD, 17)),
    details=Face(REGULAR, 17),
    messages=(Face(REGULAR, 17), Face(REGULAR, 14)),
    keys=Face(REGULAR, 13),
    leading=2,
    bar_px=12,
    key_columns=3,
    calm=Colours(
        ground=(12, 18, 24),
        text=(255, 255, 255),
        heading=(210, 232, 255),
        heading_ground=(28, 52, 76),
        quiet=(176, 190, 204),
        bar=(92, 190, 255),
    ),
    stop=Colours(
        ground=(150, 0, 0),
        text=(255, 255, 255),
        heading=(150, 0, 0),
        heading_ground=(255, 255, 255),
        quiet=(255, 226, 226),
        bar=(255, 255, 255),
    ),
)
BUTTONS = {
    "fr": {
        Button.SCAN: "NUMÉRISER",
        Button.NEXT: "SUIVANT",
        Button.BACK: "RETOUR",
        Button.REJECT: "REJETER",
        Button.URGENT: "URGENT",
        Button.SEND: "ENVOYER",
    },
    "en": {button: button.name for button in Button},
}
"""What is engraved beside them."""
