"""The panel's graphic display behind luma: a screen's pages, one after the other.

It redraws only what changed, and turns a page when it is asked at that time; it has no thread.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from PIL import Image

from drivers.panel_sentences import NO_DISPLAY
from drivers.screen_layout import Sheet
from drivers.screen_looks import COLOUR, MONO
from hal.errors import DeviceUnavailable
from hal.panel import Screen

PAGE_S = 4.0
"""Three lines of a small display are some ten words; people read three a second, standing."""
SPI_HZ = 32_000_000  # an image of 150 kB in 40 ms
LOOKS = {"ssd1306": MONO, "sh1106": MONO, "ssd1309": MONO, "ili9341": COLOUR, "st7789": COLOUR}
MODULES = {MONO.mode: "luma.oled.device", COLOUR.mode: "luma.lcd.device"}


class Device(Protocol):
    """What of luma.core.device.device is used."""

    def display(self, image: Image.Image) -> None: ...

    def cleanup(self) -> None: ...


class PanelDisplay:
    """Opened when there is something to show, and again after a fault: a node whose display has
    a loose wire still sends its images."""

    def __init__(self, open_device: Callable[[], Device], name: str, language: str) -> None:
        self._open_device = open_device
        self._device: Device | None = None
        self._name = name
        self._language = language
        self._sheet: Sheet | None = None
        self._shown: int | None = None
        """Which of its pages is on the display."""
        self._since_s = 0.0

    def show(self, screen: Screen, now_s: float) -> None:
        """Its first page, at once. Raises DeviceUnavailable."""
        self._sheet = Sheet(screen, LOOKS[self._name], self._language)
        self._shown = None
        self._since_s = now_s
        self.turn(now_s)

    def turn(self, now_s: float) -> None:
        """The page that is due. Raises DeviceUnavailable."""
        if self._sheet is None:
            return
        page = int((now_s - self._since_s) / PAGE_S) % self._sheet.count
        if page == self._shown:
            return
        self._shown = None
        try:
            self._device = self._device or self._open_device()
            self._device.display(self._sheet.drawn(page))
        except Exception as error:  # luma's own, OSError of the bus, and what its libraries raise
            self._device = None
            raise DeviceUnavailable(NO_DISPLAY.fill(display=self._name, reason=error)) from error
        self._shown = page

    def close(self) -> None:
        if self._device is not None:
            self._device.cleanup()


def open_display(name: str, language: str) -> PanelDisplay:
    """OLEDs on I2C bus 1, address 0x3C; colour displays on SPI 0.0, data/command and reset on
    luma's own pins 24 and 25."""

    def open_device() -> Device:
        look, bus = LOOKS[name], import_module("luma.core.interface.serial")
        serial = bus.i2c() if look is MONO else bus.spi(bus_speed_hz=SPI_HZ)
        kind = getattr(import_module(MODULES[look.mode]), name)
        device: Device = kind(serial, width=look.size[0], height=look.size[1])
        return device

    return PanelDisplay(open_device, name, language)
