"""What the configuration says of the panel: which kind, on which pins, with which display.

Pins are BCM numbers of the 40-pin header; docs/panel-hardware.md has the wiring of the defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hal.panel import Button, Lamp

BUTTON_PINS = {
    Button.SCAN: 5,
    Button.NEXT: 6,
    Button.BACK: 13,
    Button.REJECT: 19,
    Button.URGENT: 26,
    Button.SEND: 16,
}
LAMP_PINS = {Lamp.READY: 17, Lamp.WORKING: 27, Lamp.FAULT: 22, Lamp.NETWORK: 23}
BUZZER_PIN = 12
I2C_PINS = {"sda": 2, "scl": 3}
SPI_PINS = {"ce0": 8, "miso": 9, "mosi": 10, "sclk": 11, "data/command": 24, "reset": 25}
DISPLAY_PINS = {
    "": {},
    "ssd1306": I2C_PINS,
    "sh1106": I2C_PINS,
    "ssd1309": I2C_PINS,
    "ili9341": SPI_PINS,
    "st7789": SPI_PINS,
}
"""By the display's controller: the pins that it takes."""


@dataclass(frozen=True)
class BarcodeSettings:
    port: str
    """A name that stays: /dev/serial/by-id/..."""
    protocol: str = "text"
    """"text" or "ssi"."""
    baud: int = 9600


@dataclass(frozen=True)
class PanelSettings:
    kind: str = "keyboard"
    """"keyboard" or "gpio"."""
    pin_factory: str = ""
    """gpiozero's name of it: rpigpio, lgpio, ...; empty: as gpiozero finds."""
    buttons: Mapping[Button, int] = field(default_factory=lambda: dict(BUTTON_PINS))
    lamps: Mapping[Lamp, int] = field(default_factory=lambda: dict(LAMP_PINS))
    buzzer: int | None = BUZZER_PIN
    display: str = "ssd1309"
    """A key of DISPLAY_PINS; empty: none, only lamps and buzzer."""
    barcode: BarcodeSettings | None = None

    def uses(self) -> list[tuple[str, int]]:
        """Each pin with what it is for."""
        named: list[tuple[str, int]] = [(one.value, pin) for one, pin in self.buttons.items()]
        named += [(one.value, pin) for one, pin in self.lamps.items()]
        named += [("buzzer", self.buzzer)] if self.buzzer is not None else []
        return named + list(DISPLAY_PINS[self.display].items())


KEYBOARD_PANEL = PanelSettings()


def pin_used_twice(uses: list[tuple[str, int]]) -> tuple[str, str, int] | None:
    """The two uses and their pin."""
    first: dict[int, str] = {}
    for use, pin in uses:
        if pin in first:
            return first[pin], use, pin
        first[pin] = use
    return None
