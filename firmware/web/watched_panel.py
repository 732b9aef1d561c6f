"""The panel, with its screen and lamps copied to the page's board. It decides nothing.

The board is told first: a display that fails is no reason for the page to show what was before.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from firmware.web.board import PanelBoard
from hal.panel import Button, ButtonPress, Lamp, Panel, Screen, Sound


@runtime_checkable
class PressedFromThePage(Protocol):
    """A panel that has no buttons to touch: the simulator's."""

    def press(self, button: Button) -> None: ...


@dataclass(frozen=True)
class WatchedPanel:
    panel: Panel
    board: PanelBoard

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return self.panel.next_press(timeout_s)

    def show(self, screen: Screen) -> None:
        self.board.show(screen)
        self.panel.show(screen)

    def light(self, lamp: Lamp, on: bool) -> None:
        self.board.light(lamp, on)
        self.panel.light(lamp, on)

    def sound(self, sound: Sound) -> None:
        self.panel.sound(sound)
