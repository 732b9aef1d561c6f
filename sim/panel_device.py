"""The simulated panel: presses are put in, lamps and sentences can be read back."""

import queue

from hal.errors import Sentence
from hal.panel import Button, ButtonPress, Lamp


class SimulatedPanel:
    def __init__(self) -> None:
        self._presses: queue.Queue[ButtonPress] = queue.Queue()
        self.shown: list[Sentence] = []
        self.lamps: dict[Lamp, bool] = {}

    def press(self, button: Button) -> None:
        self._presses.put(ButtonPress(button))

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        try:
            return self._presses.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def show(self, message: Sentence) -> None:
        self.shown.append(message)

    def light(self, lamp: Lamp, on: bool) -> None:
        self.lamps[lamp] = on
