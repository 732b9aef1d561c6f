"""Eyes and a finger at the panel: what a person can read there, and press.

Knows nothing of the node: the display's words and the lamps are all there is.
"""

from dataclasses import dataclass
from random import Random
from typing import Protocol

from hal.panel import Button, Lamp
from hal.values import Order
from sim.kernel import Kernel
from sim.seeded_devices import PanelFor

GLANCE_S = 1.0  # for the panel to answer a press
SEES_S = 0.3
STORED = ("Image stored (", "Image stored, and received")
QUESTION = ("Reject the image of",)
REJECTED = ("Image rejected",)


class Wall(Protocol):
    """That the panel hangs on."""

    @property
    def kernel(self) -> Kernel: ...

    @property
    def panel(self) -> PanelFor | None:
        """None while there is no power."""


@dataclass
class AtThePanel:
    wall: Wall
    chance: Random

    def says(self, panel: PanelFor, beginnings: tuple[str, ...]) -> bool:
        return panel.front.shown is not None and panel.front.shown.en.startswith(beginnings)

    def reads(self, panel: PanelFor, words: str) -> bool:
        return panel.front.shown is not None and words in panel.front.shown.en

    def says_stored(self, panel: PanelFor) -> bool:
        is_over = self.is_on(panel) and not self.is_lit(panel, Lamp.WORKING)
        return is_over and self.says(panel, STORED)

    def shows(self, panel: PanelFor, order: Order) -> bool:
        """Name and birth date are read: two patients of a day may have one name."""
        shown, date = panel.front.shown, order.patient.birth_date
        name = order.patient.name.replace("^", " ")
        born = f"{date[6:8]}/{date[4:6]}/{date[:4]}"
        return shown is not None and name in shown.en and born in shown.en

    def is_message(self, panel: PanelFor) -> bool:
        """Something that is no patient's."""
        return panel.front.shown is not None and "born" not in panel.front.shown.en

    def is_lit(self, panel: PanelFor, lamp: Lamp) -> bool:
        return self.is_on(panel) and panel.front.lamps.get(lamp, False)

    def is_on(self, panel: PanelFor) -> bool:
        """Without power it shows nothing; after it came back it is another life's."""
        return panel is self.wall.panel

    def press(self, panel: PanelFor, button: Button) -> None:
        panel.press(button)
        self.look(panel, GLANCE_S)

    def look(self, panel: PanelFor, wait_s: float) -> None:
        """At what it shows now, or a moment after it changes."""
        panel.changed.clear()
        self.wall.kernel.wait(panel.changed, wait_s)
        self.sleep(SEES_S)

    def sleep(self, duration_s: float) -> None:
        self.wall.kernel.wait(None, duration_s)

    def happens(self, share: float) -> bool:
        """Nothing is drawn for what nobody does."""
        return share > 0.0 and self.chance.random() < share
