"""The simulated panel: presses are put in, lamps and sentences can be read back."""

import queue

from hal.errors import Sentence
from hal.panel import Button, ButtonPress, Lamp, Screen, Sound


class SimulatedPanel:
    def __init__(self) -> None:
        self._presses: queue.Queue[ButtonPress] = queue.Queue()
        self.shown: list[Sentence] = []
        """The messages of `screens`."""
        self.screens: list[Screen] = []
        self.sounds: list[Sound] = []
        self.lamps: dict[Lamp, bool] = {}

    def press(self, button: Button) -> None:
        self._presses.put(ButtonPress(button))

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        try:
            return self._presses.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def show(self, screen: Screen) -> None:
        self.screens.append(screen)
        self.shown.append(screen.message)

    def light(self, lamp: Lamp, on: bool) -> None:
        self.lamps[lamp] = on

    def sound(self, sound: Sound) -> None:
        self.sounds.append(sound)
