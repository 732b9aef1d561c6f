"""The panel's graphic display behind luma: a screen's pages, one after the other.

It redraws only what changed, and turns a page when it is asked at that time; it has no thread.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from PIL import Image

from drivers.panel_sentences import NO_DISPLAY
from drivers.screen_layout import pages
from drivers.screen_looks import COLOUR, MONO
from hal.errors import DeviceUnavailable
from hal.panel import Screen

PAGE_S = 4.0
"""Three lines of a small display are some ten words; people read three a second, standing."""
LOOKS = {"ssd1306": MONO, "sh1106": MONO, "ssd1309": MONO, "ili9341": COLOUR, "st7789": COLOUR}
MODULES = {MONO.mode: "luma.oled.device", COLOUR.mode: "luma.lcd.device"}


class Device(Protocol):
    """What of luma.core.device.device is used."""

    def display(self, image: Image.Image) -> None: ...

    def cleanup(self) -> None: ...


class PanelDisplay:
    def __init__(self, device: Device, name: str, language: str) -> None:
        self._device = device
        self._name = name
        self._language = language
        self._pages: tuple[Image.Image, ...] = ()
        self._shown: Image.Image | None = None
        self._since_s = 0.0

    def show(self, screen: Screen, now_s: float) -> None:
        """Its first page, at once. Raises DeviceUnavailable."""
        self._pages = pages(screen, LOOKS[self._name], self._language)
        self._since_s = now_s
        self.turn(now_s)

    def turn(self, now_s: float) -> None:
        """The page that is due. Raises DeviceUnavailable."""
        if not self._pages:
            return
        page = self._pages[int((now_s - self._since_s) / PAGE_S) % len(self._pages)]
        if page is self._shown:
            return
        self._shown = None
        self._tried(lambda: self._device.display(page))
        self._shown = page

    def close(self) -> None:
        self._tried(self._device.cleanup)

    def _tried(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:  # luma's own, OSError of the bus, and whatever its bus raises
            raise _unavailable(self._name, error) from error


def open_display(name: str, language: str) -> PanelDisplay:
    """Raises DeviceUnavailable. OLEDs on I2C bus 1, address 0x3C; colour displays on SPI 0.0."""
    look = LOOKS[name]
    try:
        bus = import_module("luma.core.interface.serial")
        serial = bus.i2c() if look is MONO else bus.spi(bus_speed_hz=32_000_000)
        width, height = look.size
        device = getattr(import_module(MODULES[look.mode]), name)(
            serial, width=width, height=height
        )
    except Exception as error:  # as above
        raise _unavailable(name, error) from error
    return PanelDisplay(device, name, language)


def _unavailable(name: str, error: Exception) -> DeviceUnavailable:
    return DeviceUnavailable(NO_DISPLAY.fill(display=name, reason=error))
