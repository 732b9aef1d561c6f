"""`[panel]`: what a person may write, and what is said of the rest."""

import tomllib

import pytest
from pydantic import ValidationError

from firmware.config_panel import PanelSection
from hal.panel import Button, Lamp
from hal.panel_settings import BarcodeSettings, PanelSettings


def read(text: str) -> PanelSettings:
    return PanelSection.model_validate(tomllib.loads(text)).settings


def test_what_is_left_out_is_wired_as_the_manual_says() -> None:
    assert read("") == PanelSettings()


def test_everything_can_be_said() -> None:
    text = """
        kind = "gpio"
        pin_factory = "rpigpio"
        display = "ili9341"
        buzzer = false
        buttons = { scan = 4 }
        lamps = { fault = 7 }
        barcode = { port = "/dev/serial/by-id/x", protocol = "ssi", baud = 115200 }
    """
    settings = read(text)
    assert (settings.kind, settings.display, settings.buzzer) == ("gpio", "ili9341", None)
    assert settings.buttons[Button.SCAN] == 4
    assert settings.lamps[Lamp.FAULT] == 7
    assert settings.barcode == BarcodeSettings("/dev/serial/by-id/x", "ssi", 115200)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("buzzer = 5", "pin_used_twice"),
        ("buttons = { scan = 3 }", "pin_used_twice"),  # the OLED's
        ('display = "st7789"\nlamps = { ready = 24 }', "pin_used_twice"),
        ("buttons = { scan = 28 }", "less_than_equal"),
        ("buttons = { scan = 1 }", "greater_than_equal"),
        ('display = "lcd"', "literal_error"),
        ("buttons = { start = 4 }", "extra_forbidden"),
    ],
)
def test_what_cannot_be_is_said(text: str, what: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(text)
    assert caught.value.errors()[0]["type"] == what


def test_without_an_oled_its_pins_are_free() -> None:
    assert read('display = ""\nbuttons = { scan = 3 }').buttons[Button.SCAN] == 3
