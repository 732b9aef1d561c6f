"""A panel that failed for a moment shows what it should as soon as it can again.

What the panel worker wants lit and shown is kept here before the device is asked: a lamp that
could not be put out, or an order that could not be shown, is no reason to forget the scan that
ended meanwhile. It decides nothing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from hal.clock import Clock
from hal.errors import NodeError
from hal.panel import ButtonPress, Lamp, Panel, Screen, Sound


@dataclass
class SteadyPanel:
    panel: Panel
    clock: Clock
    shown_s: float = field(default=math.inf, init=False)
    """Since when the display shows what it should; infinite while it does not."""
    _screen: Screen | None = field(default=None, init=False)
    _lamps: dict[Lamp, bool] = field(default_factory=dict, init=False)
    _failed: bool = field(default=False, init=False)

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return self.panel.next_press(timeout_s)

    def show(self, screen: Screen) -> None:
        before = self._screen
        if before is None or (before.message, before.patient) != (screen.message, screen.patient):
            self.shown_s = math.inf
        self._screen = screen
        self._try(partial(self._show, screen))

    def light(self, lamp: Lamp, on: bool) -> None:
        self._lamps[lamp] = on
        self._try(partial(self.panel.light, lamp, on))

    def sound(self, sound: Sound) -> None:
        """Not made up for when it fails: later it would be heard of something else."""
        self._try(partial(self.panel.sound, sound))

    def renew(self) -> None:
        """After a failure, put everything again. Raises NodeError while the panel still fails."""
        if not self._failed:
            return
        for lamp, on in self._lamps.items():
            self.panel.light(lamp, on)
        if self._screen is not None:
            self._show(self._screen)
        self._failed = False

    def _show(self, screen: Screen) -> None:
        self.panel.show(screen)
        if math.isinf(self.shown_s):
            self.shown_s = self.clock.monotonic_s()

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except NodeError:
            self._failed = True
