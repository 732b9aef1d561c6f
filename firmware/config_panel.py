"""`[panel]` of the configuration: its kind, its pins, its display, its barcode reader."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from firmware.config_section import Section
from firmware.panel_times import PanelTimes
from hal.panel import Button, Lamp
from hal.panel_settings import (
    BUTTON_PINS,
    BUZZER_PIN,
    LAMP_PINS,
    BarcodeSettings,
    PanelSettings,
    pin_used_twice,
)

PIN_MAX = 27
Pin = Annotated[int, Field(ge=2, le=PIN_MAX)]
"""A BCM number of the 40-pin header; 0 and 1 are the board's own, for its EEPROM."""


class ButtonPins(Section):
    scan: Pin = BUTTON_PINS[Button.SCAN]
    next: Pin = BUTTON_PINS[Button.NEXT]
    back: Pin = BUTTON_PINS[Button.BACK]
    reject: Pin = BUTTON_PINS[Button.REJECT]
    urgent: Pin = BUTTON_PINS[Button.URGENT]
    send: Pin = BUTTON_PINS[Button.SEND]


class LampPins(Section):
    ready: Pin = LAMP_PINS[Lamp.READY]
    working: Pin = LAMP_PINS[Lamp.WORKING]
    fault: Pin = LAMP_PINS[Lamp.FAULT]
    network: Pin = LAMP_PINS[Lamp.NETWORK]


class BarcodeSection(Section):
    port: str = Field(min_length=1)
    """/dev/serial/by-id/...: the name stays when it is put into another socket."""
    protocol: Literal["text", "ssi"] = "text"
    baud: int = Field(default=9600, ge=300, le=921_600)

    @property
    def settings(self) -> BarcodeSettings:
        return BarcodeSettings(self.port, self.protocol, self.baud)


class PanelSection(Section):
    kind: Literal["keyboard", "gpio"] = "keyboard"
    pin_factory: Literal["", "rpigpio", "lgpio", "pigpio", "native", "mock"] = ""
    """gpiozero's name; empty: the first of them that works."""
    buttons: ButtonPins = ButtonPins()
    lamps: LampPins = LampPins()
    buzzer: Pin | Literal[False] = BUZZER_PIN
    """False: there is none."""
    display: Literal["", "ssd1306", "sh1106", "ssd1309", "ili9341", "st7789"] = "ssd1309"
    barcode: BarcodeSection | None = None
    look_s: float = Field(default=120.0, ge=0, le=600)
    """So long a stored image waits for a look, then it goes by itself. Not longer than a retry
    waits: what is due later than that counts as stamped by a wrong clock."""
    confirm_s: float = Field(default=180.0, ge=10, le=3600)
    """After a pause of so long the patient is asked for again."""
    examination_s: float = Field(default=900.0, ge=60, le=86_400)
    """An examination ends by itself when nobody came back for so long."""

    @model_validator(mode="after")
    def _has_a_pin_for_each(self) -> "PanelSection":
        if twice := pin_used_twice(self.settings.uses()):
            first, second, pin = twice
            found = {"first": first, "second": second, "pin": pin}
            raise PydanticCustomError("pin_used_twice", "{pin}", found)
        return self

    @property
    def times(self) -> PanelTimes:
        return PanelTimes(self.look_s, self.confirm_s, self.examination_s)

    @property
    def settings(self) -> PanelSettings:
        return PanelSettings(
            kind=self.kind,
            pin_factory=self.pin_factory,
            buttons={button: getattr(self.buttons, button.value) for button in Button},
            lamps={lamp: getattr(self.lamps, lamp.value) for lamp in Lamp},
            buzzer=None if self.buzzer is False else self.buzzer,
            display=self.display,
            barcode=self.barcode.settings if self.barcode else None,
        )
