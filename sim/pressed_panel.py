"""The terminal's panel, and a second hand on its buttons: the page's."""

import queue

from hal.clock import Clock
from hal.panel import Button, ButtonPress, Lamp, Panel, Screen, Sound

PRESSES_MAX = 64  # a person can outrun a scan
SLICE_S = 0.02
"""Between looks at the page's presses: far below what a person feels."""


class PressedPanel:
    def __init__(self, panel: Panel, clock: Clock) -> None:
        self._panel = panel
        self._clock = clock
        self._presses: queue.Queue[ButtonPress] = queue.Queue(PRESSES_MAX)

    def press(self, button: Button) -> None:
        """From any thread. One too many is dropped, as by a finger on a button that is down."""
        if not self._presses.full():
            self._presses.put(ButtonPress(button, pressed_s=self._clock.monotonic_s()))

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        while True:
            try:
                return self._presses.get_nowait()
            except queue.Empty:
                pressed = self._panel.next_press(min(timeout_s, SLICE_S))
            timeout_s -= SLICE_S
            if pressed is not None or timeout_s <= 0:
                return pressed

    def show(self, screen: Screen) -> None:
        self._panel.show(screen)

    def light(self, lamp: Lamp, on: bool) -> None:
        self._panel.light(lamp, on)

    def sound(self, sound: Sound) -> None:
        self._panel.sound(sound)
