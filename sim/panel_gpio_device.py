"""The switches, lamps and display of a simulated panel, on gpiozero's mock pins.

A press goes through the real driver: edges, bounce, debouncing. A lamp is read back from its pin,
and the display from what was drawn on it.
"""

from collections.abc import Mapping

from gpiozero.pins.mock import MockFactory
from PIL import Image

from drivers.panel_display import PanelDisplay
from drivers.panel_gpio import GpioPanel
from hal.clock import Clock
from hal.panel import Button, Lamp
from hal.panel_settings import PanelSettings

HELD_S = 0.08  # a quick finger
REST_S = 0.06  # before it is on the next button
BOUNCES_S = (0.0004, 0.0011, 0.0002, 0.0007)
"""Between the edges of one closing or opening; within what real switches do."""


class DrawnOn:
    """A display that only keeps what is on it."""

    def __init__(self) -> None:
        self.image: Image.Image | None = None
        self.closed = False

    def display(self, image: Image.Image) -> None:
        self.image = image

    def cleanup(self) -> None:
        self.closed = True


class SimulatedGpioPanel:
    """`panel` is what the firmware gets; the rest is for whoever plays the technician."""

    def __init__(
        self, clock: Clock, settings: PanelSettings | None = None, language: str = "fr"
    ) -> None:
        self.settings = settings or PanelSettings()
        self.factory = MockFactory()
        self._clock = clock
        self._drawn_on = DrawnOn()
        name = self.settings.display
        display = PanelDisplay(lambda: self._drawn_on, name, language) if name else None
        self.panel = GpioPanel(self.settings, clock, self.factory, display)

    def press(self, button: Button, held_s: float = HELD_S) -> None:
        """Returns when the finger may press again."""
        self.close_switch(button)
        self._clock.sleep(held_s)
        self.open_switch(button)
        self._clock.sleep(REST_S)

    def close_switch(self, button: Button) -> None:
        self._swing(button, down=True)

    def open_switch(self, button: Button) -> None:
        self._swing(button, down=False)

    def _swing(self, button: Button, down: bool) -> None:
        """With its bounces: it ends as it should."""
        pin = self.factory.pin(self.settings.buttons[button])
        level = down
        for rest_s in (*BOUNCES_S, 0.0):
            (pin.drive_low if level else pin.drive_high)()
            self._clock.sleep(rest_s)
            level = not level

    @property
    def lamps(self) -> Mapping[Lamp, bool]:
        pins = {lamp: self.factory.pin(pin) for lamp, pin in self.settings.lamps.items()}
        return {lamp: bool(pin.state) for lamp, pin in pins.items()}

    @property
    def buzzes(self) -> int:
        """How often the buzzer was switched on."""
        if self.settings.buzzer is None:
            return 0
        states = self.factory.pin(self.settings.buzzer).states
        return sum(bool(one.state) for one in states)

    @property
    def image(self) -> Image.Image | None:
        return self._drawn_on.image

    def close(self) -> None:
        self.panel.close()
        self.factory.close()
