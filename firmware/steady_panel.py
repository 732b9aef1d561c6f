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
from hal.errors import NodeError, Sentence
from hal.panel import ButtonPress, Lamp, Panel


@dataclass
class SteadyPanel:
    panel: Panel
    clock: Clock
    shown_s: float = field(default=math.inf, init=False)
    """Since when the display shows what it should; infinite while it does not."""
    _message: Sentence | None = field(default=None, init=False)
    _lamps: dict[Lamp, bool] = field(default_factory=dict, init=False)
    _failed: bool = field(default=False, init=False)

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        return self.panel.next_press(timeout_s)

    def show(self, message: Sentence) -> None:
        if self._message != message:
            self.shown_s = math.inf
        self._message = message
        self._try(partial(self._show, message))

    def light(self, lamp: Lamp, on: bool) -> None:
        self._lamps[lamp] = on
        self._try(partial(self.panel.light, lamp, on))

    def renew(self) -> None:
        """After a failure, put everything again. Raises NodeError while the panel still fails."""
        if not self._failed:
            return
        for lamp, on in self._lamps.items():
            self.panel.light(lamp, on)
        if self._message is not None:
            self._show(self._message)
        self._failed = False

    def _show(self, message: Sentence) -> None:
        self.panel.show(message)
        if math.isinf(self.shown_s):
            self.shown_s = self.clock.monotonic_s()

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except NodeError:
            self._failed = True
